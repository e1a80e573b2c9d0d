// All options of a visitor, in the sections of its form.
import { choice, code, number, PORT, secret, text, toggle } from "./fields.js";
import { NO_ASSISTANCE } from "./proxy.js";

/** As `proxySections`. */
export function visitorSections(values) {
  const isXtcp = values.type === "xtcp";
  return [
    { title: "Connection", isMain: true, fields: connection(values.type) },
    { title: "Plugin", fields: values.type === "sudp" ? [] : plugin(values["plugin.type"]) },
    { title: "Transport", fields: TRANSPORT },
    { title: "XTCP options", fields: isXtcp ? XTCP : [] },
    { title: "NAT traversal", fields: isXtcp ? [NO_ASSISTANCE] : [] },
  ].filter(({ fields }) => fields.length);
}

function connection(type) {
  const isSudp = type === "sudp";
  return [
    text("serverName", "Server name", { isRequired: true, hint: "Name of the proxy to reach." }),
    text("serverUser", "Server user", { hint: "User of the client that has it; empty: this client's own." }),
    secret("secretKey", "Secret key", { hint: "The same as the proxy's." }),
    text("bindAddr", "Bind address", { usual: "127.0.0.1" }),
    number("bindPort", "Bind port", {
      min: isSudp ? 1 : -1,
      max: PORT.max,
      isRequired: true,
      hint: isSudp
        ? "Where users here connect."
        : "Where users here connect. −1: no listener, only connections that another visitor hands over.",
      check: (port) => (port === 0 ? `0 is no port; write 1 to ${PORT.max}${isSudp ? "" : ", or −1 for no listener"}.` : ""),
    }),
  ];
}

const PLUGIN = choice("plugin.type", "Plugin", [
  ["", "None"],
  ["virtual_net", "virtual_net: virtual network"],
]);
const DESTINATION = code("plugin.destinationIP", "Destination IP", { isRequired: true, placeholder: "100.86.0.1", check: checkIp });

const plugin = (type) => (type === "virtual_net" ? [PLUGIN, DESTINATION] : [PLUGIN]);

const IPV4 = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/;
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/i; // the program looks closer

function checkIp(value) {
  return IPV4.test(value) || IPV6.test(value) ? "" : "Write an IP address.";
}

const TRANSPORT = [
  toggle("transport.useEncryption", "Use encryption", { hint: "The proxy must have the same." }),
  toggle("transport.useCompression", "Use compression", { hint: "The proxy must have the same." }),
];

const XTCP = [
  choice(
    "protocol",
    "Protocol",
    [
      ["quic", "QUIC"],
      ["kcp", "KCP"],
    ],
    { usual: "quic" },
  ),
  toggle("keepTunnelOpen", "Keep tunnel open", { hint: "Open it at once, and again when it is lost." }),
  number("maxRetriesAnHour", "Max retries per hour", { min: 0, stand: 8 }),
  number("minRetryInterval", "Min retry interval", { min: 0, stand: 90, unit: "s" }),
  text("fallbackTo", "Fallback to", { hint: "Name of another visitor for users that get no tunnel." }),
  number("fallbackTimeoutMs", "Fallback timeout", { min: 0, stand: 1000, unit: "ms" }),
];
