// The frame around every page: header, navigation, connection indicator, messages.
import { duration } from "./format.js";
import { Questions, useModal } from "./dialog.js";
import { Icon } from "./icons.js";
import { Empty } from "./parts.js";
import { html, render, useEffect, useErrorBoundary, useRef, useState } from "./preact.js";
import { retryNow, useReach } from "./reach.js";
import { match, useLocation } from "./router.js";
import { ThemeSwitch } from "./theme.js";
import { Toasts } from "./toast.js";

const NARROW = "(max-width: 767px)";

/**
 * Start the pages of a program.
 *
 * @param role "Server" or "Client"
 * @param nav [{label, path, icon, owns: [paths that light it too]}]
 * @param routes [[pattern, component]]: the component gets {params}
 */
export function start({ role, nav, routes }) {
  render(html`<${Frame} role=${role} nav=${nav} routes=${routes} />`, document.getElementById("app"));
}

function Frame({ role, nav, routes }) {
  const { path } = useLocation();
  const [isOpen, setOpen] = useState(false);
  const isNarrow = useMedia(NARROW);
  const main = useRef(null);
  useArrival(path, main, `frp ${role.toLowerCase()}`, () => setOpen(false));
  const links = html`<${Links} nav=${nav} path=${path} />`;
  return html`
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); main.current.focus(); }}>Skip to the content</a>
    <header class="top">
      ${isNarrow && html`
        <button
          class="button quiet square"
          type="button"
          aria-label="Open the menu"
          aria-expanded=${String(isOpen)}
          onClick=${() => setOpen(true)}
        >
          <${Icon} name="menu" />
        </button>
      `}
      <a class="brand" href="#/">
        <img src="./favicon.svg" alt="" width="28" height="28" /><span>frp</span><span class="role">${role}</span>
      </a>
      <span class="grow"></span>
      <${Indicator} />
      <${ThemeSwitch} />
    </header>
    <div class="body">
      ${isNarrow ? isOpen && html`<${Drawer} close=${() => setOpen(false)}>${links}<//>` : html`<aside class="side">${links}</aside>`}
      <main id="main" class="content" ref=${main} tabindex="-1">
        <${AwayNotice} />
        <${Page} key=${path} routes=${routes} path=${path} />
      </main>
    </div>
    <${Questions} />
    <${Toasts} />
  `;
}

/** A new page starts at its top, and the keyboard with it; the first one leaves the focus where the browser put it. */
function useArrival(path, main, program, onArrival) {
  const isFirst = useRef(true);
  useEffect(() => {
    const heading = main.current.querySelector("h1")?.textContent;
    document.title = heading ? `${heading} · ${program}` : program;
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    onArrival();
    main.current.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [path]);
}

function Page({ routes, path }) {
  const [error] = useErrorBoundary();
  if (error) {
    return html`
      <${Empty} icon="warning" title="This page broke">
        ${String(error.message ?? error)} – reload it, and tell the makers if it stays so.
      <//>
    `;
  }
  const found = match(routes, path);
  if (found) return html`<${found.page} params=${found.params} />`;
  const home = html`<a class="button" href="#/">To the overview</a>`;
  return html`
    <h1 class="visually-hidden">Not found</h1>
    <${Empty} icon="search" title="There is no such page" action=${home}>The address ${path} leads nowhere.<//>
  `;
}

function Links({ nav, path }) {
  const isCurrent = (item) => [item.path, ...(item.owns ?? [])].some((p) => path === p || (p !== "/" && path.startsWith(`${p}/`)));
  return html`
    <nav class="nav" aria-label="Main">
      ${nav.map((item) => html`
        <a key=${item.path} href="#${item.path}" aria-current=${isCurrent(item) ? "page" : undefined}>
          <${Icon} name=${item.icon} />${item.label}
        </a>
      `)}
    </nav>
  `;
}

function Drawer({ close, children }) {
  const ref = useRef(null);
  useModal(ref);
  return html`
    <dialog
      class="drawer"
      aria-label="Menu"
      ref=${ref}
      onClose=${close}
      onClick=${(event) => (event.target === ref.current || event.target.closest("a")) && close()}
    >
      <div class="drawer-box">
        <button class="button quiet square" type="button" aria-label="Close the menu" onClick=${close}><${Icon} name="close" /></button>
        ${children}
      </div>
    </dialog>
  `;
}

function Indicator() {
  const { away } = useReach();
  return html`
    <span class="indicator ${away ? "away" : "live"}" role="status">
      <span aria-hidden="true">${away ? "▲" : "●"}</span>${away ? "reconnecting" : "live"}
    </span>
  `;
}

function AwayNotice() {
  const { away, since, retryAt } = useReach();
  const [, tick] = useState(0);
  useEffect(() => {
    if (!away) return undefined;
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, [away]);
  if (!away) return null;
  const wait = Math.ceil((retryAt - Date.now()) / 1000);
  return html`
    <div class="notice bad">
      <${Icon} name="warning" />
      <span>
        No answer for ${duration((Date.now() - since) / 1000)}. What you see is the last that was known;
        ${wait > 0 ? ` trying again in ${wait} s.` : " trying again now."}
      </span>
      <button class="button small" type="button" onClick=${retryNow}>Try now</button>
    </div>
  `;
}

function useMedia(query) {
  const [matches, set] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const onChange = () => set(media.matches);
    media.addEventListener("change", onChange);
    return () => media.removeEventListener("change", onChange);
  }, [query]);
  return matches;
}
