// The options of an entry, to read. Secrets are shown when somebody asks for them.
import { Icon } from "../kit/icons.js";
import { Card, Tag } from "../kit/parts.js";
import { html, useState } from "../kit/preact.js";
import { valuesOf } from "./values.js";

/** @param definition with the defaults filled in, or as it is stored */
export function ShownOptions({ kind, definition }) {
  const values = valuesOf(kind, definition);
  const sections = kind.sections(values);
  const isSet = ({ fields }) => fields.some((field) => isSaid(field, values[field.path]));
  const empty = sections.filter((section) => !isSet(section));
  return html`
    <div class="grid">
      ${sections.filter(isSet).map(
        ({ title, fields }) => html`
        <${Card} key=${title} title=${title}>
          <dl class="facts options">${fields.map((field) => html`<${Option} key=${field.path} field=${field} value=${values[field.path]} />`)}</dl>
        <//>
      `,
      )}
      ${
        empty.length > 0 &&
        html`
        <${Card} title="Not configured"><p class="cluster">${empty.map(({ title }) => html`<${Tag} key=${title}>${title}<//>`)}</p><//>
      `
      }
    </div>
  `;
}

const isSaid = ({ kind, usual }, value) =>
  kind === "list" || kind === "pairs" ? value.length > 0 : value !== null && value !== "" && value !== usual;

const Option = ({ field, value }) => html`
  <div class=${isLong(field, value) ? "wide" : undefined}>
    <dt>${field.label}</dt>
    <dd><${Value} field=${field} value=${value} /></dd>
  </div>
`;

const isLong = ({ kind }, value) => (kind === "pairs" || kind === "list") && value.length > 0;

function Value({ field, value }) {
  switch (field.kind) {
    case "toggle":
      return value ? "on" : "off";
    case "choice":
      return field.options.find(([known]) => known === value)?.[1] ?? value;
    case "number":
      return value === null
        ? html`<${Default} value=${field.stand} unit=${field.unit} />`
        : `${value}${field.unit ? ` ${field.unit}` : ""}`;
    case "secret":
      return value ? html`<${Secret} label=${field.label} value=${value} />` : NOTHING;
    case "list":
      return value.length ? value.map((text, i) => html`<span class="line" key=${i}>${text}</span>`) : NOTHING;
    case "pairs":
      return value.length ? value.map(([name, text], i) => html`<span class="line mono" key=${i}>${name}: ${text}</span>`) : NOTHING;
    default:
      return value ? html`<span class=${field.isMono ? "mono" : undefined}>${value}</span>` : NOTHING;
  }
}

const NOTHING = html`<span class="muted">—</span>`;

const Default = ({ value, unit }) => (value ? html`${value}${unit ? ` ${unit}` : ""} <small>default</small>` : NOTHING);

function Secret({ label, value }) {
  const [isShown, show] = useState(false);
  return html`
    <span class="secret">
      <span class="mono">${isShown ? value : "••••••••"}</span>
      <button
        class="button quiet small square"
        type="button"
        aria-pressed=${String(isShown)}
        aria-label="Show ${label}"
        onClick=${() => show(!isShown)}
      >
        <${Icon} name=${isShown ? "eyeOff" : "eye"} size="16" />
      </button>
    </span>
  `;
}
