import { cap, grow } from "./e-process.ts";
import { BLOCK } from "./spread.ts";
import type { EProcess, Options, Reading } from "./types.ts";

/** What every channel is told of one interval. */
export interface Interval {
  readonly reading: Reading;
  /** Prior probability that the harm begins in it. */
  readonly onset: number;
  readonly options: Options;
}

/** One interval's bets on a channel with its part of the budget; `agree` scrapes are needed to spend it. */
export function raise(
  process: EProcess,
  bets: Float64Array,
  { onset, options }: Interval,
  budget: number,
  agree: number,
): void {
  const before = process.log;
  grow(process, bets, onset);
  cap(process, before, Math.log(1 / options.falseRollback) - Math.log(budget), agree);
}

/** Events of the canary in a block if both sides have this share: the size that a spread may grow with. */
export function blockEvents({ canary, stable }: Reading, share: number): number {
  const all = canary.requests + stable.requests;
  return all > 0 ? (BLOCK * canary.requests * stable.requests * Math.max(share, 1e-6)) / all : 0;
}
