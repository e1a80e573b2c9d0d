// What list pages share: their state in the hash, a search box, and a pager.
import { count } from "./format.js";
import { Icon } from "./icons.js";
import { html, useEffect, useState } from "./preact.js";
import { go, here, useLocation } from "./router.js";

const SIZES = [10, 20, 50, 100];
const USUAL_SIZE = 20;
const DEBOUNCE = 300; // ms

/**
 * State of a list, kept in the hash's query.
 *
 * @returns {q, page, size, sort, get(name), set(changes, options), query}: `set` merges, and goes back to page 1 unless
 *   it says which page; "" removes a key
 */
export function useListState() {
  const values = Object.fromEntries(useLocation().query);
  const size = SIZES.includes(Number(values.size)) ? Number(values.size) : USUAL_SIZE;
  function set(changes, options) {
    const { path, query } = here(); // and not those of the last painting: a tab may have been clicked since
    const { page, ...others } = Object.fromEntries(query);
    go(path, { ...others, ...changes }, options);
  }
  return {
    q: values.q ?? "",
    page: Math.max(1, Math.floor(Number(values.page)) || 1),
    size,
    sort: values.sort ?? "",
    get: (name) => values[name] ?? "",
    set,
    query: values,
  };
}

/** Changes `q` of the state 300 ms after the last key. */
export function Search({ state, label }) {
  const [text, setText] = useState(state.q);
  useEffect(() => setText(state.q), [state.q]); // "back" changes it from outside
  useEffect(() => {
    if (text === state.q) return undefined;
    const timer = setTimeout(() => state.set({ q: text }, { replace: true }), DEBOUNCE);
    return () => clearTimeout(timer);
  }, [text]);
  return html`
    <div class="search" role="search">
      <${Icon} name="search" size="16" />
      <input type="search" value=${text} aria-label=${label} placeholder=${label} onInput=${(event) => setText(event.target.value)} />
    </div>
  `;
}

/** A small select that filters; `options` is [[value, label], …]. */
export const Filter = ({ label, value, options, onChange }) => html`
  <label class="filter">
    <span>${label}</span>
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
    </select>
  </label>
`;

export function Pager({ state, total }) {
  const pages = Math.max(1, Math.ceil(total / state.size));
  const turn = (page) => () => state.set({ page: page > 1 ? page : "" });
  // The last page may have gone while it was shown: lead back to what is there.
  useEffect(() => {
    if (total && state.page > pages) state.set({ page: pages > 1 ? pages : "" }, { replace: true });
  }, [total, state.page, pages]);
  if (!total || (total <= SIZES[0] && state.page === 1)) return null;
  const first = (state.page - 1) * state.size + 1;
  return html`
    <nav class="pager" aria-label="Pages">
      <span class="pager-range">${count(first)}–${count(Math.min(total, first + state.size - 1))} of ${count(total)}</span>
      <${Filter}
        label="Rows"
        value=${String(state.size)}
        options=${SIZES.map((size) => [String(size), String(size)])}
        onChange=${(size) => state.set({ size: Number(size) === USUAL_SIZE ? "" : size })}
      />
      <span class="pager-turn">
        <button class="button square" type="button" aria-label="Previous page" disabled=${state.page <= 1} onClick=${turn(state.page - 1)}>
          <${Icon} name="left" size="16" />
        </button>
        <span class="pager-page">Page ${count(state.page)} of ${count(pages)}</span>
        <button class="button square" type="button" aria-label="Next page" disabled=${state.page >= pages} onClick=${turn(state.page + 1)}>
          <${Icon} name="right" size="16" />
        </button>
      </span>
    </nav>
  `;
}
