// A table that keeps its shape while its data change, and becomes cards on phones.
import { Icon } from "./icons.js";
import { Skeleton } from "./parts.js";
import { html } from "./preact.js";

const GHOSTS = 5; // rows shown while the first answer is on its way

/**
 * @param columns [{key, label, cell(row), width ("20%", "90px"; one may go without and take the rest), isNumber, isActions, sortBy(row),
 *   hide ("medium": where the table has less than 1100 px; "narrow": less than 860),
 *   and for the card on phones isMain (its head), isStatus (beside the head), isBroad (two of its three columns)}]
 * @param rows null while loading
 * @param sort "key" or "-key"; onSort(next): both only for lists that can be sorted
 */
export function DataTable({ label, columns, rows, rowKey, empty, sort, onSort }) {
  if (rows && !rows.length) return empty;
  return html`
    <div class="table-box">
      <table class="table" role="table" aria-label=${label} aria-busy=${rows ? undefined : "true"}>
        <colgroup>
          ${columns.map((column) => html`<col key=${column.key} class=${hiding(column)} style=${{ width: column.width }} />`)}
        </colgroup>
        <thead role="rowgroup">
          <tr role="row">${columns.map((column) => html`<${Head} key=${column.key} column=${column} sort=${sort} onSort=${onSort} />`)}</tr>
        </thead>
        <tbody role="rowgroup">
          ${rows
            ? rows.map((row) => html`<${Row} key=${rowKey(row)} row=${row} columns=${columns} />`)
            : Array.from({ length: GHOSTS }, (_, i) => html`<${Row} key=${i} columns=${columns} />`)}
        </tbody>
      </table>
    </div>
  `;
}

const hiding = (column) => (column.hide ? `hide-${column.hide}` : undefined);

const KINDS = { isNumber: "number", isMain: "main", isStatus: "status", isBroad: "broad", isActions: "actions" };

const kind = (column) =>
  [...Object.keys(KINDS).map((key) => column[key] && KINDS[key]), hiding(column)].filter(Boolean).join(" ");

function Head({ column, sort, onSort }) {
  const isSorted = sort === column.key || sort === `-${column.key}`;
  const isDown = sort === `-${column.key}`;
  const words = column.isActions ? html`<span class="visually-hidden">${column.label}</span>` : column.label;
  if (!onSort || !column.sortBy) return html`<th role="columnheader" scope="col" class=${kind(column)}>${words}</th>`;
  return html`
    <th role="columnheader" scope="col" class=${kind(column)} aria-sort=${isSorted ? (isDown ? "descending" : "ascending") : undefined}>
      <button class="sort" type="button" onClick=${() => onSort(next(column, sort))}>
        ${words}${isSorted && html`<${Icon} name=${isDown ? "down" : "up"} size="14" />`}
      </button>
    </th>
  `;
}

/** Figures first with the largest on top, words from A to Z; then the other way round, then as the list comes. */
function next({ key, isNumber }, sort) {
  const order = isNumber ? [`-${key}`, key, ""] : [key, `-${key}`, ""];
  return order[(order.indexOf(sort) + 1) % order.length];
}

const Row = ({ row, columns }) => html`
  <tr role="row">
    ${columns.map((column) => html`
      <td role="cell" key=${column.key} class=${kind(column)} data-label=${column.label}>
        ${row ? column.cell(row) : html`<${Skeleton} width="70%" />`}
      </td>
    `)}
  </tr>
`;

/** `rows` in the order of `sort`, by the column's `sortBy`. */
export function sorted(rows, columns, sort) {
  const column = columns.find(({ key }) => sort && key === sort.replace(/^-/, ""));
  if (!column?.sortBy) return rows;
  const direction = sort.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => direction * compare(column.sortBy(a), column.sortBy(b)));
}

const compare = (a, b) => (typeof a === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true }));
