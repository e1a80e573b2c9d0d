// The phases of proxies and visitors, in the four groups that operators ask for.
import { Badge } from "./kit/parts.js";
import { html } from "./kit/preact.js";

/** In the order of the pills; `kind` is that of a badge. */
export const GROUPS = [
  { key: "running", label: "Running", kind: "ok" },
  { key: "error", label: "Error", kind: "bad" },
  { key: "waiting", label: "Waiting", kind: "warn" },
  { key: "disabled", label: "Disabled", kind: "off" },
];

const GROUP_OF = {
  running: "running",
  "start error": "error",
  "check failed": "error",
  disabled: "disabled",
  closed: "disabled",
};

/** Every other phase ("new", "wait start") waits for the server. */
export const groupOf = (status) => GROUP_OF[status] ?? "waiting";

export const countGroups = (rows) =>
  Object.fromEntries(GROUPS.map(({ key }) => [key, rows.filter((row) => groupOf(row.status) === key).length]));

/** The phase in the program's own words. */
export function PhaseBadge({ status }) {
  const { kind } = GROUPS.find(({ key }) => key === groupOf(status));
  return html`<${Badge} kind=${kind}>${status}<//>`;
}
