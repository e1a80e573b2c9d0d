// Proxies by type: those registered now, and those that were.
import { clearOffline } from "../actions.js";
import { useInfo } from "../config.js";
import { Icon } from "../kit/icons.js";
import { Filter, Pager, Search, useListState } from "../kit/list.js";
import { Answer, Card, Empty, PageHead, Tabs } from "../kit/parts.js";
import { html } from "../kit/preact.js";
import { href } from "../kit/router.js";
import { DataTable } from "../kit/table.js";
import { TYPES } from "../names.js";
import { useRows } from "../rows.js";
import { proxyColumns } from "../tables.js";

const STATUSES = [["", "All"], ["online", "Online"], ["offline", "Offline"]];

export function ProxiesPage({ params }) {
  const state = useListState();
  const { data: info } = useInfo();
  const type = TYPES.includes(params.type) ? params.type : "";
  const status = state.get("status");
  const shape = { config: info?.config, hidden: type ? ["type"] : [] };
  const query = { q: state.q || undefined, status: status || undefined, type: type || undefined };
  const list = useRows("/proxies", query, state);
  return html`
    <${PageHead} title="Proxies">
      <button class="button" type="button" onClick=${async () => (await clearOffline()) && list.refresh()}>
        <${Icon} name="trash" size="16" />Clear offline
      </button>
    <//>
    <div class="toolbar">
      <${Tabs} label="Type" items=${tabs(type, state, list.total)} />
      <${Search} state=${state} label="Search name, port, domain, client" />
      <${Filter} label="Status" value=${status} options=${STATUSES} onChange=${(value) => state.set({ status: value })} />
    </div>
    <${Card} flush>
      <${Answer} of=${list}>
        <${DataTable}
          label="Proxies"
          columns=${proxyColumns({ ...shape, refresh: list.refresh })}
          rows=${list.rows}
          rowKey=${(proxy) => proxy.name}
          empty=${html`<${Nothing} type=${type} state=${state} />`}
          sort=${state.sort}
          onSort=${list.onSort}
        />
        <${Pager} state=${state} total=${list.total} />
      <//>
    <//>
  `;
}

const tabs = (current, state, total) =>
  ["", ...TYPES].map((type) => ({
    label: type ? type.toUpperCase() : "All",
    to: href(type ? `/proxies/${type}` : "/proxies", { ...state.query, page: "" }),
    isCurrent: type === current,
    total: type === current ? total : undefined,
  }));

function Nothing({ type, state }) {
  if (state.q || state.get("status")) {
    const action = html`<button class="button" type="button" onClick=${() => state.set({ q: "", status: "" })}>Show all</button>`;
    return html`<${Empty} icon="search" title="No proxy fits" action=${action}>Nothing matches the search and the filters.<//>`;
  }
  return html`
    <${Empty} icon="proxies" title=${type ? `No ${type} proxy` : "No proxy yet"}>
      Add one to a client's configuration, a <code>[[proxies]]</code> table${type && html` with <code>type = "${type}"</code>`},
      and reload that client; it shows up here by itself.
    <//>
  `;
}
