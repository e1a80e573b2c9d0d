// The configuration file: read, change, check, save, apply.
import { Editor } from "../editor.js";
import { marksOf, moved } from "../faultlines.js";
import { useGuard } from "../guard.js";
import { api } from "../kit/api.js";
import { confirmDialog } from "../kit/dialog.js";
import { Switch } from "../kit/fields.js";
import { count } from "../kit/format.js";
import { Icon } from "../kit/icons.js";
import { Badge, Card, Empty, Loading, PageHead, Problem } from "../kit/parts.js";
import { usePoll } from "../kit/poll.js";
import { html, useRef, useState } from "../kit/preact.js";
import { toast, toastError } from "../kit/toast.js";
import { SessionNotice, useClient } from "../live.js";
import { reload } from "../operate.js";

const readFile = (signal) => api("../api/config", { as: "text", signal });
const DOCS = "https://gofrp.org/en/docs/reference/";

export function ConfigPage() {
  const live = useClient();
  const file = usePoll(readFile, [], { every: 0 });
  const path = live.data?.config.path;
  if (file.data === null) {
    return html`
      <${PageHead} title="Configuration" />
      <${Card}>${file.error ? html`<${Unreadable} file=${file} />` : html`<${Loading} lines="8" />`}<//>
    `;
  }
  return html`<${SessionNotice} live=${live.data} /><${FileEditor} key="editor" first=${file.data} path=${path} />`;
}

function Unreadable({ file: { error, refresh } }) {
  if (!/no config file path/.test(error.message)) return html`<${Problem} error=${error} retry=${refresh} />`;
  return html`<${Empty} icon="config" title="There is no configuration file">This frpc was started with options on its command line.<//>`;
}

function FileEditor({ first, path }) {
  const [base, setBase] = useState(first); // what is on disk, as far as we know
  const [text, setText] = useState(() => unix(first));
  const [outcome, setOutcome] = useState(null); // {faults, warnings} of the last check
  const [isStrict, setStrict] = useState(true);
  const [isBusy, setBusy] = useState(false);
  const [jump, setJump] = useState(null);
  const panel = useRef(null);
  const isDirty = text !== unix(base);
  useGuard(isDirty);

  const onInput = (next) => {
    setOutcome((old) => old && { ...old, faults: moved(old.faults, text, next), isOld: true });
    setText(next);
  };

  async function during(work) {
    if (isBusy) return;
    setBusy(true);
    try {
      await work();
    } catch (error) {
      if (error.faults?.length) refuse(error.faults);
      else toastError(error);
    }
    setBusy(false);
  }

  function refuse(faults) {
    setOutcome({ faults, warnings: [], isRefused: true });
    requestAnimationFrame(() => panel.current?.focus());
  }

  /** Resolves to whether the text can be used. */
  async function check({ isSaving = false } = {}) {
    if (!text.trim()) {
      refuse([{ line: 0, path: "", text: "The text is empty." }]);
      return false;
    }
    const found = await api("../api/config/check", { method: "POST", query: { strictConfig: isStrict }, body: text });
    setOutcome({ ...found, isRefused: isSaving });
    if (found.faults.length) requestAnimationFrame(() => panel.current?.focus());
    return !found.faults.length;
  }

  async function save() {
    if (!(await check({ isSaving: true })) || !(await settle())) return;
    const how = await confirmDialog({
      title: "Save the configuration?",
      text: `Writes ${path || "the file"}. What is the same before and after keeps running, with its open connections.`,
      choices: HOW,
      confirm: "Save",
    });
    if (!how) return;
    const saved = text;
    await api("../api/config", { method: "PUT", query: { strictConfig: isStrict }, body: likeBefore(saved, base) });
    setBase(likeBefore(saved, base));
    if (how === "reload") await reload(isStrict);
    toast(how === "reload" ? "Saved and reloaded" : "Saved");
  }

  /** Another hand may have changed the file. Resolves to whether to go on. */
  async function settle() {
    const now = await readFile().catch(() => base); // it is gone: nothing there that could be lost
    if (now === base || unix(now) === text) return true;
    const choice = await confirmDialog({
      title: "The file has changed on disk",
      text: "Somebody else changed it since you opened it here.",
      choices: WHICH,
      confirm: "Go on",
    });
    if (choice === "theirs") {
      setText(unix(now));
      setOutcome(null);
    }
    if (choice) setBase(now);
    return choice === "mine";
  }

  const marks = marksOf(outcome?.faults ?? []);
  const mark = isDirty ? html`<${Badge} kind="warn">Not saved<//>` : null;
  return html`
    <${PageHead} title="Configuration" badge=${mark} sub=${path && html`<span class="mono">${path}</span>`}>
      <button class="button" type="button" disabled=${isBusy} onClick=${() => during(() => check())}>Check</button>
      <button class="button primary" type="button" disabled=${isBusy} onClick=${() => during(save)}>Save and reload</button>
    <//>
    <div class="stack">
      <${Outcome} box=${panel} outcome=${outcome} onJump=${(line) => setJump({ line })} />
      <${Editor}
        label="Configuration file"
        describedBy="editor-hint"
        value=${text}
        onInput=${onInput}
        onSave=${() => during(save)}
        marks=${marks}
        jump=${jump}
      />
      <div class="editor-foot">
        <${Switch} id="strict" label="Strict" hint="Unknown options are faults, as when frpc starts." value=${isStrict} onInput=${setStrict} />
        <p class="hint" id="editor-hint">
          Tab indents; Escape, then Tab leaves the text. <kbd>Ctrl</kbd> or <kbd>⌘</kbd> + <kbd>S</kbd> saves.
          ${` ${count(text.split("\n").length)} lines. `}
          <a href=${DOCS} target="_blank" rel="noopener noreferrer">All options</a>
        </p>
      </div>
    </div>
  `;
}

