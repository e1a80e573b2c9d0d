// Fields of many values: a list of texts, and names with values.
import { Icon } from "./icons.js";
import { html } from "./preact.js";

/** @param value array of texts; onInput gets a new one. Errors: {index: text} */
export function ListEditor({ id, label, hint, value, onInput, placeholder, addLabel = "Add", error, errors = {} }) {
  const items = value ?? [];
  const change = (i, text) => onInput(items.map((old, j) => (i === j ? text : old)));
  return html`
    <${Many} id=${id} label=${label} hint=${hint} error=${error} addLabel=${addLabel} onAdd=${() => onInput([...items, ""])}>
      ${items.map((text, i) => html`
        <div class="row" key=${i}>
          <${Cell}
            id="${id}[${i}]"
            label="${label} ${i + 1}"
            value=${text}
            placeholder=${placeholder}
            error=${errors[i]}
            onInput=${(next) => change(i, next)}
          />
          <${Remove} label="Remove ${label} ${i + 1}" onClick=${() => onInput(items.filter((_, j) => j !== i))} />
        </div>
      `)}
    <//>
  `;
}

/** @param value [[name, value], …]: an array and not an object, so that a row can be empty or doubled while it is typed */
export function PairsEditor({ id, label, hint, value, onInput, names = ["Name", "Value"], addLabel = "Add", error }) {
  const pairs = value ?? [];
  const change = (i, pair) => onInput(pairs.map((old, j) => (i === j ? pair : old)));
  return html`
    <${Many} id=${id} label=${label} hint=${hint} error=${error} addLabel=${addLabel} onAdd=${() => onInput([...pairs, ["", ""]])}>
      ${pairs.map(([key, text], i) => html`
        <div class="row" key=${i}>
          <${Cell}
            id="${id}[${i}].name"
            label="${label} ${i + 1}, ${names[0]}"
            value=${key}
            placeholder=${names[0]}
            onInput=${(next) => change(i, [next, text])}
          />
          <${Cell}
            id="${id}[${i}].value"
            label="${label} ${i + 1}, ${names[1]}"
            value=${text}
            placeholder=${names[1]}
            onInput=${(next) => change(i, [key, next])}
          />
          <${Remove} label="Remove ${label} ${i + 1}" onClick=${() => onInput(pairs.filter((_, j) => j !== i))} />
        </div>
      `)}
    <//>
  `;
}

export const toPairs = (object) => Object.entries(object ?? {});
export const fromPairs = (pairs) => Object.fromEntries((pairs ?? []).filter(([name]) => name !== ""));

const Many = ({ id, label, hint, error, addLabel, onAdd, children }) => html`
  <fieldset class="field many ${error ? "wrong" : ""}" id=${id} aria-describedby=${hint ? `${id}-hint` : undefined}>
    <legend>${label}</legend>
    ${children}
    <button class="button small" type="button" onClick=${onAdd}><${Icon} name="plus" size="14" />${addLabel}</button>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${error && html`<p class="fault"><${Icon} name="warning" size="14" />${error}</p>`}
  </fieldset>
`;

const Cell = ({ id, label, value, placeholder, error, onInput }) => html`
  <span class="cell">
    <input
      id=${id}
      aria-label=${label}
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${error ? `${id}-error` : undefined}
      value=${value}
      placeholder=${placeholder}
      autocomplete="off"
      spellcheck=${false}
      onInput=${(event) => onInput(event.target.value)}
    />
    ${error && html`<span class="fault" id="${id}-error">${error}</span>`}
  </span>
`;

const Remove = ({ label, onClick }) => html`
  <button class="button quiet square" type="button" aria-label=${label} onClick=${onClick}><${Icon} name="close" size="16" /></button>
`;
