import type { Scrape } from "../types.ts";

/** One interval of both sides with the weight it ran under. */
export interface Reading extends Scrape {
  /** Canary's committed percent at the end of the interval. */
  readonly percent: number;
  /** False when the weight changed within the interval, or a counter restarted: counts of arrivals prove nothing then. */
  readonly settled: boolean;
}

/** One interval of the stable side alone, from before the canary had traffic. */
export interface PastReading {
  /** Epoch ms; the interval is (from, at]. */
  readonly from: number;
  readonly at: number;
  readonly stable: Scrape["stable"];
}

/** A harm the team accepts: the canary's rate may be `factor` times the stable side's, and `plus` more. */
export interface Margin {
  readonly factor: number;
  /** A fraction of requests. */
  readonly plus: number;
}

export interface Options {
  /** Accepted probability that an equal canary is rolled back, for the whole release and all channels together. */
  readonly falseRollback: number;
  readonly errors: Margin;
  readonly latency: Margin;
  /** The canary must get at least this part of the share committed for it. */
  readonly arrivals: number;
  /** A limit for the canary's error rate whatever the stable side does, a fraction; null for none. */
  readonly limit: number | null;
  /** How long after its first traffic the canary's latency is only watched, ms. */
  readonly warmUp: number;
  /** Least time a weight stays live before the next, ms: of the first weight and of the others. */
  readonly bake: { readonly first: number; readonly later: number };
  /** A release is done this long after the canary's first request, and after at least so long at 100 %, ms. */
  readonly watch: { readonly since: number; readonly least: number };
  /** After so long in a step "not seen to be worse" is enough to go on, ms. */
  readonly patience: number;
  /** How long both sides may be in trouble before the release gives up, ms. */
  readonly trouble: number;
  /** Extra failures that may be risked in the minute a reaction takes. */
  readonly risk: number;
}

/** Log-evidence of a mixture of bets; `weights` are its parts and add up to 1. */
export interface EProcess {
  log: number;
  weights: number[];
}

/** What is known about the spread of a count beyond chance (see dispersion.ts). */
export interface Spread {
  canary: number;
  stable: number;
  canaryUnits: number;
  stableUnits: number;
  /** The running block. */
  block: { scrapes: number; canary: number; stable: number; canaryUnits: number; stableUnits: number };
  blocks: number;
  /** Sums of weighted squared residuals and of their weights. */
  residuals: number;
  weight: number;
}

/** The complementary evidence that harm is less than some bound (see bound.ts). */
export interface Bound {
  /** ln of each bet, and the canary requests it was made on. */
  bets: number[];
  requests: number;
}

export interface Habit {
  /** Share of requests: over the calm part of the history, and an upper estimate of it. */
  readonly share: number;
  readonly upper: number;
  /** The worst minute in the history. */
  readonly worst: number;
  /** Variance over mean of the counts in a minute; excess variance relative to the mean. */
  readonly fano: number;
  readonly frailty: number;
}

/** What the stable side did before the canary existed. */
export interface Baseline {
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  readonly errors: Habit;
  readonly latency: readonly (Habit & { /** milliseconds */ readonly le: number })[];
  /** Times in the history in which the errors were far above the rest. */
  readonly bursts: { readonly count: number /** ms */; readonly longest: number; readonly calm: boolean };
}

export interface LatencyChannel {
  /** An edge of the histogram, ms: the channel counts requests that took longer. */
  le: number;
  process: EProcess;
  spread: Spread;
  /** Against the history, for the time without a stable side. */
  past: EProcess;
}

/**
 * All that a verdict is made from: plain JSON of a few kilobytes, folded scrape by scrape.
 * It holds no time series; whatever was folded need not be read again.
 */
export interface Summary {
  schema: 1;
  base: Baseline;
  /** Epoch ms of the last interval folded. */
  asOf: number;
  /** Canary percent in effect, and since when. */
  percent: number;
  since: number;
  /** When the canary got its first request; null before. */
  born: number | null;
  /** Highest percent so far, and the percent before the last change. */
  peak: number;
  before: number;
  /** Probability mass for "the harm begins now" that is not spent yet. */
  onset: number;
  errors: { process: EProcess; spread: Spread; bound: Bound };
  latency: LatencyChannel[];
  /** Latency evidence of the warm-up, which may delay but not fail. */
  warm: number;
  tail: { le: number; bound: Bound } | null;
  arrivals: {
    process: EProcess;
    spread: Spread /** onset mass of intervals that could not be used */;
    onset: number;
  };
  past: EProcess;
  limit: EProcess;
  /** Of the current step. */
  step: StepTally;
  /** Decaying sums over about five minutes of the stable side, and requests a second of both. */
  recent: { requests: number; errors: number; rate: number };
  incident: Incident;
  /** Milliseconds spent at 100 % without alarm. */
  watched: number;
}

export interface StepTally {
  scrapes: number;
  canary: Tally;
  stable: Tally;
}

interface Tally {
  requests: number;
  errors: number;
}

export interface Incident {
  /** Evidence that the side that serves everybody is far above its past. */
  log: number;
  /** Epoch ms of the begin of the current one; null when calm. */
  since: number | null;
  /** Scrapes since the last one ended; absent where there was none, and in documents from before it was kept. */
  calm?: number;
  /** It began in one of the first two scrapes after the weight rose to this percent; null otherwise. */
  raised: { to: number; scrapes: number } | null;
  /** Weight rises that were followed by trouble which went when the weight did. */
  blame: number;
  /** The weight fell, and what that did to the trouble is not seen yet. */
  retreat: { scrapes: number; weight: number } | null;
}
