// Numbers and times as people read them.

const SIZES = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
const SPANS = [
  ["d", 86400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (n) => String(n).padStart(2, "0");

/** 1024 steps, as in frp's own options ("1MB" is 1048576 bytes), with two decimals at most. */
export function bytes(n) {
  if (!(n > 0)) return "0 B";
  const step = Math.min(Math.floor(Math.log2(n) / 10), SIZES.length - 1);
  const value = n / 1024 ** Math.max(step, 0);
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return `${Number(value.toFixed(step > 0 ? digits : 0))} ${SIZES[Math.max(step, 0)]}`;
}

export const rate = (n) => `${bytes(n)}/s`;

export const count = (n) => Number(n ?? 0).toLocaleString("en-US");

export const percent = (n) => `${n < 10 ? n.toFixed(1) : Math.round(n)} %`;

/** "3 min", "2 h 5 min", "4 d 3 h": two units at most. */
export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const first = SPANS.findIndex(([, size]) => whole >= size);
  if (first < 0) return "0 s";
  const [unit, size] = SPANS[first];
  const text = `${Math.floor(whole / size)} ${unit}`;
  const [nextUnit, nextSize] = SPANS[first + 1] ?? [];
  // Below an hour the seconds would only flicker.
  const rest = unit === "d" || unit === "h" ? Math.floor((whole % size) / nextSize) : 0;
  return rest ? `${text} ${rest} ${nextUnit}` : text;
}

export function ago(at, now = Date.now() / 1000) {
  const seconds = now - at;
  // The two clocks may differ a little: a time just ahead is "now" too.
  if (seconds < 3) return seconds > -60 ? "just now" : `in ${duration(-seconds)}`;
  return `${duration(seconds).split(" ").slice(0, 2).join(" ")} ago`;
}

/** The exact local time: "26 Nov 2026, 18:04:09". */
export function exact(at) {
  const d = new Date(at * 1000);
  return `${d.getDate()} ${MONTHS[d.getMonth()]} ${d.getFullYear()}, ${clock(at)}:${two(d.getSeconds())}`;
}

/** "18:04", local. */
export function clock(at) {
  const d = new Date(at * 1000);
  return `${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** "2026-11-26" to "Thu 26 Nov"; the date is the server's and has no zone. */
export function day(date) {
  const [year, month, dayOfMonth] = date.split("-").map(Number);
  const name = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][new Date(year, month - 1, dayOfMonth).getDay()];
  return `${name} ${dayOfMonth} ${MONTHS[month - 1]}`;
}

/** host:port with the brackets that IPv6 needs. */
export const hostPort = (host, port) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`);
