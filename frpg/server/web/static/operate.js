// What an operator turns on the server itself: its log level, and reading its configuration again.
import { Dialog } from "./kit/dialog.js";
import { Icon } from "./kit/icons.js";
import { Filter } from "./kit/list.js";
import { html, useState } from "./kit/preact.js";
import { toast, toastError } from "./kit/toast.js";
import { v2 } from "./v2.js";

const LEVELS = ["trace", "debug", "info", "warn", "error"].map((level) => [level, level]);

export function LevelSelect({ level, done }) {
  async function change(next) {
    try {
      await v2("/system/loglevel", { method: "PUT", body: { level: next } });
      toast(`Log level is ${next} now`);
    } catch (error) {
      toastError(error);
    }
    done();
  }
  return html`<${Filter} label="Log level" value=${level ?? "info"} options=${LEVELS} onChange=${change} />`;
}

export function ReloadButton({ done }) {
  const [outcome, setOutcome] = useState(null); // {changed, restart} or {refusal}
  const [isBusy, setBusy] = useState(false);
  async function reload() {
    setBusy(true);
    try {
      setOutcome(await v2("/system/reload", { method: "POST" }));
      done();
    } catch (error) {
      setOutcome({ refusal: error.message });
    }
    setBusy(false);
  }
  return html`
    <button class="button" type="button" disabled=${isBusy} aria-busy=${String(isBusy)} onClick=${reload}>
      <${Icon} name="refresh" size="16" />Reload configuration
    </button>
    ${outcome && html`<${Outcome} outcome=${outcome} close=${() => setOutcome(null)} />`}
  `;
}

function Outcome({ outcome: { changed = [], restart = [], refusal }, close }) {
  const actions = html`<button class="button primary" type="button" onClick=${close}>Close</button>`;
  if (refusal) {
    return html`
      <${Dialog} title="Not reloaded" onClose=${close} actions=${actions}>
        <p>The server refused the file and runs on with what it had:</p>
        <pre class="refusal">${refusal}</pre>
      <//>
    `;
  }
  return html`
    <${Dialog} title="Configuration reloaded" onClose=${close} actions=${actions}>
      ${!changed.length && !restart.length && html`<p>The file says what was in force already.</p>`}
      <${Options} title="In force now" names=${changed} />
      <${Options} title="Changed in the file, in force after a restart" names=${restart} />
    <//>
  `;
}

const Options = ({ title, names }) =>
  names.length > 0 && html`
    <div>
      <h3>${title}</h3>
      <ul class="options">${names.map((name) => html`<li key=${name}><code>${name}</code></li>`)}</ul>
    </div>
  `;
