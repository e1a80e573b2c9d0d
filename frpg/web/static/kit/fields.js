// Form fields: label above, hint below, and a fault told at the field it belongs to. All are controlled: value in, onInput(value) out.
import { Icon } from "./icons.js";
import { html, useState } from "./preact.js";

/** What all fields share. `children(attributes)` makes the control with the ids that tie it to label, hint and error. */
export function Field({ id, label, hint, error, isRequired, children }) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const attributes = { id, "aria-describedby": described || undefined, "aria-invalid": error ? "true" : undefined, required: isRequired };
  return html`
    <div class="field ${error ? "wrong" : ""}">
      <label for=${id}>${label}${isRequired && html`<span class="required" aria-hidden="true"> *</span>`}</label>
      ${children(attributes)}
      ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
      ${error && html`<p class="fault" id="${id}-error"><${Icon} name="warning" size="14" />${error}</p>`}
    </div>
  `;
}

/** The id of a field is the place of its value in the configuration ("transport.bandwidthLimit"): faults find it by that. */
export const TextField = ({ value, onInput, placeholder, mono, list, disabled, type = "text", ...field }) => html`
  <${Field} ...${field}>
    ${(attributes) => html`
      <input
        ...${attributes}
        type=${type}
        class=${mono ? "mono" : undefined}
        value=${value ?? ""}
        placeholder=${placeholder}
        disabled=${disabled}
        autocomplete="off"
        spellcheck=${false}
        onInput=${(event) => onInput(event.target.value)}
      />
    `}
  <//>
`;

/** Gives a number, or null when it is empty. */
export const NumberField = ({ value, onInput, min, max, placeholder, disabled, ...field }) => html`
  <${Field} ...${field}>
    ${(attributes) => html`
      <input
        ...${attributes}
        type="number"
        inputmode="numeric"
        value=${value ?? ""}
        min=${min}
        max=${max}
        placeholder=${placeholder}
        disabled=${disabled}
        onInput=${(event) => onInput(event.target.value === "" ? null : Number(event.target.value))}
      />
    `}
  <//>
`;

/** `options` is [[value, label], …]. */
export const SelectField = ({ value, onInput, options, disabled, ...field }) => html`
  <${Field} ...${field}>
    ${(attributes) => html`
      <select ...${attributes} value=${value ?? ""} disabled=${disabled} onChange=${(event) => onInput(event.target.value)}>
        ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === (value ?? "")}>${text}</option>`)}
      </select>
    `}
  <//>
`;

/** A password or key: hidden until asked for. */
export function SecretField({ value, onInput, placeholder, ...field }) {
  const [isShown, show] = useState(false);
  return html`
    <${Field} ...${field}>
      ${(attributes) => html`
        <span class="with-button">
          <input
            ...${attributes}
            type=${isShown ? "text" : "password"}
            value=${value ?? ""}
            placeholder=${placeholder}
            autocomplete="new-password"
            spellcheck=${false}
            onInput=${(event) => onInput(event.target.value)}
          />
          <button
            class="button square"
            type="button"
            aria-pressed=${String(isShown)}
            aria-label="Show ${field.label}"
            onClick=${() => show(!isShown)}
          >
            <${Icon} name=${isShown ? "eyeOff" : "eye"} />
          </button>
        </span>
      `}
    <//>
  `;
}

/** On or off; label beside it. */
export const Switch = ({ id, label, hint, value, onInput, disabled }) => html`
  <div class="field switch-field">
    <label class="switch">
      <input
        id=${id}
        type="checkbox"
        role="switch"
        checked=${Boolean(value)}
        disabled=${disabled}
        aria-describedby=${hint ? `${id}-hint` : undefined}
        onChange=${(event) => onInput(event.target.checked)}
      />
      <span class="switch-track" aria-hidden="true"></span>
      <span>${label}</span>
    </label>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>
`;

/** A part of a form that can be folded; opens by itself when `isOpen` says that something inside is set or wrong. */
export const Section = ({ title, isOpen, children, note }) => html`
  <details class="section" open=${isOpen}>
    <summary><${Icon} name="right" size="16" /><span>${title}</span>${note && html`<small>${note}</small>`}</summary>
    <div class="section-body">${children}</div>
  </details>
`;
