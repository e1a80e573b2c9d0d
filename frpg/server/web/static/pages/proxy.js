// One proxy: where it is reached, how it is set up, a week of traffic, who uses it now, what went wrong last.
import { useInfo } from "../config.js";
import { segment } from "../kit/api.js";
import { bytes, count } from "../kit/format.js";
import { Answer, Card, Empty, Facts, Figure, Loading, PageHead, Tag, Time } from "../kit/parts.js";
import { usePoll } from "../kit/poll.js";
import { html } from "../kit/preact.js";
import { href, useLocation } from "../kit/router.js";
import { Address, clientHref, ClientLink, ProxyBadge, spec } from "../names.js";
import { LastErrors, OpenConnections, ProxyAction, Week } from "../tables.js";
import { v2 } from "../v2.js";

const PROXIES = { href: "#/proxies", label: "Proxies" };

export function ProxyPage({ params: { name } }) {
  const answer = usePoll((signal) => v2(`/proxies/${segment(name)}`, { signal }), [name]);
  const { data: proxy, error, refresh } = answer;
  const { data: info } = useInfo();
  const from = useLocation().query.get("from");
  const back = from ? { href: clientHref(from), label: from } : PROXIES;
  if (error?.status === 404) return html`<${Missing} name=${name} />`;
  if (!proxy) {
    return html`
      <${PageHead} title=${name} back=${back} />
      <${Card}><${Answer} of=${answer}><${Loading} /><//><//>
    `;
  }
  const { status } = proxy;
  const connections = href("/connections", { proxy: name });
  return html`
    <${PageHead} title=${name} back=${back} badge=${html`<${Tag}>${proxy.spec.type}<//><${ProxyBadge} proxy=${proxy} />`}>
      <${ProxyAction} proxy=${proxy} done=${refresh} />
    <//>
    <div class="stack">
      <div class="figures">
        <${Figure} label="Connections" icon="connections" value=${count(status.curConns)} note="open now" to=${connections} />
        <${Figure} label="In today" icon="in" value=${bytes(status.todayTrafficIn)} note="from visitors" />
        <${Figure} label="Out today" icon="out" value=${bytes(status.todayTrafficOut)} note="to visitors" />
      </div>
      <div class="halves">
        <${Card} title="Proxy"><${Answer} of=${answer}><${Facts} asRows rows=${facts(proxy, info?.config)} /><//><//>
        <${Week} of="proxies" name=${name} />
      </div>
      <${Configuration} proxy=${proxy} />
      <${OpenConnections} filter=${{ proxy: name }} all=${connections} hidden=${["proxy", "type", "client"]} />
      <${LastErrors} of="proxies" name=${name} />
    </div>
  `;
}

const facts = (proxy, config) => [
  ["Address", html`<${Address} proxy=${proxy} config=${config} all />`],
  ["Client", html`<${ClientLink} of=${proxy} />`],
  ["Last started", html`<${Time} at=${proxy.status.lastStartAt} />`],
  ["Last closed", html`<${Time} at=${proxy.status.lastCloseAt} />`],
];

function Configuration({ proxy }) {
  const block = spec(proxy);
  if (!block.transport) return html`<${Card} title="Configuration"><p class="muted">Not known while the proxy is offline.</p><//>`;
  return html`
    <${Card} title="Configuration">
      <div class="stack">
        <${Facts} rows=${settings(block)} />
        <${Pairs} title="Annotations" of=${block.annotations} />
        <${Pairs} title="Metadata" of=${block.metadatas} />
      </div>
    <//>
  `;
}

const settings = ({ transport, ...block }) => [
  ["Encryption", transport.useEncryption ? "on" : "off"],
  ["Compression", transport.useCompression ? "on" : "off"],
  ["Bandwidth limit", transport.bandwidthLimit && `${transport.bandwidthLimit}/s, at the ${transport.bandwidthLimitMode}`],
  ["Load-balancing group", block.loadBalancer?.group],
  ["Locations", block.locations?.join(", ")],
  ["Host rewritten to", block.hostHeaderRewrite],
  ["Multiplexer", block.multiplexer],
  ["Route by HTTP user", block.routeByHTTPUser],
];

function Pairs({ title, of }) {
  const entries = Object.entries(of ?? {});
  if (!entries.length) return null;
  return html`
    <div>
      <h3>${title}</h3>
      <div class="cluster">${entries.map(([key, value]) => html`<${Tag} key=${key} title="${key}: ${value}">${key}: ${value}<//>`)}</div>
    </div>
  `;
}

function Missing({ name }) {
  const action = html`<a class="button" href="#/proxies">To all proxies</a>`;
  return html`
    <${PageHead} title="Proxy not found" back=${PROXIES} />
    <${Card}>
      <${Empty} icon="proxies" title="No proxy by that name" action=${action}>
        The server knows no proxy ${name}. Its client may never have registered it, or its record was cleared.
      <//>
    <//>
  `;
}
