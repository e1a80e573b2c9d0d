// All options of a proxy, in the sections of its form.
import { choice, code, headers, list, number, pairs, PORT, secret, text, toggle } from "./fields.js";
import { PLUGIN_OPTIONS, pluginFields } from "./plugins.js";

const PORTED = ["tcp", "udp"];
const NAMED = ["http", "https", "tcpmux"];
const KEYED = ["stcp", "sudp", "xtcp"];
const GROUPED = ["tcp", ...NAMED];

const BANDWIDTH = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?(KB|MB)$/;

/** @param values at least `type`, and "plugin.type" as far as it is chosen */
export function proxySections(values) {
  const { type } = values;
  return [
    { title: "Entrance", isMain: true, fields: entrance(type) },
    { title: "Backend", isMain: true, fields: backend(values) },
    { title: "Authentication", fields: authentication(type) },
    { title: "HTTP options", fields: type === "http" ? HTTP_OPTIONS : [] },
    { title: "Transport", fields: TRANSPORT },
    { title: "Health check", fields: healthCheck(values) },
    { title: "Load balancer", note: GROUPED.includes(type) ? "" : `no effect with ${type}`, fields: LOAD_BALANCER },
    { title: "NAT traversal", fields: type === "xtcp" ? [NO_ASSISTANCE] : [] },
    { title: "Metadata", fields: METADATA },
  ].filter(({ fields }) => fields.length);
}

export const NO_ASSISTANCE = toggle("natTraversal.disableAssistedAddrs", "Disable assisted addresses", {
  hint: "Do not offer the addresses of local interfaces to the other side.",
});

function entrance(type) {
  if (PORTED.includes(type)) {
    return [number("remotePort", "Remote port", { ...PORT, hint: "The server's port for users. Empty or 0: the server picks one." })];
  }
  if (!NAMED.includes(type)) return [];
  const domains = [
    list("customDomains", "Custom domains", { placeholder: "www.example.com", addLabel: "Add domain", check: checkDomains }),
    text("subdomain", "Subdomain", { hint: "A name below the server's subDomainHost." }),
  ];
  return type === "tcpmux" ? [...domains, MULTIPLEXER] : domains;
}

// The program has no default for it: it is always sent.
const MULTIPLEXER = choice("multiplexer", "Multiplexer", [["httpconnect", "HTTP CONNECT"]], { first: "httpconnect" });

const checkDomains = (domains, { subdomain }) => (domains.some(Boolean) || subdomain ? "" : "A custom domain or a subdomain is needed.");

function backend(values) {
  const plugin = choice("plugin.type", "Served by", [["", "A local service"], ...PLUGIN_OPTIONS]);
  return values["plugin.type"] ? [plugin, ...pluginFields(values["plugin.type"])] : [plugin, LOCAL_IP, LOCAL_PORT];
}

const LOCAL_IP = text("localIP", "Local IP", { usual: "127.0.0.1", hint: "Address or name of the service, as seen from here." });
const LOCAL_PORT = number("localPort", "Local port", { ...PORT, isRequired: true, absent: 0 });

function authentication(type) {
  if (KEYED.includes(type)) {
    return [
      secret("secretKey", "Secret key", { hint: "Visitors need the same." }),
      list("allowUsers", "Allowed users", { hint: "Empty: only this client's own user; * allows all.", addLabel: "Add user" }),
    ];
  }
  if (type !== "http" && type !== "tcpmux") return [];
  return [
    text("httpUser", "HTTP user", { hint: "Empty, as the password: no login." }),
    secret("httpPassword", "HTTP password"),
    text("routeByHTTPUser", "Route by HTTP user", { hint: "Only requests of this user come here." }),
  ];
}

const HTTP_OPTIONS = [
  list("locations", "Locations", { placeholder: "/", hint: "Paths that lead here; empty: all.", addLabel: "Add location" }),
  text("hostHeaderRewrite", "Host header rewrite", { hint: "What the service sees as Host; empty: what the user sent." }),
  pairs("requestHeaders.set", "Request headers", { names: ["Header", "Value"], hint: "Set on every request.", addLabel: "Add header" }),
  pairs("responseHeaders.set", "Response headers", { names: ["Header", "Value"], hint: "Set on every answer.", addLabel: "Add header" }),
];

const TRANSPORT = [
  toggle("transport.useEncryption", "Use encryption", { hint: "Between this client and the server." }),
  toggle("transport.useCompression", "Use compression", { hint: "Worth it for text, not for what is compressed already." }),
  text("transport.bandwidthLimit", "Bandwidth limit", {
    placeholder: "1MB",
    hint: "Bytes a second, in KB or MB; empty: no limit.",
    check: (value) => (!value || BANDWIDTH.test(value.trim()) ? "" : "Write a number and its unit KB or MB, such as 512KB or 1MB."),
  }),
  choice(
    "transport.bandwidthLimitMode",
    "Bandwidth limit mode",
    [
      ["client", "Client: limited here"],
      ["server", "Server: limited there"],
    ],
    { usual: "client" },
  ),
  choice(
    "transport.proxyProtocolVersion",
    "PROXY protocol",
    [
      ["", "None"],
      ["v1", "v1"],
      ["v2", "v2"],
    ],
    { hint: "Tells the service the user's address." },
  ),
];

/** With a plugin the check still asks a local port, and there is none without. */
function healthCheck(values) {
  const type = values["healthCheck.type"];
  const target =
    values["plugin.type"] && type
      ? [LOCAL_IP, number("localPort", "Local port", { ...PORT, hint: "What is checked; without one a proxy with a plugin is not." })]
      : [];
  const fields = [
    choice("healthCheck.type", "Type", [
      ["", "Disabled"],
      ["tcp", "TCP: it accepts"],
      ["http", "HTTP: it answers 2xx"],
    ]),
    ...target,
    ...TIMING,
  ];
  return type === "http" ? [...fields, ...HTTP_CHECK] : fields;
}

const TIMING = [
  number("healthCheck.timeoutSeconds", "Timeout", { min: 0, stand: 3, unit: "s" }),
  number("healthCheck.maxFailed", "Failures before withdrawal", { min: 0, stand: 1 }),
  number("healthCheck.intervalSeconds", "Interval", { min: 1, stand: 10, unit: "s" }),
];
const HTTP_CHECK = [
  code("healthCheck.path", "Path", { isRequired: true, placeholder: "/health" }),
  headers("healthCheck.httpHeaders", "HTTP headers", { hint: "Sent with each check.", addLabel: "Add header" }),
];

const LOAD_BALANCER = [
  text("loadBalancer.group", "Group", { hint: "Proxies of one group share an entrance." }),
  secret("loadBalancer.groupKey", "Group key", { hint: "The same in the whole group." }),
];

const METADATA = [
  pairs("metadatas", "Metadata", { names: ["Key", "Value"], hint: "For plugins of the server." }),
  pairs("annotations", "Annotations", { names: ["Key", "Value"], hint: "Shown on the server's dashboard." }),
];
