// What an operator turns on the client itself: its log level, reading its configuration again, ending it.
import { api } from "./kit/api.js";
import { confirmDialog, Dialog } from "./kit/dialog.js";
import { Icon } from "./kit/icons.js";
import { Filter } from "./kit/list.js";
import { html, useState } from "./kit/preact.js";
import { toast, toastError } from "./kit/toast.js";

const LEVELS = ["trace", "debug", "info", "warn", "error"].map((level) => [level, level]);

export function LevelSelect({ level, done }) {
  async function change(next) {
    try {
      await api("../api/loglevel", { method: "PUT", body: { level: next } });
      toast(`Log level is ${next} now`);
    } catch (error) {
      toastError(error);
    }
    done();
  }
  return html`<${Filter} label="Log level" value=${level ?? "info"} options=${LEVELS} onChange=${change} />`;
}

/** Strict: an unknown option is a fault. So is it when frpc starts, unless told otherwise. */
export const reload = (strict) => api("../api/reload", { method: "POST", query: { strictConfig: strict } });

export function ReloadButton({ done }) {
  const [refusal, setRefusal] = useState(null);
  const [isBusy, setBusy] = useState(false);
  async function act() {
    setBusy(true);
    try {
      await reload(true);
      toast("Configuration reloaded");
      done();
    } catch (error) {
      setRefusal(error);
    }
    setBusy(false);
  }
  return html`
    <button class="button" type="button" disabled=${isBusy} aria-busy=${String(isBusy)} onClick=${act}>
      <${Icon} name="refresh" size="16" />Reload
    </button>
    ${refusal && html`<${Refusal} error=${refusal} close=${() => setRefusal(null)} />`}
  `;
}

function Refusal({ error, close }) {
  const actions = html`
    <button class="button" type="button" onClick=${close}>Close</button>
    <a class="button primary" href="#/config" onClick=${close}>Open the configuration</a>
  `;
  const faults = error.faults?.length ? error.faults : [{ line: 0, text: error.message }];
  return html`
    <${Dialog} title="Not reloaded" onClose=${close} actions=${actions}>
      <p>Everything runs on with what it had. The file was refused:</p>
      <ul class="refusal">${faults.map(({ line, text }, i) => html`<li key=${i}>${line > 0 && html`<b>Line ${line}</b>${": "}`}${text}</li>`)}</ul>
    <//>
  `;
}

export function StopButton() {
  async function act() {
    const sure = await confirmDialog({
      title: "Stop frpc?",
      text: "All its proxies and visitors end, and so does this page. It has to be started again on its machine.",
      confirm: "Stop frpc",
      danger: true,
    });
    if (!sure) return;
    try {
      await api("../api/stop", { method: "POST" });
      toast("frpc stops now");
    } catch (error) {
      toastError(error);
    }
  }
  return html`<button class="button danger-text" type="button" onClick=${act}><${Icon} name="power" size="16" />Stop</button>`;
}
