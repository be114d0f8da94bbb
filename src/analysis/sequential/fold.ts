import { addArrivals } from "./arrivals.ts";
import { newTally } from "./begin.ts";
import { newOdds, RATIO_COUNT, setOdds } from "./bets.ts";
import { agedBound } from "./bound.ts";
import { copied } from "./copy.ts";
import { newProcess } from "./e-process.ts";
import { addErrors } from "./errors.ts";
import { trickling } from "./evidence.ts";
import { noteRetreat, resetIncident, watchIncident } from "./incident.ts";
import { addLatency } from "./latency.ts";
import { addPast } from "./past.ts";
import type { Options, Reading, Summary } from "./types.ts";

/** Of the onset mass: at the first canary traffic, of what is left at each new weight, and at every scrape. */
const ONSET = { birth: 0.5, weight: 0.12, scrape: 1 / 600 } as const;
/** ms in which the stable side's recent past fades. */
const RECENT = 300_000;

/** The summary with more readings in it, oldest first; those it has already are left out. The old one is not touched. */
export function fold(summary: Summary, readings: readonly Reading[], options: Options): Summary {
  const next = copied(summary);
  for (const reading of readings) if (reading.at > next.asOf) add(next, reading, options);
  return next;
}

/** Written anew for each reading, before anything is read from them. */
const odds = { errors: newOdds(), latency: newOdds() };

function add(summary: Summary, reading: Reading, options: Options): void {
  const began = summary.asOf;
  summary.asOf = reading.at;
  if (reading.percent !== summary.percent) enter(summary, reading.percent, began);
  const interval = { reading, onset: spendOnset(summary, reading, began), options };
  summary.step.scrapes += 1;
  setOdds(odds.errors, reading.canary.requests, reading.stable.requests, options.errors);
  setOdds(odds.latency, reading.canary.requests, reading.stable.requests, options.latency);
  watchIncident(summary, reading, began);
  addErrors(summary, interval, odds.errors);
  addLatency(summary, interval, odds.latency);
  addArrivals(summary, interval);
  addPast(summary, interval);
  tally(summary, reading, began);
}

/** A new weight is in effect. */
function enter(summary: Summary, percent: number, at: number): void {
  summary.before = summary.percent;
  summary.percent = percent;
  summary.since = at;
  if (percent < summary.before) {
    noteRetreat(summary);
    // What struck a canary that stood alone may have struck both: the comparison begins anew.
    if (!trickling(summary)) summary.past = newProcess(RATIO_COUNT);
  }
  if ((percent === 100) !== (summary.before === 100)) resetIncident(summary.incident);
  summary.peak = Math.max(summary.peak, percent);
  summary.step = newTally();
  for (const channel of summary.latency) channel.past = newProcess(RATIO_COUNT);
  summary.errors.bound = agedBound(summary.errors.bound);
  if (summary.tail) summary.tail.bound = agedBound(summary.tail.bound);
}

/** The prior probability that the harm begins in this interval. All of them add up to at most 1. */
function spendOnset(summary: Summary, reading: Reading, began: number): number {
  let part: number = ONSET.scrape;
  if (summary.born === null) {
    if (reading.canary.requests === 0) return 0;
    summary.born = began;
    part = ONSET.birth;
  } else if (summary.step.scrapes === 0) part = ONSET.weight;
  const onset = summary.onset * part;
  summary.onset -= onset;
  return onset;
}

function tally(summary: Summary, { canary, stable, at }: Reading, began: number): void {
  const { step, recent, incident } = summary;
  step.canary.requests += canary.requests;
  step.canary.errors += canary.errors;
  step.stable.requests += stable.requests;
  step.stable.errors += stable.errors;
  const elapsed = Math.max(1, at - began);
  const kept = Math.exp(-elapsed / RECENT);
  recent.requests = recent.requests * kept + stable.requests;
  recent.errors = recent.errors * kept + stable.errors;
  recent.rate = recent.rate * kept + (((canary.requests + stable.requests) * 1000) / elapsed) * (1 - kept);
  if (summary.percent === 100 && incident.since === null) summary.watched += elapsed;
}
