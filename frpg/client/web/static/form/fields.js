// How an option is described: its place in the configuration, its label, and what may stand in it.
//
// A field is {path, label, kind, usual, hint, isRequired, min, max, check(value, values), …}. `usual` is the program's
// default: a value equal to it is left out of requests. Numbers that the program takes as "its default" have it as `stand`.

export const text = (path, label, more) => ({ path, label, kind: "text", usual: "", ...more });
export const code = (path, label, more) => text(path, label, { isMono: true, ...more });
export const secret = (path, label, more) => ({ path, label, kind: "secret", usual: "", ...more });
export const number = (path, label, more) => ({ path, label, kind: "number", usual: null, ...more });
export const toggle = (path, label, more) => ({ path, label, kind: "toggle", usual: false, ...more });
/** @param options [[value, label], …] */
export const choice = (path, label, options, more) => ({ path, label, kind: "choice", usual: "", options, ...more });
/** Texts, one after the other. */
export const list = (path, label, more) => ({ path, label, kind: "list", usual: [], ...more });
/** Names with values; an object in the configuration. */
export const pairs = (path, label, more) => ({ path, label, kind: "pairs", usual: [], ...more });
/** As `pairs`, but an array of {name, value} in the configuration, where a name may come twice. */
export const headers = (path, label, more) => pairs(path, label, { isArray: true, names: ["Header", "Value"], ...more });

export const PORT = { min: 0, max: 65535 };

/** Every proxy and visitor has these; they stand at the top of its form. */
export const NAME = text("name", "Name", { isRequired: true, check: checkName });
export const ENABLED = toggle("enabled", "Enabled", { usual: true, hint: "Off: it stays in the store and does not run." });

const NAME_SIZE = 50; // characters

function checkName(value) {
  if (!value.trim()) return "A value is needed.";
  return [...value].length > NAME_SIZE ? `At most ${NAME_SIZE} characters.` : "";
}

const ADDRESS = /^(\[[0-9a-f:.%]+\]|[^\s:[\]]+):(\d{1,5})$/i;

export function checkAddress(value) {
  const port = Number(ADDRESS.exec(value)?.[2]);
  return port > 0 && port <= PORT.max ? "" : "Write a host and a port, such as 127.0.0.1:8080.";
}
