"""What browser.py has the page itself do: read it as words, fill in forms."""

# The words of an element without those that are there for the eye alone.
WORDS = """const words = (element) => {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let found = "";
  while (texts.nextNode()) {
    const { data, parentElement, previousSibling } = texts.currentNode;
    if (parentElement.closest("[aria-hidden=true]")) continue;
    found += (previousSibling?.nodeType === Node.TEXT_NODE ? "" : " ") + data;
  }
  return found.replace(/\\s+/g, " ").trim();
};
"""
ROWS = (
    WORDS
    + """return [...document.querySelectorAll("main table:not([aria-busy]) tbody tr")].map((row) =>
  Object.fromEntries([...row.cells].map((cell) => [cell.dataset.label, words(cell)])))"""
)
PAIRS = (
    WORDS
    + """return Object.fromEntries([...document.querySelectorAll(arguments[0])].map((one) =>
  [words(one.querySelector(arguments[1])), words(one.querySelector(arguments[2]))]))"""
)

# Types into fields as a hand would, one after the other; the page paints anew in between.
FILL = """
const [values, done] = arguments;
const pause = () => new Promise((ready) => setTimeout(ready));
const place = (id) => document.getElementById(id) ?? missing(id);
const missing = (id) => { throw new Error(`no field ${id}`); };
async function set(id, value) {
  const field = place(id);
  if (field.type === "checkbox") { if (field.checked !== value) field.click(); }
  else {
    Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, value);
    field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
  }
  await pause();
}
async function add(id, values) {
  for (const [i, value] of values.entries()) {
    place(id).querySelector(":scope > button").click();
    await pause();
    if (!Array.isArray(value)) await set(`${id}[${i}]`, value);
    else for (const [n, part] of ["name", "value"].entries()) await set(`${id}[${i}].${part}`, value[n]);
  }
}
(async () => {
  for (const [id, value] of values) await (Array.isArray(value) ? add(id, value) : set(id, value));
})().then(() => done(""), (error) => done(error.message));
"""
