// The dashboard of frps: which pages there are.
import { start } from "./kit/frame.js";
import { ClientPage } from "./pages/client.js";
import { ClientsPage } from "./pages/clients.js";
import { ConnectionsPage } from "./pages/connections.js";
import { OverviewPage } from "./pages/overview.js";
import { ProxiesPage } from "./pages/proxies.js";
import { ProxyPage } from "./pages/proxy.js";

start({
  role: "Server",
  nav: [
    { label: "Overview", path: "/", icon: "overview" },
    { label: "Clients", path: "/clients", icon: "clients" },
    { label: "Proxies", path: "/proxies", icon: "proxies", owns: ["/proxy"] },
    { label: "Connections", path: "/connections", icon: "connections" },
  ],
  routes: [
    ["/", OverviewPage],
    ["/clients", ClientsPage],
    ["/clients/:key", ClientPage],
    ["/proxies/:type?", ProxiesPage],
    ["/proxy/:name", ProxyPage],
    ["/connections", ConnectionsPage],
  ],
});
