// The live answer of frpc, and what every page says while there is no session.
import { api } from "./kit/api.js";
import { Icon } from "./kit/icons.js";
import { useLive } from "./kit/live.js";
import { Problem } from "./kit/parts.js";
import { html } from "./kit/preact.js";

export const useClient = () => useLive((since, signal) => api("../api/live", { query: { since }, signal }));

/** The rows of a kind, null while loading. */
export const rowsOf = (live, kind) => live && live[kind.plural];

/** Above the content: nothing works without a session. */
export function SessionNotice({ live }) {
  if (!live || live.client.connected) return null;
  const { server, error } = live.client;
  return html`
    <div class="notice bad" role="status">
      <${Icon} name="warning" />
      <span>
        <b>Not connected to <span class="mono">${server}</span>.</b>
        ${" "}${error ? `The last attempt failed: ${error}` : "The first attempt is under way."}
      </span>
    </div>
  `;
}

/** In place of a page that has nothing to show yet. */
export const LiveProblem = ({ error, refresh }) => html`<section class="card"><${Problem} error=${error} retry=${refresh} /></section>`;
