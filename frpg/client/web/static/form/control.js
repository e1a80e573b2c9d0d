// The control for each kind of field.
import { ListEditor, PairsEditor } from "../kit/editors.js";
import { NumberField, SecretField, SelectField, Switch, TextField } from "../kit/fields.js";
import { html } from "../kit/preact.js";

/** @param values of the whole form; onChange(path, value) */
export function Control({ field, values, error, onChange }) {
  const { path, label, hint, isRequired, placeholder } = field;
  const common = { id: path, label, hint, error, isRequired, placeholder, value: values[path], onInput: (value) => onChange(path, value) };
  switch (field.kind) {
    case "secret":
      return html`<${SecretField} ...${common} />`;
    case "number":
      return html`<${NumberField} ...${common} ...${numeric(field)} />`;
    case "toggle":
      return html`<${Switch} ...${common} />`;
    case "choice":
      return html`<${SelectField} ...${common} options=${withUnknown(field.options, values[path])} />`;
    case "list":
      return html`<${ListEditor} ...${common} addLabel=${field.addLabel} />`;
    case "pairs":
      return html`<${PairsEditor} ...${common} names=${field.names} addLabel=${field.addLabel} />`;
    default:
      return html`<${TextField} ...${common} mono=${field.isMono} placeholder=${placeholder ?? field.usual} />`;
  }
}

const numeric = ({ label, unit, min, max, stand }) => ({
  label: unit ? `${label} (${unit})` : label,
  min,
  max,
  placeholder: stand && String(stand),
});

/** A word that only a newer program knows stays what it is. */
const withUnknown = (options, value) => (!value || options.some(([known]) => known === value) ? options : [...options, [value, value]]);
