// Short news at the edge of the page, read out by screen readers.
import { Icon } from "./icons.js";
import { html, useEffect, useState } from "./preact.js";

const STAY = 6000; // ms; a failure stays until it is closed
const MOST = 4;

let toasts = [];
let lastId = 0;
let show = () => {};

/** @param kind "ok" or "bad" */
export function toast(text, kind = "ok") {
  const id = ++lastId;
  update([...toasts, { id, text, kind }].slice(-MOST));
  if (kind === "ok") setTimeout(() => close(id), STAY);
}

/** What an action says when it failed. */
export const toastError = (error) => toast(error.message, "bad");

function close(id) {
  update(toasts.filter((one) => one.id !== id));
}

function update(next) {
  toasts = next;
  show(toasts);
}

export function Toasts() {
  const [shown, set] = useState(toasts);
  useEffect(() => {
    show = set;
    set(toasts);
    return () => (show = () => {});
  }, []);
  return html`
    <div class="toasts" role="status" aria-live="polite">
      ${shown.map(({ id, text, kind }) => html`
        <div class="toast ${kind}" key=${id}>
          <${Icon} name=${kind === "ok" ? "ok" : "warning"} />
          <span>${text}</span>
          <button class="button quiet square small" type="button" aria-label="Close this message" onClick=${() => close(id)}>
            <${Icon} name="close" size="16" />
          </button>
        </div>
      `)}
    </div>
  `;
}
