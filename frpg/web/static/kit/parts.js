// The small parts every page is made of.
import { ago, count, exact } from "./format.js";
import { Icon } from "./icons.js";
import { html } from "./preact.js";

const SHAPES = { ok: "●", warn: "▲", bad: "■", off: "○" };

/** A status in words, with a colour and a shape: `kind` is ok, warn, bad or off. */
export const Badge = ({ kind, children, title }) => html`
  <span class="badge ${kind}" title=${title}><span class="badge-shape" aria-hidden="true">${SHAPES[kind]}</span>${children}</span>
`;

/** A fact without a judgement: a type, a version, an annotation. */
export const Tag = ({ children, title }) => html`<span class="tag" title=${title}>${children}</span>`;

/** A time as people say it, the exact one in the title. `at` in Unix seconds; 0 or nothing is a dash. */
export function Time({ at }) {
  if (!at) return html`<span class="muted">–</span>`;
  return html`<time datetime=${new Date(at * 1000).toISOString()} title=${exact(at)}>${ago(at)}</time>`;
}

/** A text of any length in one line; the whole of it in the title. */
export const Clip = ({ text, mono }) => html`<span class=${mono ? "clip mono" : "clip"} title=${text}>${text}</span>`;

/** Head of a page: where we are, how many, what can be done. `back` is {href, label}. */
export const PageHead = ({ title, total, back, badge, children, sub }) => html`
  <header class="page-head">
    ${back && html`<a class="back" href=${back.href}><${Icon} name="left" size="16" />${back.label}</a>`}
    <div class="page-title">
      <h1 title=${title}>${title}</h1>
      ${total !== undefined && total !== null && html`<span class="total">${count(total)}</span>`}
      ${badge}
      <div class="page-actions">${children}</div>
    </div>
    ${sub && html`<p class="page-sub">${sub}</p>`}
  </header>
`;

export const Card = ({ title, extra, children, wide, flush }) => html`
  <section class="card ${wide ? "wide" : ""} ${flush ? "flush" : ""}">
    ${title && html`<header class="card-head"><h2>${title}</h2>${extra}</header>`}
    <div class="card-body">${children}</div>
  </section>
`;

/** One big figure. With `to` the whole card is a link. */
export function Figure({ label, value, note, icon, to }) {
  const inside = html`
    <span class="figure-label">${icon && html`<${Icon} name=${icon} size="16" />`}${label}</span>
    <span class="figure-value">${value ?? html`<${Skeleton} width="4ch" />`}</span>
    <span class="figure-note">${note ?? " "}</span>
  `;
  return to ? html`<a class="figure" href=${to}>${inside}</a>` : html`<div class="figure">${inside}</div>`;
}

/**
 * Names and values: `rows` is [[name, value], …]; a row whose value is undefined, null, false or "" is left out.
 * `asRows`: one below the other.
 */
export const Facts = ({ rows, asRows }) => html`
  <dl class=${asRows ? "facts rows" : "facts"}>
    ${rows
      .filter(([, value]) => value || value === 0)
      .map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>
`;

/** Nothing to show: say why and what to do next. */
export const Empty = ({ icon, title, children, action }) => html`
  <div class="empty">
    ${icon && html`<${Icon} name=${icon} size="32" />`}
    <p class="empty-title">${title}</p>
    <p class="empty-text">${children}</p>
    ${action}
  </div>
`;

export const Skeleton = ({ width = "100%" }) => html`<span class="skeleton" style=${{ width }} aria-hidden="true"></span>`;

/** Lines in place of text that is on its way. */
export const Loading = ({ lines = 4 }) => html`
  <div class="loading" role="status">
    <span class="visually-hidden">Loading</span>
    ${Array.from({ length: lines }, (_, i) => html`<${Skeleton} key=${i} width=${`${92 - ((i * 17) % 40)}%`} />`)}
  </div>
`;

/** A failure that belongs to this place, with a way to try again. */
export const Problem = ({ error, retry }) => html`
  <div class="problem" role="alert">
    <${Icon} name="warning" />
    <span>${error.message}</span>
    ${retry && html`<button class="button small" type="button" onClick=${retry}>Try again</button>`}
  </div>
`;

/**
 * What a poll (`of`) brought, or why it brought nothing. A failure of a later answer stands above what was known before; that there
 * was none at all is said by the frame.
 */
export function Answer({ of: { data, error, refresh }, children }) {
  const problem = error && (!data || error.status > 0) && html`<${Problem} error=${error} retry=${refresh} />`;
  return html`${problem}${(data || !error) && children}`;
}

/** Links that filter: `items` is [{label, to, isCurrent, total}]. */
export const Tabs = ({ label, items }) => html`
  <nav class="tabs" aria-label=${label}>
    ${items.map((item) => html`
      <a key=${item.label} href=${item.to} aria-current=${item.isCurrent ? "true" : undefined}>
        ${item.label}${item.total !== undefined && item.total !== null && html` <span class="tab-total">${count(item.total)}</span>`}
      </a>
    `)}
  </nav>
`;
