// Modal dialogs on the browser's own <dialog>: focus stays inside, Escape closes, focus goes back afterwards.
import { Icon } from "./icons.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "./preact.js";

const FIRST = ".dialog-body :is(input, select, textarea, button), .dialog-actions button";

let lastId = 0;

/** Open as long as it is rendered. `onClose` is called for Escape, the cross and the backdrop; the owner then stops rendering it. */
export function Dialog({ title, onClose, wide, children, actions }) {
  const ref = useRef(null);
  const [id] = useState(() => `dialog-${++lastId}`); // a question may stand above a form
  useModal(ref);
  const onCancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`
    <dialog
      ref=${ref}
      class=${wide ? "dialog wide" : "dialog"}
      aria-labelledby=${id}
      onCancel=${onCancel}
      onMouseDown=${(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-box">
        <header class="dialog-head">
          <h2 id=${id}>${title}</h2>
          <button class="button quiet square" type="button" aria-label="Close" onClick=${onClose}><${Icon} name="close" /></button>
        </header>
        <div class="dialog-body">${children}</div>
        <footer class="dialog-actions">${actions}</footer>
      </div>
    </dialog>
  `;
}

/** Modal while it is rendered; closing before it goes is what gives the focus back to where it was. */
export function useModal(ref) {
  useLayoutEffect(() => {
    const box = ref.current;
    box.showModal();
    box.querySelector(FIRST)?.focus(); // the browser would take the cross
    return () => box.close();
  }, []);
}

let ask = () => Promise.resolve(null);

/**
 * Ask the operator.
 *
 * @param question title; text; confirm (label of the button); danger; choices [{value, label, hint}] to pick one of
 * @returns promise: null when refused; else the chosen value, or true without choices
 */
export const confirmDialog = (question) => ask(question);

/** Where questions appear; once on a page. */
export function Questions() {
  const [open, setOpen] = useState(null);
  useEffect(() => {
    ask = (question) => new Promise((resolve) => setOpen({ question, resolve }));
  }, []);
  if (!open) return null;
  const close = (answer) => {
    setOpen(null);
    open.resolve(answer);
  };
  return html`<${Question} ...${open.question} close=${close} />`;
}

function Question({ title, text, confirm = "OK", danger, choices, close }) {
  const [choice, choose] = useState(choices?.[0].value ?? true);
  const actions = html`
    <button class="button" type="button" onClick=${() => close(null)}>Cancel</button>
    <button class=${danger ? "button danger" : "button primary"} type="button" onClick=${() => close(choice)}>${confirm}</button>
  `;
  return html`
    <${Dialog} title=${title} onClose=${() => close(null)} actions=${actions}>
      ${text && html`<p>${text}</p>`}
      ${choices && html`
        <fieldset class="choices">
          <legend class="visually-hidden">${title}</legend>
          ${choices.map(({ value, label, hint }) => html`
            <label class="choice">
              <input type="radio" name="choice" checked=${choice === value} onChange=${() => choose(value)} />
              <span>${label}${hint && html`<small>${hint}</small>`}</span>
            </label>
          `)}
        </fieldset>
      `}
    <//>
  `;
}
