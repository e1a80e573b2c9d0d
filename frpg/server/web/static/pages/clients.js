// Clients that are or were logged in.
import { admit, kick } from "../actions.js";
import { Filter, Pager, Search, useListState } from "../kit/list.js";
import { Answer, Card, Clip, Empty, PageHead, Tabs, Tag, Time } from "../kit/parts.js";
import { usePoll } from "../kit/poll.js";
import { html } from "../kit/preact.js";
import { href } from "../kit/router.js";
import { DataTable } from "../kit/table.js";
import { ClientBadge, clientHref, clientName, isBlocked } from "../names.js";
import { useRows } from "../rows.js";
import { v2 } from "../v2.js";

const STATUSES = [["", "All"], ["online", "Online"], ["offline", "Offline"]];

export function ClientsPage() {
  const state = useListState();
  const status = state.get("status");
  const query = { q: state.q || undefined, status: status || undefined, user: wantedUser(state) };
  const list = useRows("/clients", query, state);
  const tabs = STATUSES.map(([value, label]) => ({
    label,
    to: href("/clients", { ...state.query, status: value, page: "" }),
    isCurrent: value === status,
    total: value === status ? list.total : undefined,
  }));
  return html`
    <${PageHead} title="Clients" />
    <div class="toolbar">
      <${Tabs} label="Status" items=${tabs} />
      <${Search} state=${state} label="Search name, host, address" />
      <${UserFilter} state=${state} />
    </div>
    <${Card} flush>
      <${Answer} of=${list}>
        <${DataTable}
          label="Clients"
          columns=${columns(list.refresh)}
          rows=${list.rows}
          rowKey=${(client) => client.key}
          empty=${html`<${Nothing} state=${state} />`}
          sort=${state.sort}
          onSort=${list.onSort}
        />
        <${Pager} state=${state} total=${list.total} />
      <//>
    <//>
  `;
}

const columns = (refresh) => [
  { key: "name", label: "Client", isMain: true, cell: (c) => html`<${Name} client=${c} />`, sortBy: clientName },
  { key: "address", label: "Address", width: "20%", isBroad: true, cell: (c) => html`<${Clip} mono text=${c.clientIP || "–"} />`, sortBy: (c) => c.clientIP ?? "" },
  { key: "version", label: "Version", width: "140px", isBroad: true, hide: "narrow", cell: (c) => html`<${Version} client=${c} />`, sortBy: (c) => c.version ?? "" },
  { key: "since", label: "Since", width: "120px", cell: (c) => html`<${Time} at=${since(c)} />`, sortBy: (c) => -since(c) },
  { key: "status", label: "Status", width: "190px", isStatus: true, cell: (c) => html`<${ClientBadge} client=${c} />`, sortBy: (c) => (c.online ? 0 : 1) },
  { key: "actions", label: "Actions", width: "130px", isActions: true, cell: (c) => html`<${ClientAction} client=${c} done=${refresh} small />` },
];

const since = (client) => (client.online ? client.lastConnectedAt : client.disconnectedAt);

const Name = ({ client }) => html`
  <span class="lines">
    <a class="clip" href=${clientHref(client.key)} title=${clientName(client)}>${clientName(client)}</a>
    <small title=${client.hostname}>${client.hostname || " "}</small>
  </span>
`;

const Version = ({ client }) => html`
  <span class="cluster">
    ${client.version && html`<${Tag}>v${client.version}<//>`}
    ${client.wireProtocol && html`<${Tag} title="Wire protocol">${client.wireProtocol}<//>`}
  </span>
`;

/** Disconnect or keep out; admit when it is kept out. */
export function ClientAction({ client, done, small }) {
  const blocked = isBlocked(client);
  const words = blocked ? "Admit" : client.online ? "Disconnect" : "Keep out";
  const act = async () => (await (blocked ? admit : kick)(client)) && done();
  return html`
    <button
      class="button ${small ? "small quiet" : ""} ${blocked ? "" : "danger-text"}"
      type="button"
      aria-label="${words} ${clientName(client)}"
      onClick=${act}
    >
      ${words}
    </button>
  `;
}

// A user may be "", so that a choice is written with a sign before it.
const wantedUser = (state) => (state.get("user") ? state.get("user").slice(1) : undefined);

function UserFilter({ state }) {
  const { data } = usePoll((signal) => v2("/users", { query: { pageSize: 200 }, signal }), [], { every: 0 });
  const chosen = state.get("user");
  const users = data?.items.map(({ user }) => user) ?? [];
  if (users.length < 2 && !chosen) return null;
  const known = chosen && !users.includes(chosen.slice(1)) ? [chosen.slice(1), ...users] : users;
  const options = [["", "All users"], ...known.map((user) => [`=${user}`, user || "(no user)"])];
  return html`<${Filter} label="User" value=${chosen} options=${options} onChange=${(user) => state.set({ user })} />`;
}

function Nothing({ state }) {
  const isFiltered = state.q || state.get("status") || state.get("user");
  if (!isFiltered) {
    return html`
      <${Empty} icon="clients" title="No client has logged in yet">
        Point an frpc at this server with <code>serverAddr</code>, <code>serverPort</code> and the same <code>auth.token</code>;
        it shows up here by itself.
      <//>
    `;
  }
  const action = html`<button class="button" type="button" onClick=${() => state.set({ q: "", status: "", user: "" })}>Show all</button>`;
  return html`<${Empty} icon="search" title="No client fits" action=${action}>Nothing matches the search and the filters.<//>`;
}
