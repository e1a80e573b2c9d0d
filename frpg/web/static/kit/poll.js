// Asking again and again, as long as somebody looks and somebody answers.
import { isAbort } from "./api.js";
import { useEffect, useRef, useState } from "./preact.js";
import { onRetry, willRetry } from "./reach.js";

const LONGEST = 30_000; // ms between two attempts while the program is away

/**
 * Poll while the component is there.
 *
 * @param load (signal) -> promise of the data
 * @param deps what `load` depends on: a change aborts the request under way and asks at once
 * @param options every: ms between an answer and the next question, 0 asks once; keep: show the old data until the new come
 *   (for a page of the same list), otherwise a change of `deps` starts empty
 * @returns {data, error, isLoading, refresh}: `isLoading` until the first answer for these `deps`; with an `error` the data
 *   are the last known ones
 */
export function usePoll(load, deps, { every = 2000, keep = false } = {}) {
  const [state, setState] = useState({ data: null, error: null, isLoading: true });
  const latest = useRef(load);
  const ask = useRef(() => {});
  latest.current = load;

  useEffect(() => {
    setState((old) => ({ data: keep ? old.data : null, error: null, isLoading: true }));
    const loop = startLoop((signal) => latest.current(signal), every, setState);
    ask.current = loop.ask;
    return loop.stop;
  }, deps);

  return { ...state, refresh: () => ask.current() };
}

function startLoop(load, every, setState) {
  let timer = 0;
  let failures = 0;
  let request = new AbortController();

  async function ask() {
    clearTimeout(timer);
    request.abort();
    const mine = (request = new AbortController());
    try {
      const data = await load(mine.signal);
      if (mine.signal.aborted) return;
      failures = 0;
      setState({ data, error: null, isLoading: false });
    } catch (error) {
      if (mine.signal.aborted || isAbort(error)) return;
      failures += 1;
      setState((old) => ({ data: old.data, error, isLoading: false }));
    }
    plan();
  }

  function plan() {
    if (document.hidden || (!every && !failures)) return; // becoming visible asks again
    const wait = failures ? Math.min(Math.max(every, 2000) * 2 ** (failures - 1), LONGEST) : every;
    if (failures) willRetry(Date.now() + wait);
    timer = setTimeout(ask, wait);
  }

  function onVisibility() {
    if (!document.hidden) ask();
    else clearTimeout(timer);
  }

  document.addEventListener("visibilitychange", onVisibility);
  const forget = onRetry(ask);
  ask();
  return {
    ask,
    stop() {
      document.removeEventListener("visibilitychange", onVisibility);
      forget();
      clearTimeout(timer);
      request.abort();
    },
  };
}
