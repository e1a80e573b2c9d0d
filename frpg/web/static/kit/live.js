// The live answer of either program with its samples gathered over many polls.
import { usePoll } from "./poll.js";

const SPAN = 600; // seconds of samples, as the programs keep them

// Outlives the page that shows it: whoever comes back sees the whole curve at once.
let gathered = { startedAt: 0, samples: [] };

/** @param load (since, signal) -> promise of a live answer; its `samples` become those of the last ten minutes. */
export function useLive(load, every = 2000) {
  return usePoll(async (signal) => {
    let answer = await load(lastAt(), signal);
    if (gathered.startedAt && answer.startedAt !== gathered.startedAt) {
      gathered = { startedAt: 0, samples: [] }; // another process: its clock and counters are not the old ones
      answer = await load(0, signal);
    }
    gathered = { startedAt: answer.startedAt, samples: join(gathered.samples, answer) };
    return { ...answer, samples: gathered.samples };
  }, [], { every });
}

const lastAt = () => gathered.samples.at(-1)?.at ?? 0;

function join(old, answer) {
  const fresh = answer.samples.filter((sample) => sample.at > lastAt());
  return [...old, ...fresh].filter((sample) => sample.at > answer.now - SPAN);
}
