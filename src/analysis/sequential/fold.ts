import { arrivalsBets, LEFT_COUNT, oddsOf, oneSample, RATIO_COUNT, twoSample } from "./bets.ts";
import { addToBound, agedBound, newBound } from "./bound.ts";
import { cap, grow, NEVER, newProcess, temper } from "./e-process.ts";
import { slower } from "./history.ts";
import { newIncident, noteRetreat, watchIncident } from "./incident.ts";
import { BUDGET } from "./options.ts";
import { addToSpread, BLOCK, dispersion, expectedSpread, newSpread } from "./spread.ts";
import type { Baseline, EProcess, Options, Reading, Summary } from "./types.ts";

/** Of the onset mass: at the first canary traffic, of what is left at each new weight, and at every scrape. */
const ONSET = { birth: 0.5, weight: 0.12, scrape: 1 / 600 } as const;

/** A release before its first reading. `at`: epoch ms from which readings count. */
export function begin(base: Baseline, at: number): Summary {
  const tail = base.latency.toSorted((a, b) => distance(a.share) - distance(b.share))[0];
  const tally = () => ({ canary: { requests: 0, errors: 0 }, stable: { requests: 0, errors: 0 } });
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
    step: { scrapes: 0, ...tally(), peak: NEVER },
    total: tally(),
    recent: { requests: 0, errors: 0, rate: base.rate },
    incident: newIncident(),
    watched: 0,
  };
}

/** How far an exceedance share is from that of a p99. */
function distance(share: number): number {
  return Math.abs(Math.log((share + 1e-5) / 0.01));
}

/** The summary with more readings in it, oldest first; those it has already are left out. The old one is not touched. */
export function fold(summary: Summary, readings: readonly Reading[], options: Options): Summary {
  const next = structuredClone(summary);
  for (const reading of readings) if (reading.at > next.asOf) add(next, reading, options);
  return next;
}

function add(summary: Summary, reading: Reading, options: Options): void {
  const began = summary.asOf;
  summary.asOf = reading.at;
  const onset = spendOnset(summary, reading, began);
  const { canary, stable } = reading;
  summary.step.scrapes += 1;
  const n = canary.requests;
  const m = stable.requests;
  const odds = { errors: oddsOf(n, m, options.errors), latency: oddsOf(n, m, options.latency) };
  const context = { reading, onset, options, odds };
  watchIncident(summary, reading, began);
  addErrors(summary, context);
  addLatency(summary, context);
  addArrivals(summary, context);
  addPast(summary, context);
  tally(summary, reading, began);
}

interface Context {
  readonly reading: Reading;
  readonly onset: number;
  readonly options: Options;
  readonly odds: { readonly errors: ReturnType<typeof oddsOf>; readonly latency: ReturnType<typeof oddsOf> };
}

function spendOnset(summary: Summary, reading: Reading, began: number): number {
  let onset = 0;
  const spend = (part: number) => {
    onset += summary.onset * part;
    summary.onset -= summary.onset * part;
  };
  if (reading.percent !== summary.percent) {
    summary.before = summary.percent;
    summary.percent = reading.percent;
    if (summary.percent < summary.before) noteRetreat(summary);
    summary.peak = Math.max(summary.peak, reading.percent);
    summary.since = began;
    summary.step = {
      scrapes: 0,
      canary: { requests: 0, errors: 0 },
      stable: { requests: 0, errors: 0 },
      peak: NEVER,
    };
    summary.errors.bound = agedBound(summary.errors.bound);
    if (summary.tail) summary.tail.bound = agedBound(summary.tail.bound);
    if (summary.born !== null) spend(ONSET.weight);
  }
  if (summary.born === null && reading.canary.requests > 0) {
    summary.born = began;
    spend(ONSET.birth);
  } else if (summary.born !== null) spend(ONSET.scrape);
  return onset;
}

/** How many scrapes must agree before a channel may fail a release. */
export function agreement(summary: Summary): number {
  return summary.base.bursts.calm ? 2 : 4;
}

/** ln of the evidence at which a channel alone spends the budget. */
export function levelOf(options: Options, share: number): number {
  return Math.log(1 / options.falseRollback) - Math.log(share);
}

function raise(process: EProcess, bets: Float64Array, context: Context, budget: number, agree: number): void {
  const before = process.log;
  grow(process, bets, context.onset);
  cap(process, before, levelOf(context.options, budget), agree);
}

/** The part of a block's events that the canary should have. */
function expectedEvents(n: number, m: number, share: number): number {
  return n + m > 0 ? (BLOCK * n * m * share) / (n + m) : 0;
}

function addErrors(summary: Summary, context: Context): void {
  const { canary, stable } = context.reading;
  const { process, spread, bound } = summary.errors;
  const habit = summary.base.errors;
  const expected = expectedSpread(
    habit,
    expectedEvents(canary.requests, stable.requests, Math.max(habit.share, 1e-6)),
    30,
  );
  const phi = dispersion(spread, expected);
  raise(
    process,
    twoSample(context.odds.errors, canary.errors, stable.errors, phi),
    context,
    BUDGET.errors,
    agreement(summary),
  );
  // What both sides suffer together says little about how they differ.
  if (summary.incident.log === 0) {
    addToBound(
      bound,
      { requests: canary.requests, events: canary.errors },
      { requests: stable.requests, events: stable.errors },
      phi,
    );
  }
  addToSpread(spread, canary.errors, stable.errors, canary.requests, stable.requests, expected);
}

