// Hash routes: "#/clients/alice.cid1?q=ssh&page=2". All state of a list is in there, so reload and "back" work.
import { useEffect, useState } from "./preact.js";

const listeners = new Set();

export function here() {
  const [path, query = ""] = location.hash.replace(/^#/, "").split("?", 2);
  return { path: path || "/", query: new URLSearchParams(query) };
}

/** An address for `<a href>`; empty and undefined query values are left out. */
export function href(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return `#${path}${pairs.length ? `?${new URLSearchParams(pairs)}` : ""}`;
}

/** Go there; with `replace` without a new entry in the history (typing into a search box is one step, not twenty). */
export function go(path, query = {}, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", href(path, query));
  for (const listener of listeners) listener(here());
}

/** {path, query}, anew with each change of the hash. */
export function useLocation() {
  const [current, set] = useState(here);
  useEffect(() => {
    const onHash = () => set(here());
    listeners.add(set);
    addEventListener("hashchange", onHash);
    return () => {
      listeners.delete(set);
      removeEventListener("hashchange", onHash);
    };
  }, []);
  return current;
}

/**
 * The first of `routes` ([pattern, page]) that fits, with its parameters: "/clients/:key", "/proxies/:type?".
 * Undecodable percent signs fit nothing.
 */
export function match(routes, path) {
  const parts = path.split("/").slice(1);
  for (const [pattern, page] of routes) {
    const params = fit(pattern.split("/").slice(1), parts);
    if (params) return { page, params };
  }
  return null;
}

function fit(pattern, parts) {
  const params = {};
  if (parts.length > pattern.length) return null;
  for (const [i, name] of pattern.entries()) {
    const part = parts[i] ?? "";
    const isOptional = name.endsWith("?");
    if (!name.startsWith(":")) {
      if (name !== part) return null;
    } else if (part || isOptional) {
      const value = decoded(part);
      if (value === null) return null;
      params[name.replace(/[:?]/g, "")] = value;
    } else return null;
  }
  return params;
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
