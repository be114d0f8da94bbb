import { evidenceBelow } from "./bound.ts";
import { NEVER } from "./e-process.ts";
import { evidence, warming } from "./evidence.ts";
import { latencyEvidence } from "./fold.ts";
import type { Options, Summary } from "./types.ts";

export interface Ladder {
  /** Percents in ascending order, the last one usually 100. */
  readonly rungs: readonly number[];
  /** The percent last committed: until it is in effect nothing rises. */
  readonly committed: number;
  /** The newest scrape was complete on both sides. */
  readonly fresh: boolean;
  /** Epoch ms. */
  readonly now: number;
}

export type NextStep =
  | { readonly kind: "advance" | "retreat"; readonly percent: number; readonly words: string }
  | { readonly kind: "wait" | "fail" | "done"; readonly words: string };

/** Suspicion that keeps a weight from rising. */
const SUSPICION = 0;
/** Doubt that is not left open at full weight. */
const DOUBT = Math.log(4);
/** Evidence against the history that ends a time without a stable side beside it. */
const ALARM = 3.4;
const RISK = Math.log(20);
/** Largest factor from one weight to the next. */
const STRIDE = 5;
const FEW = 5;

/** What the evidence allows: pure, and the same for a release and for the arena. */
export function nextStep(summary: Summary, ladder: Ladder, options: Options): NextStep {
  return failure(summary, ladder, options) ?? retreat(summary, ladder) ?? rise(summary, ladder, options);
}

function failure(summary: Summary, ladder: Ladder, options: Options): NextStep | null {
  const { incident, percent } = summary;
  if (evidence(summary) >= Math.log(1 / options.falseRollback)) {
    return { kind: "fail", words: "the canary is worse than the stable side" };
  }
  if (incident.blame >= (summary.base.bursts.calm ? 2 : 3)) {
    return { kind: "fail", words: "trouble came with the canary's weight and went with it" };
  }
  if (incident.since !== null && ladder.now - incident.since >= options.trouble) {
    return { kind: "fail", words: "both sides have been in trouble for too long" };
  }
  if (
    percent > 0 &&
    percent < 100 &&
    incident.since === null &&
    ladder.now - summary.since >= options.trouble
  ) {
    return { kind: "fail", words: "not seen to be harmless for too long" };
  }
  return null;
}

function retreat(summary: Summary, ladder: Ladder): NextStep | null {
  const { incident, base, percent } = summary;
  if (ladder.committed !== percent) return null;
  const known = base.bursts.calm ? 0 : 1.5 * Math.max(60_000, base.bursts.longest);
  const patience = known + (incident.blame > 0 ? 30_000 : 0);
  const lasting = incident.since !== null && summary.asOf - incident.since >= patience;
  if (percent < 100) {
    if (!lasting || incident.raisedTo !== percent || summary.before >= percent) return null;
    return {
      kind: "retreat",
      percent: summary.before,
      words: "both sides are in trouble since the weight rose",
    };
  }
  const alarmed =
    evidence(summary) >= DOUBT ||
    (patience === 0 &&
      (summary.past.log >= ALARM || summary.latency.some(({ past }) => past.log >= 2 * ALARM)));
  if (!lasting && !alarmed) return null;
  const control = controlRung(summary, ladder.rungs);
  return control === null
    ? null
    : { kind: "retreat", percent: control, words: "far above the past, and no stable side to compare with" };
}

/** A weight at which both sides have enough requests to be compared. */
function controlRung(summary: Summary, rungs: readonly number[]): number | null {
  const below = rungs.filter((rung) => rung > 0 && rung <= 50);
  return below.find((rung) => (summary.recent.rate * 60 * rung) / 100 >= 240) ?? below.at(-1) ?? null;
}

