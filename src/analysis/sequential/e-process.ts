import type { EProcess } from "./types.ts";

/** ln 0 in a form that JSON has. */
export const NEVER = -1e9;

/** A bet so far behind the best one, in one scrape, adds nothing that a number could hold. */
const NEGLIGIBLE = -60;

export function newProcess(bets: number): EProcess {
  return { log: NEVER, weights: new Array<number>(bets).fill(1 / bets) };
}

/**
 * One scrape of a mixture of e-processes in which the harm may begin at any time:
 * `l_j <- logaddexp(l_j, ln(onset / J)) + ln E_j`, evidence = `logsumexp l_j`.
 *
 * The Shiryaev-Roberts recursion of Shin, Ramdas & Rinaldo, "E-detectors" (2023), with a proper prior: the
 * onset masses of all scrapes add up to at most 1, so by Ville's inequality the evidence of an unharmed canary
 * ever reaches ln(1/a) with probability at most a. Kept as its logarithm and normalised parts, so that one
 * logarithm a scrape is enough.
 */
export function grow(process: EProcess, bets: Float64Array, onset: number): void {
  const { weights } = process;
  const count = weights.length;
  const fresh = onset > 0 ? Math.log(onset) : NEVER;
  const top = Math.max(process.log, fresh);
  const kept = Math.exp(process.log - top);
  const added = Math.exp(fresh - top) / count;
  let best = bets[0] ?? 0;
  for (let j = 1; j < count; j++) best = Math.max(best, bets[j] ?? 0);
  let sum = 0;
  for (let j = 0; j < count; j++) {
    const behind = (bets[j] ?? 0) - best;
    const part = behind < NEGLIGIBLE ? 0 : ((weights[j] ?? 0) * kept + added) * Math.exp(behind);
    weights[j] = part;
    sum += part;
  }
  if (!(sum > 0)) {
    // Every bet lost beyond what a number holds.
    process.log = NEVER;
    weights.fill(1 / count);
    return;
  }
  for (let j = 0; j < count; j++) weights[j] = (weights[j] ?? 0) / sum;
  process.log = Math.max(NEVER, top + best + Math.log(sum));
}

/**
 * Lowers the evidence so that `agree` scrapes are needed to reach `level`, however strong a single one is.
 * An e-process that is lowered stays one.
 */
export function cap(process: EProcess, before: number, level: number, agree: number): void {
  const stride = level / agree;
  process.log = Math.min(process.log, Math.max(before + stride, stride));
}
