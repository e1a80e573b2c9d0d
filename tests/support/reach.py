"""What keeps people from using a page: missing names, weak colours, things out of reach."""

from typing import Any

from tests.support.browser import Page

LARGE_TEXT = 3.0  # WCAG 2.2, 1.4.3: from 24 px, or 18.66 px and bold
TEXT = 4.5
_NAMED = {"button", "link", "textbox", "searchbox", "combobox", "checkbox", "switch", "spinbutton", "radio", "image"}

# Colours as the page is painted now: each text against the first ground behind it that is not clear.
_CONTRAST = """
for (const change of document.getAnimations()) {
  if (change.effect.getComputedTiming().endTime < Infinity) change.finish();
}
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function rgba(color) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return { rgb: [r, g, b], isClear: a < 128 };
}
function light({ rgb }) {
  const [r, g, b] = rgb.map((n) => (n /= 255) <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function ground(element) {
  for (let one = element; one; one = one.parentElement) {
    const color = rgba(getComputedStyle(one).backgroundColor);
    if (!color.isClear) return color;
  }
  return rgba("white");
}
const found = new Map();
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  const isSeen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  if (!texts.currentNode.data.trim() || !isSeen) continue;
  if (element.closest(":disabled, option, .visually-hidden, noscript, script")) continue;
  const { color, fontSize, fontWeight } = getComputedStyle(element);
  const [a, b] = [light(rgba(color)), light(ground(element))].sort((x, y) => y - x);
  const isLarge = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && fontWeight >= 700);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < (isLarge ? arguments[0] : arguments[1])) found.set(texts.currentNode.data.trim(), ratio.toFixed(2));
}
return [...found];
"""

_FOCUS = """
const active = document.activeElement;
function isRinged(element) {
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
  return (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
}
const around = [active, active.closest(".editor") ?? active];
const box = active.getBoundingClientRect();
const at = document.elementFromPoint(box.x + box.width / 2, Math.max(0, box.y) + Math.min(box.height, innerHeight) / 2);
return {
  isEnd: active === document.body, // after the last one the browser's own controls have their turn
  takesTab: active.tagName === "TEXTAREA",
  isSeen: around.some(isRinged),
  isCovered: !(active.contains(at) || at?.contains(active) || at?.closest("label")),
};
"""

_SMALL = """
return [...document.querySelectorAll("button, input, select, textarea, summary")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
  .filter(([, box]) => Math.min(box.width, box.height) < 24)
  .map(([one]) => one.outerHTML.slice(0, 120));
"""


def nameless(page: Page) -> list[str]:
    """Controls that a screen reader cannot tell from others, and landmarks that are not there once."""
    nodes = [node for node in _tree(page) if not node["ignored"]]
    found = [f"a {role} has no name" for role, name in map(_role_and_name, nodes) if role in _NAMED and not name]
    roles = [_role_and_name(node)[0] for node in nodes]
    found += [f"{roles.count(role)} landmarks {role}" for role in ("banner", "main") if roles.count(role) != 1]
    titles = [node for node in nodes if _role_and_name(node)[0] == "heading" and _level(node) == 1]
    return found + ([] if len(titles) == 1 else [f"{len(titles)} headings of level 1"])


def faint(page: Page) -> list[Any]:
    """Texts with too little contrast, each with its ratio."""
    return list(page.browser.execute_script(_CONTRAST, LARGE_TEXT, TEXT))


def small(page: Page) -> list[str]:
    """Controls that a finger misses. WCAG 2.2, 2.5.8: 24 px."""
    return list(page.browser.execute_script(_SMALL))


def lost(page: Page, stops: int) -> list[str]:
    """Where the keyboard is and nobody sees it, on the first `stops` places that Tab leads to."""
    found = []
    for _ in range(stops):
        page.key("Tab")
        state = page.browser.execute_script(_FOCUS)
        if not state["isEnd"] and (not state["isSeen"] or state["isCovered"]):
            found.append(f"{page.focus()}: {state}")
        if state["takesTab"]:
            page.key("Escape")
    return found


def overflow(page: Page) -> int:
    """Pixels that stand out of the window at the side."""
    script = "const { scrollWidth, clientWidth } = document.documentElement; return scrollWidth - clientWidth"
    return int(page.browser.execute_script(script))


def _tree(page: Page) -> list[dict[str, Any]]:
    return list(page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"])


def _role_and_name(node: dict[str, Any]) -> tuple[str, str]:
    return node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "").strip()


def _level(node: dict[str, Any]) -> int:
    return next((int(one["value"]["value"]) for one in node.get("properties", []) if one["name"] == "level"), 0)
