import type { Slo } from "../config/types.ts";
import { total } from "./counts.ts";
import { begin } from "./sequential/begin.ts";
import { fold } from "./sequential/fold.ts";
import { forecast } from "./sequential/forecast.ts";
import { learn } from "./sequential/history.ts";
import { DEFAULTS } from "./sequential/options.ts";
import { beginSlowLimit, foldSlowLimit, SLOW_BUDGET, type SlowLimit } from "./sequential/slow-limit.ts";
import type { Options, Reading, Summary } from "./sequential/types.ts";
import { follow, NO_TRACK, type Track } from "./track.ts";
import type { Counts, Past, Scrape } from "./types.ts";

/** What the judge knows of a release: a few kilobytes of JSON, kept in its document from step to step. */
export interface Judgement {
  readonly summary: Summary;
  /** For each latency SLO that is judged sequentially, in their order. */
  readonly slow: readonly SlowLimit[];
  /** Both sides since the present weight went live. */
  readonly window: {
    /** Epoch ms; null while the weight is not live. */
    readonly from: number | null;
    /** In which the canary had requests; absent in documents from before it was kept. */
    readonly scrapes?: number;
    readonly canary: KeptCounts;
    readonly stable: KeptCounts;
  };
  /** Since the first weight, for people; absent in documents from before it was kept. */
  readonly track?: Track;
}

/** Counts as JSON can say them: an edge of null is beyond all. */
interface KeptCounts extends Omit<Counts, "latency"> {
  readonly latency: readonly { readonly le: number | null; readonly count: number }[];
}

/** What a rollout says of how it is judged. */
export interface Judging {
  readonly slos: readonly Slo[];
  /** Canary requests that a plain limit needs. */
  readonly minRequests: number;
  /** Accepted probability that a good release is rolled back. */
  readonly falseRollback: number;
}

/** The weight that a look sees, and since when. */
export interface Position {
  /** Weights of the ladder over 0, ascending. */
  readonly rungs: readonly number[];
  /** Percent in effect. */
  readonly percent: number;
  /** Epoch ms: since when it is live. */
  readonly since: number;
  /** The canary gets nothing but what the split decides, so shares mean something. */
  readonly settled: boolean;
  readonly now: number;
}

const NOTHING: KeptCounts = { requests: 0, errors: 0, latency: [] };

/** Whether anything but plain limits is asked for. */
export function isSequential({ slos }: Judging): boolean {
  return slos.some((slo) => slo.kind !== "query" && slo.mode === "sequential");
}

/** Before the first reading. `past`: the stable side before the release, as much as there is; `at`: epoch ms from which readings count. */
export function beginJudgement(judging: Judging, past: readonly Past[], at: number): Judgement {
  return {
    summary: begin(learn(past), at),
    slow: limitsOf(judging).map((slo) => beginSlowLimit(slo, past)),
    window: { from: null, canary: NOTHING, stable: NOTHING },
    track: NO_TRACK,
  };
}

/** With the scrapes after `summary.asOf` in it. Folding in two parts gives what folding in one does. */
export function foldJudgement(
  judgement: Judgement,
  judging: Judging,
  position: Position,
  scrapes: readonly Scrape[],
): Judgement {
  const options = optionsOf(judging);
  const fresh = scrapes.filter(({ at }) => at > judgement.summary.asOf);
  const q = quantileOf(judging);
  let { summary, slow, track = NO_TRACK } = judgement;
  for (const scrape of fresh) {
    const before = summary;
    summary = fold(summary, [readingOf(scrape, summary, position)], options);
    slow = slow.map((limit) => foldSlowLimit(limit, scrape, before.onset - summary.onset, summary));
    track = follow(track, scrape, summary.percent, q);
  }
  const known = judgement.window.from === position.since ? judgement.window : null;
  const since = fresh.filter(({ at }) => at > position.since);
  const whole = known === null ? since : [scrapeOf(known, position.since), ...since];
  const before = known === null ? 0 : (known.scrapes ?? judgement.summary.step.scrapes);
  const window = {
    from: position.since,
    scrapes: before + since.filter(({ canary }) => canary.requests > 0).length,
    canary: kept(total(whole, "canary")),
    stable: kept(total(whole, "stable")),
  };
  return { summary, slow, window, track };
}

