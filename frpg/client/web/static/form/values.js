// From a definition object to the values of a form, and back; and what is wrong with them.
//
// Values are flat, {path: value}, and keep what was typed for another type or plugin: only what the sections show is sent.
import { fromPairs, toPairs } from "../kit/editors.js";
import { ENABLED, NAME } from "./fields.js";

export const allFields = (kind, values) => [NAME, ENABLED, ...kind.sections(values).flatMap(({ fields }) => fields)];

/** Values of a form for something new. */
export const freshValues = (kind, type) => complete(kind, { name: "", type });

/** `values` with a first value for each field that the sections show by now. */
export function complete(kind, values) {
  const missing = allFields(kind, values).filter(({ path }) => !(path in values));
  if (!missing.length) return values;
  return { ...values, ...Object.fromEntries(missing.map((field) => [field.path, field.first ?? field.usual])) };
}

export function valuesOf(kind, { name, type, [type]: options }) {
  const chosen = ["plugin.type", "healthCheck.type"].map((path) => [path, at(options, path) ?? ""]);
  const seed = { name, type, ...Object.fromEntries(chosen) };
  const fields = allFields(kind, seed).filter(({ path }) => path !== "name");
  return { ...seed, ...Object.fromEntries(fields.map((field) => [field.path, read(field, at(options, field.path))])) };
}

const at = (tree, path) => path.split(".").reduce((node, key) => node?.[key], tree);

/** As the form has it. The program says 0 where a number is not set. */
export function read(field, value) {
  switch (field.kind) {
    case "number":
      return value || (field.absent ?? null);
    case "pairs":
      return field.isArray ? (value ?? []).map((header) => [header.name, header.value]) : toPairs(value);
    default:
      return value ?? field.first ?? field.usual;
  }
}

/** What to send: all that differs from the program's defaults. */
export function definitionOf(kind, values) {
  const { name, type } = values;
  const options = {};
  for (const field of allFields(kind, values)) {
    const value = written(field, values[field.path]);
    if (field.path !== "name" && value !== undefined) put(options, field.path.split("."), value);
  }
  return { name: name.trim(), type, [type]: options };
}

/** As the program has it; undefined when it need not be said. */
function written(field, value) {
  switch (field.kind) {
    case "number":
      return value || undefined;
    case "list":
      return some(value.map((text) => text.trim()).filter(Boolean));
    case "pairs":
      return field.isArray
        ? some(value.filter(([name]) => name).map(([name, text]) => ({ name, value: text })))
        : nonEmpty(fromPairs(value));
    default:
      return value === field.usual || value === "" ? undefined : value;
  }
}

const some = (items) => (items.length ? items : undefined);
const nonEmpty = (object) => (Object.keys(object).length ? object : undefined);

function put(tree, keys, value) {
  const last = keys.at(-1);
  const parent = keys.slice(0, -1).reduce((node, key) => (node[key] ??= {}), tree);
  parent[last] = value;
}

/** What can be known to be wrong before it is sent: {path: text}. */
export function faultsOf(kind, values) {
  const found = allFields(kind, values).map((field) => [field.path, fault(field, values)]);
  return Object.fromEntries(found.filter(([, text]) => text));
}

function fault(field, values) {
  const value = values[field.path];
  const isEmpty = value === null || value === "";
  if (isEmpty && field.isRequired) return "A value is needed.";
  if (field.kind === "number" && !isEmpty) return range(field, value) || (field.check?.(value, values) ?? "");
  if (field.kind === "pairs") return doubled(field, value);
  return isEmpty ? (field.check?.("", values) ?? "") : (field.check?.(value, values) ?? "");
}

function range({ min, max }, value) {
  if (!Number.isInteger(value)) return "A whole number is needed.";
  if (min !== undefined && value < min) return max === undefined ? `At least ${min}.` : `From ${min} to ${max}.`;
  return max !== undefined && value > max ? `From ${min} to ${max}.` : "";
}

function doubled({ isArray, names = ["Name"] }, pairs) {
  const keys = pairs.map(([name]) => name);
  if (pairs.some(([name, value]) => !name && value)) return `A ${names[0].toLowerCase()} is missing.`;
  const twice = keys.find((name, i) => name && keys.indexOf(name) !== i);
  return twice && !isArray ? `“${twice}” is there twice.` : "";
}

/** Where the program's faults belong: those of a field by its path, and texts for the top of the form. */
export function placed(kind, values, error) {
  const paths = new Set(allFields(kind, values).map(({ path }) => path));
  const atFields = {};
  const onTop = [];
  for (const { path, text } of error.faults?.length ? error.faults : [{ path: pathOf(error), text: error.message }]) {
    const field = ancestor(path, paths);
    if (field) atFields[field] = atFields[field] ? `${atFields[field]}; ${text}` : text;
    else onTop.push(path ? `${path}: ${text}` : text);
  }
  return { atFields, onTop };
}

const pathOf = ({ status, message }) => (status === 409 || / name is required$/.test(message) ? "name" : "");

/** "customDomains[1]" belongs to "customDomains", "requestHeaders.set.X-A" to "requestHeaders.set". */
function ancestor(path, paths) {
  let place = path;
  while (place && !paths.has(place)) place = place.replace(/(^|[.[])[^.[]*$/, "");
  return place;
}
