// One client: what it is, its proxies, a week of traffic, who uses them now, what went wrong last.
import { useInfo } from "../config.js";
import { segment } from "../kit/api.js";
import { count } from "../kit/format.js";
import { Pager, Search, useListState } from "../kit/list.js";
import { Answer, Card, Empty, Facts, Loading, PageHead, Time } from "../kit/parts.js";
import { usePoll } from "../kit/poll.js";
import { html } from "../kit/preact.js";
import { href } from "../kit/router.js";
import { DataTable } from "../kit/table.js";
import { ClientBadge, clientName } from "../names.js";
import { useRows } from "../rows.js";
import { LastErrors, OpenConnections, proxyColumns, Week } from "../tables.js";
import { v2 } from "../v2.js";
import { ClientAction } from "./clients.js";

const BACK = { href: "#/clients", label: "Clients" };

export function ClientPage({ params: { key } }) {
  const answer = usePoll((signal) => v2(`/clients/${segment(key)}`, { signal }), [key]);
  const { data: client, error, refresh } = answer;
  if (error?.status === 404) return html`<${Missing} name=${key} />`;
  if (!client) {
    return html`
      <${PageHead} title=${key} back=${BACK} />
      <${Card}><${Answer} of=${answer}><${Loading} /><//><//>
    `;
  }
  return html`
    <${PageHead} title=${clientName(client)} back=${BACK} badge=${html`<${ClientBadge} client=${client} />`}>
      <${ClientAction} client=${client} done=${refresh} />
    <//>
    <div class="stack">
      <${Card}><${Answer} of=${answer}><${Facts} rows=${facts(client)} /><//><//>
      <${ClientProxies} client=${client} />
      <${Week} of="clients" name=${key} />
      <${OpenConnections} filter=${{ client: key }} all=${href("/connections", { client: key })} hidden=${["client"]} />
      <${LastErrors} of="clients" name=${key} />
    </div>
  `;
}

const facts = (client) => [
  ["Connections", count(client.status.curConns)],
  ["Proxies", count(client.status.proxyCount)],
  [client.online ? "Connected" : "Disconnected", html`<${Time} at=${client.online ? client.lastConnectedAt : client.disconnectedAt} />`],
  ["First connected", html`<${Time} at=${client.firstConnectedAt} />`],
  ["Address", client.clientIP && html`<span class="mono">${client.clientIP}</span>`],
  ["Host name", client.hostname],
  ["Version", client.version],
  ["Wire protocol", client.wireProtocol],
  ["User", client.user],
  ["Client ID", client.clientID],
  ["Run ID", client.runID && html`<span class="mono">${client.runID}</span>`],
];

function ClientProxies({ client }) {
  const state = useListState();
  const { data: info } = useInfo();
  const shape = { config: info?.config, from: client.key, hidden: ["client"] };
  const query = { q: state.q || undefined, user: client.user, clientID: client.clientID };
  const list = useRows("/proxies", query, state);
  const empty = state.q
    ? html`<${Empty} icon="search" title="No proxy fits">Nothing of this client matches “${state.q}”.<//>`
    : html`
        <${Empty} icon="proxies" title="This client has no proxy">
          Add a <code>[[proxies]]</code> table to its configuration and reload it.
        <//>
      `;
  return html`
    <${Card} title="Proxies" extra=${html`<${Search} state=${state} label="Search its proxies" />`} flush>
      <${Answer} of=${list}>
        <${DataTable}
          label="Proxies"
          columns=${proxyColumns({ ...shape, refresh: list.refresh })}
          rows=${list.rows}
          rowKey=${(proxy) => proxy.name}
          empty=${empty}
          sort=${state.sort}
          onSort=${list.onSort}
        />
        <${Pager} state=${state} total=${list.total} />
      <//>
    <//>
  `;
}

function Missing({ name }) {
  const action = html`<a class="button" href="#/clients">To all clients</a>`;
  return html`
    <${PageHead} title="Client not found" back=${BACK} />
    <${Card}>
      <${Empty} icon="clients" title="Nobody by that name" action=${action}>
        The server knows no client ${name}. It remembers those that logged in since it started.
      <//>
    <//>
  `;
}