function addLatency(summary: Summary, context: Context): void {
  const { canary, stable, at } = context.reading;
  const { options } = context;
  const { born } = summary;
  const share = BUDGET.latency / Math.max(1, summary.latency.length);
  const warming = born !== null && at - born <= options.warmUp;
  const ending = born !== null && !warming && summary.warm === NEVER;
  if (ending) summary.warm = latencyEvidence(summary);
  for (const [index, channel] of summary.latency.entries()) {
    const habit = summary.base.latency[index];
    if (!habit) continue;
    if (ending) channel.process = newProcess(RATIO_COUNT);
    const slow = { canary: slower(canary, channel.le), stable: slower(stable, channel.le) };
    const expected = expectedSpread(
      habit,
      expectedEvents(canary.requests, stable.requests, Math.max(habit.share, 1e-6)),
      Infinity,
    );
    const phi = dispersion(channel.spread, expected);
    const bets = twoSample(context.odds.latency, slow.canary, slow.stable, phi);
    const onset = ending ? Math.max(context.onset, 0.25) : context.onset;
    raise(
      channel.process,
      bets,
      { ...context, onset },
      share,
      warming ? 1 : summary.base.bursts.calm ? 3 : 4,
    );
    if (summary.tail?.le === channel.le && !warming) {
      addToBound(
        summary.tail.bound,
        { requests: canary.requests, events: slow.canary },
        { requests: stable.requests, events: slow.stable },
        phi,
      );
    }
    if (!warming) {
      addToSpread(channel.spread, slow.canary, slow.stable, canary.requests, stable.requests, expected);
      const q = 2 * options.latency.factor * Math.max(habit.upper, habit.worst) + options.latency.plus;
      grow(channel.past, oneSample(slow.canary, canary.requests, q, phi), context.onset);
    }
  }
}

export function latencyEvidence(summary: Summary): number {
  let sum = 0;
  for (const { process } of summary.latency) sum += Math.exp(Math.min(process.log, 600));
  return sum > 0 ? Math.log(sum / summary.latency.length) : NEVER;
}

function addArrivals(summary: Summary, context: Context): void {
  const { canary, stable, percent, settled } = context.reading;
  const { process, spread } = summary.arrivals;
  const onset = summary.arrivals.onset + context.onset;
  summary.arrivals.onset = onset;
  if (!settled || percent <= 0 || percent >= 100) return;
  const share = percent / 100;
  const expected = 1.2;
  const phi = dispersion(spread, expected);
  raise(
    process,
    arrivalsBets(canary.requests, stable.requests, share, context.options.arrivals, phi),
    { ...context, onset },
    BUDGET.arrivals,
    3,
  );
  summary.arrivals.onset = 0;
  addToSpread(spread, canary.requests, stable.requests, share, 1 - share, expected);
}

function addPast(summary: Summary, context: Context): void {
  const { canary } = context.reading;
  const { base, recent, incident } = summary;
  const { options } = context;
  const lately = recent.requests > 0 ? recent.errors / recent.requests : 0;
  const usual = 1.5 * Math.max(base.errors.upper, lately) + 0.001;
  const agree = base.bursts.calm ? 2 : 4;
  const phi = dispersion(
    summary.errors.spread,
    expectedSpread(base.errors, BLOCK * canary.requests * base.errors.share, 30),
  );
  if (incident.since !== null && summary.percent < 100) {
    summary.past = newProcess(RATIO_COUNT);
    summary.limit = newProcess(RATIO_COUNT);
    return;
  }
  if (base.requests > 0) {
    raise(
      summary.past,
      oneSample(canary.errors, canary.requests, Math.min(1, usual), phi),
      context,
      BUDGET.past,
      agree,
    );
  }
  if (options.limit !== null) {
    const limit = base.requests > 0 ? Math.max(options.limit, usual) : options.limit;
    raise(summary.limit, oneSample(canary.errors, canary.requests, limit, phi), context, BUDGET.limit, agree);
  }
}

function tally(summary: Summary, reading: Reading, began: number): void {
  const { canary, stable } = reading;
  for (const counts of [summary.step, summary.total]) {
    counts.canary.requests += canary.requests;
    counts.canary.errors += canary.errors;
    counts.stable.requests += stable.requests;
    counts.stable.errors += stable.errors;
  }
  const elapsed = Math.max(1, reading.at - began);
  const kept = Math.exp(-elapsed / 300_000);
  const { recent, incident } = summary;
  recent.requests = recent.requests * kept + stable.requests;
  recent.errors = recent.errors * kept + stable.errors;
  recent.rate = recent.rate * kept + (((canary.requests + stable.requests) * 1000) / elapsed) * (1 - kept);
  if (summary.percent === 100 && incident.since === null) summary.watched += elapsed;
  // Evidence of an older step fades a little when the weight has fallen: what a higher weight did is not this one's.
  if (summary.step.scrapes === 1 && summary.percent < summary.before) temper(summary.past, 0.5);
}
