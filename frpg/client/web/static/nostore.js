// What to do when frpc runs without a store.
import { Card, Empty } from "./kit/parts.js";
import { html } from "./kit/preact.js";

export const NoStore = ({ kind }) => html`
  <${Card}>
    <${Empty} icon="config" title="The store is off" action=${html`<a class="button" href="#/config">Open the configuration</a>`}>
      ${kind.title} can be created and changed here when frpc has a store. Add these lines to its configuration and start it again:
      <code class="snippet">[store]${"\n"}path = "./frpc_store.json"</code>
    <//>
  <//>
`;
