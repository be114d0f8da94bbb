import { type Result, simulate } from "./simulate.ts";

/** Runs of a shrinking at most: a few seconds. */
const MOST_RUNS = 150;

export interface Shrunk {
  /** The last run that broke the same promise. */
  readonly result: Result;
  readonly muted: ReadonlySet<string>;
}

/** Leaves out what happened, half of it, then quarters, as long as the same promise is broken (delta debugging). */
export async function shrink(found: Result): Promise<Shrunk> {
  const promise = found.violation?.promise;
  let best: Shrunk = { result: found, muted: new Set() };
  let runs = 0;
  let parts = 2;
  while (runs < MOST_RUNS) {
    const left = best.result.happened.map(({ id }) => id);
    const size = Math.ceil(left.length / parts);
    if (size === 0) break;
    let smaller: Shrunk | null = null;
    for (let from = 0; from < left.length && runs < MOST_RUNS && !smaller; from += size) {
      const muted = new Set([...best.muted, ...left.slice(from, from + size)]);
      runs++;
      const result = await simulate(found.seed, { muted });
      if (result.violation?.promise === promise) smaller = { result, muted };
    }
    if (smaller) best = smaller;
    else if (size === 1) break;
    parts = smaller ? Math.max(2, parts - 1) : parts * 2;
  }
  return best;
}
