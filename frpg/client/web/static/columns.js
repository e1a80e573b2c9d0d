// Columns of the lists of proxies and visitors, and what can be done to one row.
import { detailHref, editHref, ends } from "./kinds.js";
import { bytes, count } from "./kit/format.js";
import { Icon } from "./kit/icons.js";
import { Clip, Tag } from "./kit/parts.js";
import { html } from "./kit/preact.js";
import { PhaseBadge } from "./phases.js";
import { remove, setEnabled } from "./store.js";

export function entryColumns(kind, { refresh, isStore }) {
  const actions = {
    key: "actions",
    label: "Actions",
    width: "192px",
    isActions: true,
    cell: (row) => html`<${RowActions} kind=${kind} row=${row} done=${refresh} small />`,
  };
  return [
    { key: "name", label: "Name", isMain: true, cell: (row) => html`<${Name} kind=${kind} row=${row} />`, sortBy: (row) => row.name },
    { key: "type", label: "Type", width: "96px", cell: (row) => html`<${Tag}>${row.type.toUpperCase()}<//>`, sortBy: (row) => row.type },
    {
      key: "status",
      label: "Status",
      width: "134px",
      isStatus: true,
      cell: (row) => html`<${PhaseBadge} status=${row.status} />`,
      sortBy: (row) => row.status,
    },
    {
      key: "ends",
      label: kind.hasTraffic ? "Remote → local" : "Bind → server",
      width: isStore ? "22%" : "26%",
      isBroad: true,
      cell: (row) => html`<${Ends} kind=${kind} row=${row} />`,
      sortBy: (row) => ends(kind, row)[0],
    },
    ...(kind.hasTraffic ? (isStore ? [{ ...TRAFFIC[0], hide: "narrow" }] : TRAFFIC) : []),
    isStore ? actions : SOURCE,
  ];
}

const total = (row) => row.trafficIn + row.trafficOut;

const TRAFFIC = [
  { key: "traffic", label: "Traffic", width: "116px", isNumber: true, cell: (row) => html`<${Traffic} row=${row} />`, sortBy: total },
  {
    key: "conns",
    label: "Conns",
    width: "84px",
    isNumber: true,
    hide: "narrow",
    cell: (row) => count(row.conns),
    sortBy: (row) => row.conns,
  },
];

const SOURCE = {
  key: "source",
  label: "Source",
  width: "104px",
  hide: "medium",
  cell: (row) => html`<span class="muted">${row.source}</span>`,
  sortBy: (row) => row.source,
};

const Name = ({ kind, row }) => html`
  <span class="lines">
    <a class="clip" href=${detailHref(kind, row.name)} title=${row.name}>${row.name}</a>
    ${row.err && html`<span class="row-error" title=${row.err}>${row.err}</span>`}
  </span>
`;

export function Ends({ kind, row }) {
  const [from, to] = ends(kind, row);
  if (!from && !to) return html`<span class="muted">–</span>`;
  return html`
    <span class="lines">
      ${from && html`<${Clip} mono text=${from} />`}
      ${to && html`<small class="mono" title=${to}><span class="visually-hidden">leads to </span><span aria-hidden="true">→ </span>${to}</small>`}
    </span>
  `;
}

const Traffic = ({ row }) => html`
  <span class="lines figures-2">
    <span><span aria-hidden="true">↓ </span><span class="visually-hidden">in </span>${bytes(row.trafficIn)}</span>
    <span><span aria-hidden="true">↑ </span><span class="visually-hidden">out </span>${bytes(row.trafficOut)}</span>
  </span>
`;

/** Of an entry of the store: on or off, edit, delete. */
export function RowActions({ kind, row, done, gone = done, small }) {
  const size = small ? "small" : "";
  const words = row.enabled ? "Disable" : "Enable";
  const toggle = async () => (await setEnabled(kind, row.name, !row.enabled)) && done();
  const drop = async () => (await remove(kind, row.name)) && gone();
  return html`
    <span class="row-actions">
      <button class="button ${size}" type="button" aria-label=${`${words} ${row.name}`} onClick=${toggle}>${words}</button>
      <a class="button square ${size}" href=${editHref(kind, row.name)} title="Edit" aria-label=${`Edit ${row.name}`}>
        <${Icon} name="edit" size="16" />
      </a>
      <button class="button square danger-text ${size}" type="button" title="Delete" aria-label=${`Delete ${row.name}`} onClick=${drop}>
        <${Icon} name="trash" size="16" />
      </button>
    </span>
  `;
}
