// Tables that stand on several pages: proxies, connections, and the last errors of something.
import { closeProxy, cut, openProxy } from "./actions.js";
import { segment } from "./kit/api.js";
import { WeekBars } from "./kit/bars.js";
import { bytes, count, duration, exact } from "./kit/format.js";
import { Answer, Card, Clip, Empty, Loading, Tag, Time } from "./kit/parts.js";
import { usePoll } from "./kit/poll.js";
import { html } from "./kit/preact.js";
import { DataTable } from "./kit/table.js";
import { Address, ClientLink, clientKeyOf, domains, ProxyBadge, ProxyLink, spec } from "./names.js";
import { v2 } from "./v2.js";

/** Columns of a list of proxies; `hidden` names those that would say the same in every row, `from` is the client's key on its page. */
export function proxyColumns({ config, refresh, from, hidden = [] }) {
  return [
    { key: "name", label: "Name", isMain: true, cell: (p) => html`<${ProxyLink} name=${p.name} from=${from} />`, sortBy: (p) => p.name },
    { key: "type", label: "Type", width: "84px", hide: "narrow", cell: (p) => html`<${Tag}>${p.spec.type}<//>`, sortBy: (p) => p.spec.type },
    { key: "address", label: "Address", width: "22%", isBroad: true, cell: (p) => html`<${Address} proxy=${p} config=${config} />`, sortBy: (p) => place(p, config) },
    { key: "client", label: "Client", width: "15%", isBroad: true, hide: "medium", cell: (p) => html`<${ClientLink} of=${p} />`, sortBy: clientKeyOf },
    { key: "conns", label: "Connections", width: "100px", isNumber: true, hide: "narrow", cell: (p) => count(p.status.curConns), sortBy: (p) => p.status.curConns },
    { key: "in", label: "In today", width: "88px", isNumber: true, cell: (p) => bytes(p.status.todayTrafficIn), sortBy: (p) => p.status.todayTrafficIn },
    { key: "out", label: "Out today", width: "88px", isNumber: true, cell: (p) => bytes(p.status.todayTrafficOut), sortBy: (p) => p.status.todayTrafficOut },
    { key: "status", label: "Status", width: "104px", isStatus: true, cell: (p) => html`<${ProxyBadge} proxy=${p} />`, sortBy: (p) => p.status.phase },
    { key: "actions", label: "Actions", width: "96px", isActions: true, cell: (p) => html`<${ProxyAction} proxy=${p} done=${refresh} small />` },
  ].filter(({ key }) => !hidden.includes(key));
}

const place = (proxy, config) => String(spec(proxy).remotePort ?? domains(proxy, config)[0] ?? "");

/** Close, or open again. */
export function ProxyAction({ proxy, done, small }) {
  const { blocked } = proxy.status;
  if (!blocked && proxy.status.phase !== "online") return null;
  const act = async () => (await (blocked ? openProxy : closeProxy)(proxy)) && done();
  return html`
    <button
      class="button ${small ? "small quiet" : ""} ${blocked ? "" : "danger-text"}"
      type="button"
      aria-label="${blocked ? "Open" : "Close"} ${proxy.name}"
      onClick=${act}
    >
      ${blocked ? (small ? "Open" : "Open again") : "Close"}
    </button>
  `;
}

export function connectionColumns({ refresh, hidden = [] }) {
  return [
    { key: "visitor", label: "Visitor", isMain: true, cell: (c) => html`<${Clip} mono text=${c.remoteAddr} />`, sortBy: (c) => c.remoteAddr },
    { key: "proxy", label: "Proxy", width: "22%", isBroad: true, cell: (c) => html`<${ProxyLink} name=${c.proxy} />`, sortBy: (c) => c.proxy },
    { key: "type", label: "Type", width: "84px", hide: "narrow", cell: (c) => html`<${Tag}>${c.type}<//>`, sortBy: (c) => c.type },
    { key: "client", label: "Client", width: "15%", isBroad: true, hide: "medium", cell: (c) => html`<${ClientLink} of=${c} />`, sortBy: (c) => c.clientKey },
    { key: "age", label: "Open for", width: "96px", isNumber: true, cell: (c) => html`<${Age} at=${c.startedAt} />`, sortBy: (c) => -c.startedAt },
    { key: "in", label: "In", width: "88px", isNumber: true, cell: (c) => moved(c.trafficIn), sortBy: (c) => c.trafficIn ?? -1 },
    { key: "out", label: "Out", width: "88px", isNumber: true, cell: (c) => moved(c.trafficOut), sortBy: (c) => c.trafficOut ?? -1 },
    { key: "actions", label: "Actions", width: "84px", isActions: true, cell: (c) => html`<${CutButton} connection=${c} done=${refresh} />` },
  ].filter(({ key }) => !hidden.includes(key));
}

/** Bytes of a connection; null when nobody counts them before it ends. */
const moved = (n) => (n === null ? html`<span class="muted" title="Not counted before it ends">–</span>` : bytes(n));

const Age = ({ at }) => html`<span title="since ${exact(at)}">${duration(Date.now() / 1000 - at)}</span>`;

const CutButton = ({ connection, done }) => html`
  <button
    class="button small quiet danger-text"
    type="button"
    aria-label="Cut the connection from ${connection.remoteAddr}"
    onClick=${async () => (await cut(connection)) && done()}
  >
    Cut
  </button>
`;

const SOME = 10;

/** The youngest connections of one proxy or client, with a way to all of them. `filter` is {proxy} or {client}. */
export function OpenConnections({ filter, all, hidden }) {
  const list = usePoll((signal) => v2("/connections", { query: { ...filter, pageSize: SOME }, signal }), [JSON.stringify(filter)]);
  const extra = list.data?.total > SOME && html`<a href=${all}>All ${count(list.data.total)}</a>`;
  const empty = html`<${Empty} title="No connection is open">They appear here by themselves as visitors come.<//>`;
  return html`
    <${Card} title="Open connections" extra=${extra} flush>
      <${Answer} of=${list}>
        <${DataTable}
          label="Open connections"
          columns=${connectionColumns({ refresh: list.refresh, hidden })}
          rows=${list.data?.items}
          rowKey=${(c) => c.id}
          empty=${empty}
        />
      <//>
    <//>
  `;
}

/** @param of "proxies" or "clients" */
export function Week({ of, name }) {
  const answer = usePoll((signal) => v2(`/${of}/${segment(name)}/traffic`, { signal }), [of, name], { every: 10_000 });
  return html`
    <${Card} title="Traffic of seven days">
      <${Answer} of=${answer}>
        ${answer.data ? html`<${WeekBars} history=${answer.data.history} />` : html`<${Loading} lines="6" />`}
      <//>
    <//>
  `;
}

/** @param of "proxies" or "clients" */
export function LastErrors({ of, name }) {
  const list = usePoll((signal) => v2(`/${of}/${segment(name)}/errors`, { signal }), [of, name], { every: 5000 });
  return html`<${Card} title="Last errors"><${Answer} of=${list}><${ErrorList} items=${list.data?.items} /><//><//>`;
}

function ErrorList({ items }) {
  if (!items) return html`<${Loading} lines="2" />`;
  if (!items.length) return html`<p class="muted">None since the server started.</p>`;
  return html`
    <ol class="errors">
      ${items.map(({ at, text }, i) => html`<li key=${`${at} ${i}`}><${Time} at=${at} /><span class="mono">${text}</span></li>`)}
    </ol>
  `;
}
