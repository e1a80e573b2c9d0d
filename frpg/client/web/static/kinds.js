// What proxies and visitors differ in: one description of each, which lists, details and forms are made from.
import { proxySections } from "./form/proxy.js";
import { visitorSections } from "./form/visitor.js";
import { hostPort } from "./kit/format.js";
import { href } from "./kit/router.js";

export const PROXY = {
  word: "proxy",
  label: "Proxy",
  plural: "proxies",
  title: "Proxies",
  icon: "proxies",
  path: "/proxies",
  types: ["tcp", "udp", "http", "https", "tcpmux", "stcp", "sudp", "xtcp"],
  hasTraffic: true,
  sections: proxySections,
  rowOf: storedProxy,
};

export const VISITOR = {
  word: "visitor",
  label: "Visitor",
  plural: "visitors",
  title: "Visitors",
  icon: "visitors",
  path: "/visitors",
  types: ["stcp", "sudp", "xtcp"],
  hasTraffic: false,
  sections: visitorSections,
  rowOf: storedVisitor,
};

const LOCALHOST = "127.0.0.1";

export const detailHref = (kind, name) => href(`${kind.path}/detail/${encodeURIComponent(name)}`);
export const editHref = (kind, name) => href(`${kind.path}/${encodeURIComponent(name)}/edit`);
/** @param from name of an entry whose options the new one begins with */
export const createHref = (kind, from) => href(`${kind.path}/create`, { from });
export const storeHref = (kind) => href(kind.path, { tab: "store" });

/** The two ends of a row: where users come in, and what they reach. */
export const ends = (kind, row) =>
  kind.hasTraffic ? [row.remoteAddr, row.plugin ? `plugin:${row.plugin}` : row.localAddr] : [row.bindAddr, row.serverName];

/** The row of a stored entry of which the live answer has none: its addresses are those of its options. */
function storedProxy({ name, type, [type]: options }) {
  const { localIP, localPort, remotePort, customDomains = [], subdomain, plugin } = options;
  const remotes = remotePort ? [`:${remotePort}`] : [...customDomains, ...(subdomain ? [subdomain] : [])];
  const localAddr = localPort ? hostPort(localIP || LOCALHOST, localPort) : "";
  const figures = { trafficIn: 0, trafficOut: 0, conns: 0 };
  return { ...waiting(name, type, options), localAddr, remoteAddr: remotes.join(","), plugin: plugin?.type ?? "", ...figures };
}

function storedVisitor({ name, type, [type]: options }) {
  const { bindAddr, bindPort, serverName, plugin } = options;
  const address = bindPort > 0 ? hostPort(bindAddr || LOCALHOST, bindPort) : "";
  return { ...waiting(name, type, options), bindAddr: address, serverName, plugin: plugin?.type ?? "" };
}

function waiting(name, type, { enabled = true }) {
  return { name, type, status: enabled ? "waiting" : "disabled", err: "", source: "store", enabled };
}
