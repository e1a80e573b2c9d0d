// A plain text area with line numbers, the current line, and marks at lines.
import { html, useEffect, useLayoutEffect, useRef, useState } from "./kit/preact.js";

const LINE = 20; // px, and
const PADDING = 8; // px above the first line: both as in editor.css
const MARGIN = 4; // lines to see above the one that is jumped to
const INDENT = "  ";

/**
 * @param marks Map of line (from 1) to text: what is wrong there
 * @param jump {line}: a new object moves there and takes the focus
 * @param onSave called for Ctrl+S or Cmd+S
 */
export function Editor({ label, value, onInput, onSave, marks, jump, describedBy }) {
  const area = useRef(null);
  const [view, setView] = useState({ top: 0, height: 0 });
  const [current, setCurrent] = useState(1);
  const isReleased = useRef(false); // Escape was pressed: the next Tab leaves
  const total = value.split("\n").length;

  const look = () => setView({ top: area.current.scrollTop, height: area.current.clientHeight });
  const follow = () => setCurrent(lineAt(area.current.value, area.current.selectionEnd));
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    observer.observe(area.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const onSelection = () => document.activeElement === area.current && follow();
    document.addEventListener("selectionchange", onSelection);
    return () => document.removeEventListener("selectionchange", onSelection);
  }, []);
  useEffect(() => {
    if (jump) showLine(area.current, jump.line);
  }, [jump]);

  function onKeyDown(event) {
    if (event.key === "Tab" && !isReleased.current && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      indent(area.current, event.shiftKey);
    } else if (event.key.toLowerCase() === "s" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onSave();
    }
    isReleased.current = event.key === "Escape" || (isReleased.current && event.key === "Shift");
  }

  return html`
    <div class="editor" style=${{ "--digits": String(total).length }}>
      <${Lines} view=${view} total=${total} current=${current} marks=${marks} />
      <textarea
        ref=${area}
        class="editor-text"
        wrap="off"
        autocomplete="off"
        autocapitalize="off"
        spellcheck=${false}
        aria-label=${label}
        aria-describedby=${describedBy}
        aria-invalid=${marks.size ? "true" : undefined}
        value=${value}
        onInput=${(event) => onInput(event.target.value)}
        onScroll=${look}
        onKeyDown=${onKeyDown}
        onKeyUp=${follow}
        onClick=${follow}
        onBlur=${() => (isReleased.current = false)}
      ></textarea>
    </div>
  `;
}

/** Only the lines in sight are there, however long the text is. */
function Lines({ view: { top, height }, total, current, marks }) {
  const first = Math.max(0, Math.floor((top - PADDING) / LINE));
  const last = Math.min(total, first + Math.ceil(height / LINE) + 1);
  const numbers = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i + 1);
  return html`
    <div class="editor-lines" aria-hidden="true">
      <div style=${{ transform: `translateY(${PADDING + first * LINE - top}px)` }}>
        ${numbers.map(
          (line) => html`
          <div key=${line} class="editor-line ${line === current ? "current" : ""} ${marks.has(line) ? "marked" : ""}">
            <span title=${marks.get(line)}>${line}</span>
          </div>
        `,
        )}
      </div>
    </div>
  `;
}

const lineAt = (text, position) => text.slice(0, position).split("\n").length;

function showLine(area, line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, text) => length + text.length + 1, 0);
  area.focus({ preventScroll: true });
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  area.scrollTop = Math.max(0, (line - 1 - MARGIN) * LINE);
  area.scrollLeft = 0;
  area.scrollIntoView({ block: "nearest" });
}

/** Indent, or the other way round, the selected lines; without a selection put spaces at the cursor. */
function indent(area, isBack) {
  const { value, selectionStart, selectionEnd } = area;
  if (selectionStart === selectionEnd && !isBack) return type(INDENT);
  const start = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const next = value.indexOf("\n", Math.max(selectionStart, selectionEnd - 1));
  const end = next < 0 ? value.length : next;
  const old = value.slice(start, end);
  const text = isBack ? old.replace(/^( {1,2}|\t)/gm, "") : old.replace(/^(?=.)/gm, INDENT);
  if (text === old) return;
  area.setSelectionRange(start, end);
  type(text);
  area.setSelectionRange(start, start + text.length);
}

/** As if it were typed: unlike setting the value, this can be undone. */
function type(text) {
  document.execCommand(text ? "insertText" : "delete", false, text);
}
