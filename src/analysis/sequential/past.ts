import { oneSample, RATIO_COUNT } from "./bets.ts";
import { newProcess } from "./e-process.ts";
import { BUDGET } from "./options.ts";
import { type Interval, raise } from "./raise.ts";
import { BLOCK, dispersion, expectedSpread } from "./spread.ts";
import type { Summary } from "./types.ts";

/** How far above the stable side's habit the canary's errors may be. */
const FACTOR = 1.5;
const PLUS = 0.001;
const MOST = 30;

/**
 * The canary's errors against what the stable side used to do, and against the limit the team wrote, raised to
 * that habit. The only evidence there is with very little traffic, and at 100 %. It supposes that the service
 * is as it was: while both sides are in trouble neither counts, and without a stable side the past only alarms.
 */
export function addPast(summary: Summary, interval: Interval): void {
  const { canary } = interval.reading;
  const { base, recent, incident, percent } = summary;
  const { limit } = interval.options;
  if (incident.since !== null && percent < 100) {
    summary.past = newProcess(RATIO_COUNT);
    summary.limit = newProcess(RATIO_COUNT);
    return;
  }
  const lately = recent.requests > 0 ? recent.errors / recent.requests : 0;
  const usual = Math.min(1, FACTOR * Math.max(base.errors.upper, lately) + PLUS);
  const expected = expectedSpread(base.errors, BLOCK * canary.requests * base.errors.share, MOST);
  const phi = dispersion(summary.errors.spread, expected);
  const agree = base.bursts.calm ? 3 : 4;
  const against = (q: number) => oneSample(canary.errors, canary.requests, q, phi);
  if (base.requests > 0) raise(summary.past, against(usual), interval, BUDGET.past, agree);
  if (limit === null) return;
  const raised = base.requests > 0 ? Math.max(limit, usual) : limit;
  raise(summary.limit, against(raised), interval, BUDGET.limit, agree);
}
