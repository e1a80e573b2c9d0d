// Visitors' connections that are open now.
import { Icon } from "../kit/icons.js";
import { Filter, Pager, Search, useListState } from "../kit/list.js";
import { Answer, Card, Empty, PageHead } from "../kit/parts.js";
import { html } from "../kit/preact.js";
import { DataTable } from "../kit/table.js";
import { TYPES } from "../names.js";
import { useRows } from "../rows.js";
import { connectionColumns } from "../tables.js";

const TYPE_OPTIONS = [["", "All types"], ...TYPES.map((type) => [type, type])];

const FILTERS = ["q", "type", "proxy", "client"];

export function ConnectionsPage() {
  const state = useListState();
  const [q, type, proxy, client] = FILTERS.map((name) => state.get(name) || undefined);
  const query = { q, type, proxy, client };
  const list = useRows("/connections", query, state, { every: 2000 });
  const columns = connectionColumns({ refresh: list.refresh });
  return html`
    <${PageHead} title="Connections" total=${list.total} />
    <div class="toolbar">
      <${Search} state=${state} label="Search visitor, proxy, client" />
      <${Filter} label="Type" value=${type ?? ""} options=${TYPE_OPTIONS} onChange=${(value) => state.set({ type: value })} />
      ${proxy && html`<${Chosen} label="Proxy" value=${proxy} drop=${() => state.set({ proxy: "" })} />`}
      ${client && html`<${Chosen} label="Client" value=${client} drop=${() => state.set({ client: "" })} />`}
    </div>
    <${Card} flush>
      <${Answer} of=${list}>
        <${DataTable}
          label="Connections"
          columns=${columns}
          rows=${list.rows}
          rowKey=${(c) => c.id}
          empty=${html`<${Nothing} state=${state} />`}
          sort=${state.sort}
          onSort=${list.onSort}
        />
        <${Pager} state=${state} total=${list.total} />
      <//>
    <//>
  `;
}

const Chosen = ({ label, value, drop }) => html`
  <button class="button chosen" type="button" onClick=${drop} aria-label="Remove the filter ${label} ${value}" title=${value}>
    <span class="clip">${label}: ${value}</span><${Icon} name="close" size="14" />
  </button>
`;

function Nothing({ state }) {
  if (!FILTERS.some(state.get)) {
    return html`
      <${Empty} icon="connections" title="No visitor is connected">
        Connections show up here by themselves, with their age and bytes, as soon as somebody uses a proxy.
      <//>
    `;
  }
  const reset = () => state.set(Object.fromEntries(FILTERS.map((name) => [name, ""])));
  const action = html`<button class="button" type="button" onClick=${reset}>Show all</button>`;
  return html`
    <${Empty} icon="search" title="No connection fits" action=${action}>
      Nothing that is open now matches the search and the filters.
    <//>
  `;
}
