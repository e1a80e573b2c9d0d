// Light, dark, or as the system has it; remembered in this browser.
import { Icon } from "./icons.js";
import { html, useEffect, useState } from "./preact.js";

const NAMES = { "": "As the system", light: "Light", dark: "Dark" };
const ICONS = { "": "system", light: "sun", dark: "moon" };
const ORDER = ["", "light", "dark"];
const root = document.documentElement;

function choose(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Then it lasts as long as this page.
  }
  dispatchEvent(new Event("themechange"));
}

export function ThemeSwitch() {
  const [theme, set] = useState(root.dataset.theme ?? "");
  function next() {
    const chosen = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
    choose(chosen);
    set(chosen);
  }
  return html`
    <button class="button quiet square" type="button" onClick=${next} aria-label="Theme: ${NAMES[theme]}" title="Theme: ${NAMES[theme]}">
      <${Icon} name=${ICONS[theme]} />
    </button>
  `;
}

/** Calls back whenever colours change: what is painted on a canvas does not follow by itself. */
export function useThemeChange(callback) {
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", callback);
    addEventListener("themechange", callback);
    return () => {
      system.removeEventListener("change", callback);
      removeEventListener("themechange", callback);
    };
  }, [callback]);
}