const HOW = [
  { value: "reload", label: "Save and reload", hint: "Proxies and visitors follow at once." },
  { value: "save", label: "Only save", hint: "In force at the next reload or start." },
];
const WHICH = [
  { value: "theirs", label: "Show the one on disk", hint: "What you changed here is lost." },
  { value: "mine", label: "Keep mine", hint: "What was changed on disk is lost as you save." },
];

/** A text area knows only "\n"; the file keeps the line ends it had. */
const unix = (text) => text.replace(/\r\n/g, "\n");
const likeBefore = (text, old) => (old.includes("\r\n") ? text.replace(/\n/g, "\r\n") : text);

function Outcome({ box, outcome, onJump }) {
  if (!outcome) return null;
  const { warnings, isOld, isRefused } = outcome;
  const faults = [...outcome.faults].sort((a, b) => a.line - b.line);
  if (!faults.length && !warnings.length) {
    return isOld ? null : html`<div class="notice" role="status"><${Icon} name="ok" /><span>No faults.</span></div>`;
  }
  return html`
    <div class=${faults.length ? "faults" : "faults mild"} role="alert" tabindex="-1" ref=${box}>
      <p>
        <${Icon} name="warning" />
        <b>${titleOf(faults, warnings)}${isRefused && faults.length > 0 && "; not saved"}</b>
        ${isOld && html`<small>as of the last check</small>`}
      </p>
      <ul>
        ${faults.map(
          ({ line, text, path }, i) => html`
          <li key=${i}>
            ${line > 0 && html`<button class="link" type="button" onClick=${() => onJump(line)}>Line ${line}</button>${": "}`}
            ${path && !text.includes(path) && html`<code>${path}</code>${" "}`}${text}
          </li>
        `,
        )}
        ${warnings.map((text) => html`<li key=${text} class="warning">Warning: ${text}</li>`)}
      </ul>
    </div>
  `;
}

function titleOf(faults, warnings) {
  const words = [];
  if (faults.length) words.push(faults.length === 1 ? "One fault" : `${faults.length} faults`);
  if (warnings.length) words.push(warnings.length === 1 ? "one warning" : `${warnings.length} warnings`);
  return words.join(", ").replace(/^o/, "O");
}
