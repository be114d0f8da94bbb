import { LEFT_COUNT, RATIO_COUNT } from "./bets.ts";
import { newBound } from "./bound.ts";
import { NEVER, newProcess } from "./e-process.ts";
import { newIncident } from "./incident.ts";
import { newSpread } from "./spread.ts";
import type { Baseline, StepTally, Summary } from "./types.ts";

/** The exceedance share of a p99: the edge nearest to it is the one that a weight's rise asks about. */
const TAIL = 0.01;

/** A release before its first reading. `at`: epoch ms from which readings count. */
export function begin(base: Baseline, at: number): Summary {
  const distance = (share: number) => Math.abs(Math.log((share + 1e-5) / TAIL));
  const tail = base.latency.toSorted((a, b) => distance(a.share) - distance(b.share))[0];
  return {
    schema: 1,
    base,
    asOf: at,
    percent: 0,
    since: at,
    born: null,
    peak: 0,
    before: 0,
    onset: 1,
    errors: { process: newProcess(RATIO_COUNT), spread: newSpread(), bound: newBound() },
    latency: base.latency.map(({ le }) => ({
      le,
      process: newProcess(RATIO_COUNT),
      spread: newSpread(),
      past: newProcess(RATIO_COUNT),
    })),
    warm: NEVER,
    tail: tail ? { le: tail.le, bound: newBound() } : null,
    arrivals: { process: newProcess(LEFT_COUNT), spread: newSpread(), onset: 0 },
    past: newProcess(RATIO_COUNT),
    limit: newProcess(RATIO_COUNT),
    step: newTally(),
    recent: { requests: 0, errors: 0, rate: base.rate },
    incident: newIncident(),
    watched: 0,
  };
}

export function newTally(): StepTally {
  return { scrapes: 0, canary: { requests: 0, errors: 0 }, stable: { requests: 0, errors: 0 } };
}
