import { type Odds, twoSample } from "./bets.ts";
import { addToBound } from "./bound.ts";
import { BUDGET } from "./options.ts";
import { blockEvents, type Interval, raise } from "./raise.ts";
import { addToSpread, dispersion, expectedSpread } from "./spread.ts";
import type { Summary } from "./types.ts";

const MOST = 30;
/** A share of errors that no start excuses. */
const GROSS = 0.1;

/** Failed requests of the canary against those of the stable side beside it. */
export function addErrors(summary: Summary, interval: Interval, odds: Odds): void {
  const { canary, stable } = interval.reading;
  const { base, incident } = summary;
  const { process, spread, bound } = summary.errors;
  const expected = expectedSpread(base.errors, blockEvents(interval.reading, base.errors.share), MOST);
  const phi = dispersion(spread, expected);
  const agree = agreement(summary, interval);
  raise(process, twoSample(odds, canary.errors, stable.errors, phi), interval, BUDGET.errors, agree);
  // What both sides suffer together says little about how they differ.
  if (incident.log === 0) {
    addToBound(bound, pair(canary), pair(stable), phi);
  }
  addToSpread(spread, canary.errors, stable.errors, canary.requests, stable.requests, expected);
}

/**
 * How many scrapes must agree: more where the history has bursts, and for moderate errors of a canary that has
 * only just begun.
 */
function agreement({ base, born }: Summary, { reading, options }: Interval): number {
  if (!base.bursts.calm) return 4;
  const { at, canary } = reading;
  const starting = born !== null && at - born <= options.warmUp;
  return starting && canary.errors < GROSS * canary.requests ? 3 : 2;
}

function pair({ requests, errors }: { readonly requests: number; readonly errors: number }) {
  return { requests, events: errors };
}
