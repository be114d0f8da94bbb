import { type Odds, twoSample } from "./bets.ts";
import { addToBound } from "./bound.ts";
import { BUDGET } from "./options.ts";
import { blockEvents, type Interval, raise } from "./raise.ts";
import { addToSpread, dispersion, expectedSpread } from "./spread.ts";
import type { Summary } from "./types.ts";

const MOST = 30;

/** Failed requests of the canary against those of the stable side beside it. */
export function addErrors(summary: Summary, interval: Interval, odds: Odds): void {
  const { canary, stable } = interval.reading;
  const { base, incident } = summary;
  const { process, spread, bound } = summary.errors;
  const expected = expectedSpread(base.errors, blockEvents(interval.reading, base.errors.share), MOST);
  const phi = dispersion(spread, expected);
  const agree = base.bursts.calm ? 2 : 4;
  raise(process, twoSample(odds, canary.errors, stable.errors, phi), interval, BUDGET.errors, agree);
  // What both sides suffer together says little about how they differ.
  if (incident.log === 0) {
    addToBound(bound, pair(canary), pair(stable), phi);
  }
  addToSpread(spread, canary.errors, stable.errors, canary.requests, stable.requests, expected);
}

function pair({ requests, errors }: { readonly requests: number; readonly errors: number }) {
  return { requests, events: errors };
}
