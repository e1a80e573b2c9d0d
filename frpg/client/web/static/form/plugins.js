// The plugins that can stand in place of a local service, and their options.
import { PORT, checkAddress, code, number, pairs, secret, text, toggle } from "./fields.js";

const LOCAL_ADDRESS = code("plugin.localAddr", "Local address", {
  isRequired: true,
  placeholder: "127.0.0.1:8080",
  hint: "Host and port of the service.",
  check: checkAddress,
});
const REWRITING = [
  text("plugin.hostHeaderRewrite", "Host header rewrite", { hint: "What the service sees as Host; empty: what the user sent." }),
  pairs("plugin.requestHeaders.set", "Request headers", {
    names: ["Header", "Value"],
    hint: "Set on every request to the service.",
    addLabel: "Add header",
  }),
];
const CERTIFICATE = [
  code("plugin.crtPath", "Certificate path", { hint: "PEM. Empty: a self-signed one is made at each start." }),
  code("plugin.keyPath", "Key path", { hint: "PEM." }),
];
const HTTP2 = toggle("plugin.enableHTTP2", "Enable HTTP/2", { usual: true, hint: "Offer HTTP/2 to users." });
const HTTP_LOGIN = [
  text("plugin.httpUser", "HTTP user", { hint: "Empty, as the password: everybody may use it." }),
  secret("plugin.httpPassword", "HTTP password"),
];

/** [type, what it does, its options] */
const PLUGINS = [
  ["http_proxy", "forward HTTP proxy", HTTP_LOGIN],
  [
    "socks5",
    "SOCKS5 server",
    [
      text("plugin.username", "User name", { hint: "Empty, as the password: everybody may use it." }),
      secret("plugin.password", "Password"),
      code("plugin.udpBindAddr", "UDP bind address", { hint: "Where datagrams arrive. Empty: 127.0.0.1, for users of this machine only." }),
      number("plugin.udpPort", "UDP port", { ...PORT, hint: "One for all users, such as the local port of a udp proxy. Empty or 0: a free one for each." }),
      code("plugin.udpAdvertise", "UDP advertise", { placeholder: "192.0.2.1:7001", hint: "Host and port that users are told in place of those." }),
    ],
  ],
  [
    "static_file",
    "files of a folder",
    [
      code("plugin.localPath", "Local path", { isRequired: true, hint: "The folder whose files are served." }),
      text("plugin.stripPrefix", "Strip prefix", { hint: "Serve below /PREFIX/; write it without slashes." }),
      ...HTTP_LOGIN,
    ],
  ],
  [
    "unix_domain_socket",
    "Unix socket",
    [
      code("plugin.unixPath", "Unix socket path", {
        isRequired: true,
        placeholder: "/var/run/docker.sock",
        hint: "A leading @ means an abstract socket.",
      }),
    ],
  ],
  ["http2http", "HTTP to HTTP", [LOCAL_ADDRESS, ...REWRITING]],
  ["http2https", "HTTP to HTTPS", [LOCAL_ADDRESS, ...REWRITING]],
  ["https2http", "HTTPS to HTTP", [LOCAL_ADDRESS, HTTP2, ...CERTIFICATE, ...REWRITING]],
  ["https2https", "HTTPS to HTTPS", [LOCAL_ADDRESS, HTTP2, ...CERTIFICATE, ...REWRITING]],
  ["tls2raw", "TLS to plain TCP", [LOCAL_ADDRESS, ...CERTIFICATE]],
  ["virtual_net", "virtual network", []],
];

export const PLUGIN_OPTIONS = PLUGINS.map(([type, words]) => [type, `Plugin ${type}: ${words}`]);

export const pluginFields = (type) => PLUGINS.find(([known]) => known === type)?.[2] ?? [];
