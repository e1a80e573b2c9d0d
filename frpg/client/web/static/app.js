// The admin interface of frpc: which pages there are.
import { PROXY, VISITOR } from "./kinds.js";
import { start } from "./kit/frame.js";
import { html } from "./kit/preact.js";
import { ConfigPage } from "./pages/config.js";
import { EntryPage } from "./pages/entry.js";
import { CreatePage, EditPage } from "./pages/form.js";
import { ListPage } from "./pages/list.js";
import { OverviewPage } from "./pages/overview.js";

const pagesOf = (kind) => [
  [kind.path, () => html`<${ListPage} kind=${kind} />`],
  [`${kind.path}/create`, () => html`<${CreatePage} kind=${kind} />`],
  [`${kind.path}/detail/:name`, ({ params }) => html`<${EntryPage} kind=${kind} name=${params.name} />`],
  [`${kind.path}/:name/edit`, ({ params }) => html`<${EditPage} kind=${kind} name=${params.name} />`],
];

start({
  role: "Client",
  nav: [
    { label: "Overview", path: "/", icon: "overview" },
    { label: "Proxies", path: "/proxies", icon: "proxies" },
    { label: "Visitors", path: "/visitors", icon: "visitors" },
    { label: "Config", path: "/config", icon: "config" },
  ],
  routes: [["/", OverviewPage], ...pagesOf(PROXY), ...pagesOf(VISITOR), ["/config", ConfigPage]],
});
