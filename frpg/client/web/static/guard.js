// Keeps what was typed and not saved from being lost by leaving the page.
import { confirmDialog } from "./kit/dialog.js";
import { useEffect, useRef } from "./kit/preact.js";
import { go, here } from "./kit/router.js";

const QUESTION = { title: "Leave without saving?", text: "What you changed here is lost.", confirm: "Leave", danger: true };

let guarded = null; // {home: hash of the page, isDirty, isReleased}

const isHeld = () => guarded?.isDirty && !guarded.isReleased;

// Here and not in an effect: whoever listens first can keep the news of another hash from the router.
addEventListener("hashchange", (event) => isHeld() && hold(event));
addEventListener("beforeunload", (event) => isHeld() && event.preventDefault());

async function hold(event) {
  const wanted = here();
  event.stopImmediatePropagation();
  history.replaceState(null, "", guarded.home);
  if (!(await confirmDialog(QUESTION))) return;
  guarded.isReleased = true;
  go(wanted.path, Object.fromEntries(wanted.query), { replace: true });
}

/**
 * While `isDirty`, ask before another page opens.
 *
 * @returns a function that lets go for good: what was typed is saved
 */
export function useGuard(isDirty) {
  const mine = useRef({ home: location.hash, isReleased: false }).current;
  mine.isDirty = isDirty;
  useEffect(() => {
    guarded = mine;
    return () => (guarded = null);
  }, []);
  return () => (mine.isReleased = true);
}
