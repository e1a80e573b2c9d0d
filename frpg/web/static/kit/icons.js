// Line icons, 24 by 24, drawn for these pages. They only go with words: screen readers skip them.
import { html } from "./preact.js";

const PATHS = {
  overview: "M4 4h7v7H4zM13 4h7v4h-7zM13 11h7v9h-7zM4 14h7v6H4z",
  clients: "M3 5h18v11H3zM8 20h8M12 16v4",
  proxies: "M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4",
  connections: "M3 12h4l3-8 4 16 3-8h4",
  in: "M12 4v15M6 13l6 6 6-6",
  out: "M12 20V5M6 11l6-6 6 6",
  traffic: "M7 20V4M3 8l4-4 4 4M17 4v16M13 16l4 4 4-4",
  process: "M6 6h12v12H6zM10 10h4v4h-4zM9 2v4M15 2v4M9 18v4M15 18v4M2 9h4M2 15h4M18 9h4M18 15h4",
  config: "M14 3H6v18h12V7zM14 3v4h4M9 12h6M9 16h6",
  visitors: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c1-4 4-6 8-6s7 2 8 6",
  menu: "M4 6h16M4 12h16M4 18h16",
  close: "M6 6l12 12M18 6L6 18",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20 20l-4-4",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  up: "M5 15l7-7 7 7",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.5M17.5 17.5L19 19M5 19l1.5-1.5M17.5 6.5L19 5",
  moon: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
  system: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 3v18M12 8h7.5M12 13h9M12 18h6",
  refresh: "M20 11a8 8 0 0 0-14-5L4 8M4 4v4h4M4 13a8 8 0 0 0 14 5l2-2M20 20v-4h-4",
  plus: "M12 5v14M5 12h14",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
  edit: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  eyeOff: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM4 20L20 4",
  power: "M12 3v9M6.5 6.5a8 8 0 1 0 11 0",
  warning: "M12 3l10 18H2zM12 10v5M12 18v.5",
  ok: "M4 12l5 6L20 6",
};

export const Icon = ({ name, size = 18 }) => html`
  <svg class="icon" width=${size} height=${size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} />
  </svg>
`;
