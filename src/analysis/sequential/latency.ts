import { type Odds, oneSample, RATIO_COUNT, twoSample } from "./bets.ts";
import { addToBound } from "./bound.ts";
import { NEVER, newProcess } from "./e-process.ts";
import { isMost, latencyEvidence } from "./evidence.ts";
import { slower } from "./history.ts";
import { BUDGET } from "./options.ts";
import { blockEvents, type Interval, raise } from "./raise.ts";
import { addToSpread, dispersion, expectedSpread } from "./spread.ts";
import type { LatencyChannel, Summary } from "./types.ts";

/** Onset mass of the processes that begin anew when the warm-up ends. */
const AFTER_WARM_UP = 0.25;
/** How far above its worst minute latency must be to be told from its habit. */
const ALARMING = 2;

/**
 * Requests slower than an edge of the histogram, canary against stable: exact counts, where a quantile would be a
 * guess inside a bucket. While the canary warms up the evidence is kept apart: it may delay, but not fail.
 */
export function addLatency(summary: Summary, interval: Interval, odds: Odds): void {
  const { born } = summary;
  const warming = born !== null && interval.reading.at - born <= interval.options.warmUp;
  const ending = born !== null && !warming && summary.warm === NEVER;
  if (ending) {
    summary.warm = latencyEvidence(summary);
    for (const channel of summary.latency) channel.process = newProcess(RATIO_COUNT);
  }
  const onset = ending ? Math.max(interval.onset, AFTER_WARM_UP) : interval.onset;
  for (const channel of summary.latency) addEdge(summary, channel, { ...interval, onset }, odds, warming);
}

function addEdge(
  summary: Summary,
  channel: LatencyChannel,
  interval: Interval,
  odds: Odds,
  warming: boolean,
): void {
  const habit = summary.base.latency.find(({ le }) => le === channel.le);
  if (!habit) return;
  const { canary, stable } = interval.reading;
  const slow = { canary: slower(canary, channel.le), stable: slower(stable, channel.le) };
  const expected = expectedSpread(habit, blockEvents(interval.reading, habit.share), Infinity);
  const phi = dispersion(channel.spread, expected);
  const budget = BUDGET.latency / summary.latency.length;
  const agree = warming ? 1 : summary.base.bursts.calm ? 3 : 4;
  raise(channel.process, twoSample(odds, slow.canary, slow.stable, phi), interval, budget, agree);
  if (warming) return;
  if (summary.tail?.le === channel.le) {
    addToBound(
      summary.tail.bound,
      { requests: canary.requests, events: slow.canary },
      { requests: stable.requests, events: slow.stable },
      phi,
    );
  }
  addToSpread(channel.spread, slow.canary, slow.stable, canary.requests, stable.requests, expected);
  if (!isMost(summary.percent)) return;
  const { factor, plus } = interval.options.latency;
  const q = ALARMING * factor * Math.max(habit.upper, habit.worst) + plus;
  raise(channel.past, oneSample(slow.canary, canary.requests, q, phi), interval, budget, 1);
}