function rise(summary: Summary, ladder: Ladder, options: Options): NextStep {
  const wait = (words: string): NextStep => ({ kind: "wait", words });
  const { incident, percent } = summary;
  const now = ladder.now;
  if (ladder.committed === 0 && percent === 0) {
    const first = firstRung(summary, ladder.rungs);
    return incident.since === null
      ? { kind: "advance", percent: first, words: "the first weight at which something can be seen" }
      : wait("the service is in trouble already");
  }
  if (ladder.committed !== percent) return wait("the weight is not in effect yet");
  if (!ladder.fresh) return wait("the last scrape is missing");
  if (incident.since !== null) return wait("both sides are in trouble");
  const waited = now - summary.since;
  const doubtful =
    waited < 2 * options.patience ? doubt(summary) >= SUSPICION : evidence(summary) >= SUSPICION;
  if (percent < 100 && doubtful) return wait("not sure that the canary is no worse");
  if (percent >= (ladder.rungs.at(-1) ?? 100)) {
    if (percent < 100) return { kind: "done", words: "the ladder is climbed" };
    const age = now - (summary.born ?? now);
    if (summary.watched < options.watch.least || age < options.watch.since) return wait("watching at 100 %");
    return { kind: "done", words: "watched at 100 %" };
  }
  const bake = summary.peak <= (ladder.rungs[0] ?? 0) ? options.bake.first : options.bake.later;
  if (waited < bake || summary.step.scrapes < 3) return wait("baking");
  if (suspectWarmUp(summary, now, options)) return wait("latency was worse while warming up");
  const patient =
    waited >= 2 * options.patience || (waited >= options.patience && notWorse(summary, options));
  if (summary.step.canary.requests < FEW && waited < options.patience) return wait("too few requests");
  const rung = nextRung(summary, ladder.rungs, patient, options);
  return rung === null
    ? wait("harm at the next weight is not excluded")
    : { kind: "advance", percent: rung, words: "harm at the next weight is excluded" };
}

function firstRung(summary: Summary, rungs: readonly number[]): number {
  const below = rungs.filter((rung) => rung <= 50);
  const enough = below.find((rung) => (summary.recent.rate * 60 * rung) / 100 >= 6);
  return enough ?? below.at(-1) ?? rungs[0] ?? 100;
}

function suspectWarmUp(summary: Summary, now: number, options: Options): boolean {
  if (summary.born === null || summary.latency.length === 0) return false;
  if (warming(summary)) return latencyEvidence(summary) >= SUSPICION;
  return summary.warm >= SUSPICION && now - summary.born < 2 * options.warmUp;
}

function nextRung(
  summary: Summary,
  rungs: readonly number[],
  patient: boolean,
  options: Options,
): number | null {
  const { percent, peak } = summary;
  const above = rungs.filter((rung) => rung > percent);
  const next = above[0];
  if (next === undefined) return null;
  const reachable = above.filter(
    (rung) => rung <= peak || rung === next || (rung <= percent * STRIDE && rung <= 50),
  );
  return reachable.findLast((rung) => allowed(summary, rung, patient, options)) ?? null;
}

/** Harm that would hurt the whole service by 0.5 %, or cost more failures than are risked, is excluded. */
function allowed(summary: Summary, rung: number, patient: boolean, options: Options): boolean {
  if (rung <= summary.peak) return true;
  const share = rung / 100;
  const minute = Math.max(1e-9, summary.recent.rate * 60 * share);
  const risked = options.risk / minute;
  const harm = patient ? 0.25 : Math.max(0.01, 0.005 / share);
  const errors = Math.max(harm, risked);
  if (errors < 1 && evidenceBelow(summary.errors.bound, errors) < RISK) return false;
  const slow = Math.max(patient ? 0.25 : 0.02 / share, risked);
  return !summary.tail || warming(summary) || slow >= 1 || evidenceBelow(summary.tail.bound, slow) >= RISK;
}

function notWorse({ step }: Summary, options: Options): boolean {
  const mine = step.canary.errors / Math.max(1, step.canary.requests);
  const theirs = step.stable.errors / Math.max(1, step.stable.requests);
  return mine <= 1.25 * theirs + options.errors.plus;
}

/** The strongest evidence of any single channel, without its part of the budget. */
function doubt(summary: Summary): number {
  return Math.max(
    summary.errors.process.log,
    warming(summary) ? NEVER : latencyEvidence(summary),
    summary.arrivals.process.log,
    summary.past.log,
  );
}
