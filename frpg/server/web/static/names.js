// How clients and proxies are called, addressed and linked on every page.
import { clock } from "./kit/format.js";
import { Badge, Clip } from "./kit/parts.js";
import { html } from "./kit/preact.js";
import { href } from "./kit/router.js";

export const TYPES = ["tcp", "udp", "http", "https", "tcpmux", "stcp", "xtcp", "sudp"];
const WEB = { http: 80, https: 443 };

export const clientHref = (key) => href(`/clients/${encodeURIComponent(key)}`);
/** `from`: key of the client whose page leads there, for the way back. */
const proxyHref = (name, from) => href(`/proxy/${encodeURIComponent(name)}`, { from });

export const clientName = ({ user, clientID, runID, key }) => (user && clientID ? `${user}.${clientID}` : clientID || runID || key);

/** The registry's key of the client that a proxy or a connection belongs to. */
export const clientKeyOf = ({ user, clientID }) => (user ? `${user}.${clientID}` : clientID);

export function ClientLink({ of }) {
  if (!of.clientID) return html`<span class="muted">–</span>`;
  return html`<a class="clip" href=${clientHref(of.clientKey ?? clientKeyOf(of))} title=${clientName(of)}>${clientName(of)}</a>`;
}

export const ProxyLink = ({ name, from }) =>
  name
    ? html`<a class="clip" href=${proxyHref(name, from)} title=${name}>${name}</a>`
    : html`<span class="muted" title="No request is being served on this connection just now">between requests</span>`;

export const isBlocked = (client) => (client.blockedUntil ?? 0) > Date.now() / 1000;

export const ClientBadge = ({ client }) => html`
  <span class="cluster">
    ${client.online && html`<${Badge} kind="ok">Online<//>`}
    ${isBlocked(client)
      ? html`<${Badge} kind="warn" title="Its logins are refused until then">Kept out until ${clock(client.blockedUntil)}<//>`
      : !client.online && html`<${Badge} kind="off">Offline<//>`}
  </span>
`;

export function ProxyBadge({ proxy }) {
  if (proxy.status.blocked) return html`<${Badge} kind="bad" title="Closed here; its name is refused until it is opened again">Closed<//>`;
  return proxy.status.phase === "online" ? html`<${Badge} kind="ok">Online<//>` : html`<${Badge} kind="off">Offline<//>`;
}

export const spec = (proxy) => proxy.spec[proxy.spec.type] ?? {};

/** The domains under which a web proxy is reached. */
export function domains(proxy, config) {
  const { customDomains = [], subdomain } = spec(proxy);
  const sub = subdomain && (config?.subdomainHost ? `${subdomain}.${config.subdomainHost}` : subdomain);
  return sub ? [...customDomains, sub] : customDomains;
}

/** Where visitors reach a proxy: a port, or the first of its domains as a link. */
export function Address({ proxy, config, all = false }) {
  const { remotePort } = spec(proxy);
  if (remotePort) return html`<span class="mono">:${remotePort}</span>`;
  const names = domains(proxy, config);
  if (!names.length) return html`<span class="muted">–</span>`;
  if (all) {
    return html`
      <span class="lines">${names.map((name) => html`<${Domain} key=${name} name=${name} proxy=${proxy} config=${config} />`)}</span>
    `;
  }
  return html`
    <span class="lines">
      <${Domain} name=${names[0]} proxy=${proxy} config=${config} />
      ${names.length > 1 && html`<small title=${names.slice(1).join("\n")}>and ${names.length - 1} more</small>`}
    </span>
  `;
}

function Domain({ name, proxy, config }) {
  const { type } = proxy.spec;
  const port = type === "http" ? config?.vhostHTTPPort : config?.vhostHTTPSPort;
  // A wildcard leads nowhere, and tcpmux is no place for a browser.
  if (!WEB[type] || !port || name.includes("*")) return html`<${Clip} text=${name} />`;
  const address = `${type}://${name}${port === WEB[type] ? "" : `:${port}`}`;
  return html`<a class="clip" href=${address} title=${address} target="_blank" rel="noopener noreferrer">${name}</a>`;
}