function readingOf(scrape: Scrape, summary: Summary, position: Position): Reading {
  const within = scrape.at > position.since;
  const percent = within ? position.percent : summary.percent;
  // The scrape in which a weight went live saw both.
  return {
    ...scrape,
    percent,
    settled: position.settled && within && percent === summary.percent && scrape.restarted !== true,
  };
}

/** What was counted before as if it were one scrape. */
function scrapeOf(window: Judgement["window"], at: number): Scrape {
  return { at, canary: countsOf(window.canary), stable: countsOf(window.stable) };
}

function kept(counts: Counts): KeptCounts {
  return {
    ...counts,
    latency: counts.latency.map(({ le, count }) => ({ le: le === Infinity ? null : le, count })),
  };
}

export function countsOf(counts: KeptCounts): Counts {
  return { ...counts, latency: counts.latency.map(({ le, count }) => ({ le: le ?? Infinity, count })) };
}

function limitsOf({ slos }: Judging): readonly Extract<Slo, { kind: "latency" }>[] {
  return slos.flatMap((slo) => (slo.kind === "latency" && slo.mode === "sequential" ? [slo] : []));
}

/** The one that people are shown: of the first latency SLO, else the 99th of a hundred. */
export function quantileOf({ slos }: Pick<Judging, "slos">): number {
  return slos.find((slo) => slo.kind === "latency")?.quantile ?? 0.99;
}

/** Time is the release's own business, by its steps and holds; the judge only says what is known. */
export function optionsOf(judging: Judging): Options {
  const { slos, falseRollback } = judging;
  const limits = slos.flatMap((slo) =>
    slo.kind === "errorRate" && slo.mode === "sequential" ? [slo.max] : [],
  );
  return {
    ...DEFAULTS,
    falseRollback: limitsOf(judging).length === 0 ? falseRollback : falseRollback * (1 - SLOW_BUDGET),
    limit: limits.length === 0 ? null : Math.min(...limits),
    bake: { first: 0, later: 0 },
    watch: { since: Number.POSITIVE_INFINITY, least: 0 },
    trouble: Number.POSITIVE_INFINITY,
  };
}

/** How a release climbs. */
interface Climbing {
  /** Percent and least time (ms) of each. */
  readonly steps: readonly { readonly weight: number; readonly bake: number }[];
  /** Steps that the evidence makes needless are skipped. */
  readonly auto: boolean;
  /** ms until a committed weight is live. */
  readonly lag: number;
}

/** What a release as good as stable may expect of today's traffic. */
export interface Expectation {
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds until the last weight is live and has baked; null beyond a week. */
  readonly takes: number | null;
  /** Percents that are committed on the way. */
  readonly path: readonly number[];
}

/** Null where nothing is known of the traffic. */
export function expectation(
  judging: Judging,
  past: readonly Past[],
  { steps, auto, lag }: Climbing,
): Expectation | null {
  const base = learn(past);
  if (base.requests === 0) return null;
  const rungs = [...new Set(steps.map(({ weight }) => weight))].filter((weight) => weight > 0);
  // Several steps may have one weight.
  const bake = (percent: number) =>
    steps.reduce((sum, step) => sum + (step.weight === percent ? step.bake : 0), 0);
  const { full, path } = forecast(base, { rungs, skips: auto, bake, lag }, optionsOf(judging));
  const takes = full === null ? null : bake(0) + full + lag + bake(rungs.at(-1) ?? 100);
  return { rate: base.rate, takes, path };
}
