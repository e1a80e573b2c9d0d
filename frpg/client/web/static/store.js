// The store: entries that these pages may change. Answers are definition objects, {name, type, [type]: options}.
import { api, segment } from "./kit/api.js";
import { confirmDialog } from "./kit/dialog.js";
import { toast, toastError } from "./kit/toast.js";

const address = (kind, name) => `../api/store/${kind.plural}${name === undefined ? "" : `/${segment(name)}`}`;

export const listStored = async (kind, signal) => (await api(address(kind), { signal }))[kind.plural];
export const getStored = (kind, name, signal) => api(address(kind, name), { signal });
export const create = (kind, definition) => api(address(kind), { method: "POST", body: definition });
export const replace = (kind, definition) => api(address(kind, definition.name), { method: "PUT", body: definition });

/** The options in force, with their defaults; of an entry that does not run, those of the store. */
export const effective = (kind, name, signal) => api(`../api/${kind.word}/${segment(name)}/config`, { signal });

/** Resolves to true when it was done. */
export function setEnabled(kind, name, enabled) {
  const change = async () => {
    const definition = await getStored(kind, name);
    definition[definition.type].enabled = enabled;
    await replace(kind, definition);
  };
  return attempt(change(), `${name} ${enabled ? "enabled" : "disabled"}`);
}

/** Asks first. Resolves to true when it was done. */
export async function remove(kind, name) {
  const sure = await confirmDialog({
    title: `Delete ${name}?`,
    text: `The ${kind.word} ends and its entry leaves the store. If the configuration file has one of the same name, that one takes over.`,
    confirm: "Delete",
    danger: true,
  });
  return sure ? attempt(api(address(kind, name), { method: "DELETE" }), `${name} deleted`) : false;
}

async function attempt(request, words) {
  try {
    await request;
    toast(words);
    return true;
  } catch (error) {
    toastError(error);
    return false;
  }
}
