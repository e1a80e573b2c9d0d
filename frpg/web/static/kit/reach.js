// Whether the program behind the page answers: one state that api.js writes and the frame shows.
import { useEffect, useState } from "./preact.js";

let state = { away: false, since: 0, retryAt: 0 };
const listeners = new Set();
const retries = new Set();

function change(next) {
  if (next.away === state.away && next.retryAt === state.retryAt) return;
  state = next;
  for (const listener of listeners) listener(state);
}

export const answered = () => change({ away: false, since: 0, retryAt: 0 });

export const silent = () => change({ ...state, away: true, since: state.since || Date.now() });

/** A poller tells when it will ask again (milliseconds since the epoch), so that the page can say so. */
export const willRetry = (at) => change({ ...state, retryAt: at });

/** Ask now, without waiting for the pollers' turn. */
export function retryNow() {
  for (const retry of [...retries]) retry();
}

export function onRetry(retry) {
  retries.add(retry);
  return () => retries.delete(retry);
}

export function useReach() {
  const [current, set] = useState(state);
  useEffect(() => {
    listeners.add(set);
    set(state);
    return () => listeners.delete(set);
  }, []);
  return current;
}
