// The form of a proxy or visitor: one control per option, checked before it is sent, faults told where they are.
import { Section, SelectField, Switch, TextField } from "../kit/fields.js";
import { Icon } from "../kit/icons.js";
import { Card } from "../kit/parts.js";
import { html, useEffect, useRef, useState } from "../kit/preact.js";
import { useGuard } from "../guard.js";
import { Control } from "./control.js";
import { ENABLED, NAME } from "./fields.js";
import { allFields, complete, definitionOf, faultsOf, placed } from "./values.js";

const NO_FAULTS = { atFields: {}, onTop: [] };

/**
 * @param first values to begin with
 * @param isNew name and type can be chosen
 * @param save (definition) -> promise; its refusal is shown
 * @param cancel address to go to without saving
 */
export function EntryForm({ kind, first, isNew, save, cancel }) {
  const [values, setValues] = useState(first);
  const [faults, setFaults] = useState(NO_FAULTS);
  const [isBusy, setBusy] = useState(false);
  const summary = useRef(null);
  const release = useGuard(JSON.stringify(values) !== JSON.stringify(first));

  const onChange = (path, value) => {
    setValues((old) => complete(kind, { ...old, [path]: value }));
    setFaults(({ atFields, onTop }) => ({ atFields: { ...atFields, [path]: undefined }, onTop }));
  };

  async function submit(event) {
    event.preventDefault();
    const own = faultsOf(kind, values);
    if (Object.keys(own).length) return refuse({ atFields: own, onTop: [] });
    setBusy(true);
    try {
      await save(definitionOf(kind, values), release);
    } catch (error) {
      setBusy(false);
      refuse(placed(kind, values, error));
    }
  }

  /** The keyboard goes to the summary, from where links lead to the fields. */
  function refuse(found) {
    setFaults({ ...found });
    requestAnimationFrame(() => summary.current?.focus());
  }

  const control = (field) =>
    html`<${Control} key=${field.path} field=${field} values=${values} error=${faults.atFields[field.path]} onChange=${onChange} />`;
  return html`
    <form class="stack entry-form" novalidate onSubmit=${submit} aria-busy=${String(isBusy)}>
      <${Summary} box=${summary} faults=${faults} fields=${allFields(kind, values)} />
      <${Card} title="Basics"><${Head} kind=${kind} values=${values} isNew=${isNew} error=${faults.atFields.name} onChange=${onChange} /><//>
      ${kind
        .sections(values)
        .map((section) =>
          section.isMain
            ? html`<${Card} key=${section.title} title=${section.title}><div class="form">${section.fields.map(control)}</div><//>`
            : html`<${Folded} key=${section.title} section=${section} values=${values} faults=${faults.atFields}>${section.fields.map(control)}<//>`,
        )}
      <div class="form-actions">
        <button class="button primary" type="submit" disabled=${isBusy}>${isNew ? `Create ${kind.word}` : "Save changes"}</button>
        <a class="button" href=${cancel}>Cancel</a>
      </div>
    </form>
  `;
}

function Head({ kind, values, isNew, error, onChange }) {
  return html`
    <div class="form">
      <${TextField}
        id="name"
        label=${NAME.label}
        value=${values.name}
        error=${error}
        isRequired=${isNew}
        disabled=${!isNew}
        hint=${isNew ? "1 to 50 characters; unique on this client." : "A name stays; delete and create to change it."}
        onInput=${(name) => onChange("name", name)}
      />
      <${SelectField}
        id="type"
        label="Type"
        value=${values.type}
        options=${kind.types.map((type) => [type, type.toUpperCase()])}
        disabled=${!isNew}
        onInput=${(type) => onChange("type", type)}
      />
      <${Switch} id="enabled" label=${ENABLED.label} hint=${ENABLED.hint} value=${values.enabled} onInput=${(on) => onChange("enabled", on)} />
    </div>
  `;
}

/** Opens by itself when something in it is set or wrong, and stays as the operator left it otherwise. */
function Folded({ section: { title, fields, note }, values, faults, children }) {
  const set = fields.filter((field) => isSet(field, values[field.path])).length;
  const wrong = fields.some(({ path }) => faults[path]);
  const opened = useRef(set > 0);
  opened.current ||= wrong;
  return html`<${Section} title=${title} isOpen=${opened.current} note=${note || (set ? `${set} set` : "")}>${children}<//>`;
}

function isSet({ usual }, value) {
  return Array.isArray(value) ? value.flat().some(Boolean) : value !== usual && value !== "" && value !== null;
}

/** What is wrong, with a link to each place. */
function Summary({ box, faults: { atFields, onTop }, fields }) {
  const places = fields.filter(({ path }) => atFields[path]);
  const total = places.length + onTop.length;
  useEffect(() => {
    document.querySelectorAll("details.section:has(.wrong, [aria-invalid])").forEach((details) => (details.open = true));
  }, [atFields]);
  if (!total) return null;
  return html`
    <div class="faults" role="alert" tabindex="-1" ref=${box}>
      <p><${Icon} name="warning" /><b>${total === 1 ? "One thing is" : `${total} things are`} wrong; nothing was saved.</b></p>
      <ul>
        ${onTop.map((text) => html`<li key=${text}>${text}</li>`)}
        ${places.map(
          ({ path, label }) => html`
          <li key=${path}><button class="link" type="button" onClick=${() => focusField(path)}>${label}</button>: ${atFields[path]}</li>
        `,
        )}
      </ul>
    </div>
  `;
}

/** A list of values has its first control, or the button that adds one. */
function focusField(path) {
  const place = document.getElementById(path);
  place?.closest("details")?.setAttribute("open", "");
  const control = place?.matches("fieldset") ? place.querySelector("input, button") : place;
  control?.focus();
  control?.scrollIntoView({ block: "center" });
}
