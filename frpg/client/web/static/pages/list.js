// All proxies, or all visitors: what is to run, or what the store has.
import { entryColumns } from "../columns.js";
import { createHref, ends } from "../kinds.js";
import { Icon } from "../kit/icons.js";
import { Filter, Pager, Search, useListState } from "../kit/list.js";
import { Card, Empty, PageHead, Problem, Tabs } from "../kit/parts.js";
import { usePoll } from "../kit/poll.js";
import { html } from "../kit/preact.js";
import { href } from "../kit/router.js";
import { DataTable, sorted } from "../kit/table.js";
import { rowsOf, SessionNotice, useClient } from "../live.js";
import { NoStore } from "../nostore.js";
import { countGroups, GROUPS, groupOf } from "../phases.js";
import { listStored } from "../store.js";

const SOURCES = [
  ["", "All"],
  ["config", "Config file"],
  ["store", "Store"],
];

export function ListPage({ kind }) {
  const state = useListState();
  const live = useClient();
  const isStore = state.get("tab") === "store";
  const hasStore = live.data?.config.store;
  return html`
    <${PageHead} title=${kind.title}>
      ${hasStore && html`<a class="button primary" href=${createHref(kind)}><${Icon} name="plus" size="16" />New ${kind.word}</a>`}
    <//>
    <${SessionNotice} live=${live.data} />
    <${Places} kind=${kind} isStore=${isStore} />
    ${
      !isStore
        ? html`<${Rows} kind=${kind} state=${state} rows=${rowsOf(live.data, kind)} error=${live.error} refresh=${live.refresh} />`
        : hasStore === false
          ? html`<${NoStore} kind=${kind} />`
          : html`<${StoreRows} kind=${kind} state=${state} live=${live} />`
    }
  `;
}

const Places = ({ kind, isStore }) => html`
  <nav class="places" aria-label="Source">
    <a href=${href(kind.path)} aria-current=${isStore ? undefined : "page"}>Status</a>
    <a href=${href(kind.path, { tab: "store" })} aria-current=${isStore ? "page" : undefined}>Store</a>
  </nav>
`;

/** Entries of the store, with the status of those that are to run. */
function StoreRows({ kind, state, live }) {
  const stored = usePoll((signal) => listStored(kind, signal), [kind.word], { every: 5000 });
  const refresh = () => {
    stored.refresh();
    live.refresh();
  };
  const rows = stored.data && live.data && merged(kind, stored.data, rowsOf(live.data, kind));
  return html`<${Rows} kind=${kind} state=${state} rows=${rows} error=${stored.error ?? live.error} refresh=${refresh} isStore />`;
}

function merged(kind, definitions, rows) {
  const running = new Map(rows.filter(({ source }) => source === "store").map((row) => [row.name, row]));
  return definitions.map((definition) => running.get(definition.name) ?? kind.rowOf(definition));
}

function Rows({ kind, state, rows, error, refresh, isStore }) {
  if (error && !rows) return html`<${Card}><${Problem} error=${error} retry=${refresh} /><//>`;
  const columns = entryColumns(kind, { refresh, isStore });
  const found = rows && filtered(kind, rows, state);
  const shown = found && sorted(inGroup(found, state.get("status")), columns, state.sort);
  return html`
    <${Toolbar} kind=${kind} state=${state} rows=${rows ?? []} found=${found} isStore=${isStore} />
    <${Card} flush>
      <${DataTable}
        label=${kind.title}
        columns=${columns}
        rows=${shown && shown.slice((state.page - 1) * state.size, state.page * state.size)}
        rowKey=${(row) => `${row.source} ${row.name}`}
        empty=${html`<${Nothing} kind=${kind} state=${state} isStore=${isStore} />`}
        sort=${state.sort}
        onSort=${(sort) => state.set({ sort })}
      />
      <${Pager} state=${state} total=${shown?.length ?? 0} />
    <//>
  `;
}

const inGroup = (rows, group) => (group ? rows.filter((row) => groupOf(row.status) === group) : rows);

/** What the search and the filters leave; the pills count these. */
function filtered(kind, rows, state) {
  const [source, type, words] = [state.get("source"), state.get("type"), state.q.trim().toLowerCase()];
  const fits = (row) => [row.name, row.type, row.err, ...ends(kind, row)].some((text) => text?.toLowerCase().includes(words));
  return rows.filter((row) => (!source || row.source === source) && (!type || row.type === type) && (!words || fits(row)));
}

function Toolbar({ kind, state, rows, found, isStore }) {
  const present = kind.types.filter((type) => type === state.get("type") || rows.some((row) => row.type === type));
  const types = [["", "All"], ...present.map((type) => [type, type.toUpperCase()])];
  const filter = (label, key, options) =>
    html`<${Filter} label=${label} value=${state.get(key)} options=${options} onChange=${(value) => state.set({ [key]: value })} />`;
  return html`
    <div class="toolbar">
      <${Pills} kind=${kind} state=${state} found=${found} />
      <${Search} state=${state} label="Search name, address, error" />
      <div class="cluster">
        ${!isStore && filter("Source", "source", SOURCES)}
        ${filter("Type", "type", types)}
      </div>
    </div>
  `;
}

function Pills({ kind, state, found }) {
  const totals = found && { "": found.length, ...countGroups(found) };
  const items = [{ key: "", label: "All" }, ...GROUPS].map(({ key, label }) => ({
    label,
    to: href(kind.path, { ...state.query, status: key, page: "" }),
    isCurrent: state.get("status") === key,
    total: totals?.[key],
  }));
  return html`<${Tabs} label="Status" items=${items} />`;
}

function Nothing({ kind, state, isStore }) {
  const isFiltered = state.q || ["source", "type", "status"].some((name) => state.get(name));
  const showAll = () => state.set({ q: "", source: "", type: "", status: "" });
  if (isFiltered) {
    const action = html`<button class="button" type="button" onClick=${showAll}>Show all</button>`;
    return html`<${Empty} icon="search" title="No ${kind.word} fits" action=${action}>Nothing matches the search and the filters.<//>`;
  }
  if (!isStore) {
    return html`
      <${Empty} icon=${kind.icon} title="No ${kind.plural} found">
        Add a <code>[[${kind.plural}]]</code> table in <a href="#/config">the configuration</a>, or create one in the store.
      <//>
    `;
  }
  const action = html`<a class="button primary" href=${createHref(kind)}>New ${kind.word}</a>`;
  return html`
    <${Empty} icon=${kind.icon} title="The store has no ${kind.word}" action=${action}>
      What you create here runs at once, and again after a restart.
    <//>
  `;
}
