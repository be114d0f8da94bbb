import { arrivalsBets } from "./bets.ts";
import { BUDGET } from "./options.ts";
import { type Interval, raise } from "./raise.ts";
import { addToSpread, dispersion } from "./spread.ts";
import type { Summary } from "./types.ts";

/** Long connections carry several requests each: a little more spread than single requests have. */
const EXPECTED = 1.2;
const AGREE = 3;

/** Requests that never arrive: the share the canary received against the share committed for it. */
export function addArrivals(summary: Summary, interval: Interval): void {
  const { canary, stable, percent, settled } = interval.reading;
  const { arrivals } = summary;
  // An interval that proves nothing keeps its onset mass for the next one.
  arrivals.onset += interval.onset;
  if (!settled || percent <= 0 || percent >= 100) return;
  const share = percent / 100;
  const phi = dispersion(arrivals.spread, EXPECTED);
  const bets = arrivalsBets(canary.requests, stable.requests, share, interval.options.arrivals, phi);
  raise(arrivals.process, bets, { ...interval, onset: arrivals.onset }, BUDGET.arrivals, AGREE);
  arrivals.onset = 0;
  addToSpread(arrivals.spread, canary.requests, stable.requests, share, 1 - share, EXPECTED);
}
