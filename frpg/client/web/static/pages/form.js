// Pages that create and change entries of the store.
import { EntryForm } from "../form/form.js";
import { freshValues, valuesOf } from "../form/values.js";
import { detailHref, storeHref } from "../kinds.js";
import { Card, Empty, Loading, PageHead, Problem } from "../kit/parts.js";
import { usePoll } from "../kit/poll.js";
import { html, useMemo } from "../kit/preact.js";
import { go, useLocation } from "../kit/router.js";
import { toast } from "../kit/toast.js";
import { NoStore } from "../nostore.js";
import { create, effective, getStored, listStored, replace } from "../store.js";

const BEGUN = "Begins with the options of";
const INSTEAD = "Under the same name it takes the place of the one in the file.";

export function CreatePage({ kind }) {
  const from = useLocation().query.get("from");
  const back = { href: storeHref(kind), label: kind.title };
  const ready = usePoll((signal) => prepare(kind, from, signal), [from], { every: 0 });
  const save = async (definition, release) => {
    await create(kind, definition);
    leave(kind, `${definition.name} created`, release);
  };
  return html`
    <${PageHead} title="New ${kind.word}" back=${back} sub=${from && `${BEGUN} ${from}. ${INSTEAD}`} />
    <${Ready} kind=${kind} ready=${ready}>
      ${(first) => html`<${EntryForm} kind=${kind} first=${first} isNew save=${save} cancel=${storeHref(kind)} />`}
    <//>
  `;
}

/** The values to begin with. Asks for the store in any case: without one nothing can be created. */
async function prepare(kind, from, signal) {
  await listStored(kind, signal);
  return from ? valuesOf(kind, await effective(kind, from, signal)) : freshValues(kind, kind.types[0]);
}

export function EditPage({ kind, name }) {
  const back = { href: detailHref(kind, name), label: name };
  const ready = usePoll((signal) => stored(kind, name, signal), [name], { every: 0 });
  const save = async (definition, release) => {
    await replace(kind, definition);
    leave(kind, `${name} saved`, release);
  };
  return html`
    <${PageHead} title="Edit ${name}" back=${back} />
    <${Ready} kind=${kind} ready=${ready} name=${name}>
      ${(first) => html`<${EntryForm} kind=${kind} first=${first} save=${save} cancel=${detailHref(kind, name)} />`}
    <//>
  `;
}

const stored = async (kind, name, signal) => valuesOf(kind, await getStored(kind, name, signal));

function leave(kind, words, release) {
  release();
  toast(words);
  go(kind.path, { tab: "store" });
}

/** The form, or why there is none: no store, no such entry, no answer. */
function Ready({ kind, ready: { data, error, refresh }, name, children }) {
  const first = useMemo(() => data, [Boolean(data)]); // later answers must not change what is being typed
  if (first) return children(first);
  if (!error) return html`<${Card}><${Loading} lines="6" /><//>`;
  if (error.status !== 404) return html`<${Card}><${Problem} error=${error} retry=${refresh} /><//>`;
  if (name === undefined || isGeneric(error)) return html`<${NoStore} kind=${kind} />`;
  const action = html`<a class="button" href=${storeHref(kind)}>To the store</a>`;
  return html`
    <${Card}>
      <${Empty} icon=${kind.icon} title="Not in the store" action=${action}>
        Only entries of the store can be changed here; it has no ${kind.word} ${name}.
      <//>
    <//>
  `;
}

/** Without a store its routes do not exist. */
const isGeneric = (error) => !/not found: /.test(error.message);
