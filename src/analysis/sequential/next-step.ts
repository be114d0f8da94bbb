import { duration, number } from "../words.ts";
import { doubt, evidence, isMost, trickling, warmUpDoubt } from "./evidence.ts";
import { allowedRung, excludable, excludesGross, timeToExclude } from "./gate.ts";
import type { Options, Summary } from "./types.ts";

export interface Ladder {
  /**
   * Percents in ascending order. The last one is watched before the release is done: 100, or less where a small
   * part of the old version is held back to be compared with.
   */
  readonly rungs: readonly number[];
  /** The percent last committed: until it is in effect nothing rises. */
  readonly committed: number;
  /** The newest scrape was complete on both sides. */
  readonly fresh: boolean;
  /** Epoch ms. */
  readonly now: number;
}

/** What to do now. A `wait` for `time` means that the evidence is there already. */
export type NextStep =
  | { readonly kind: "advance"; readonly percent: number; readonly words: string }
  | { readonly kind: "retreat"; readonly percent: number; readonly words: string }
  | { readonly kind: "wait"; readonly for: "time" | "evidence" | "calm" | "data"; readonly words: string }
  | { readonly kind: "fail"; readonly words: string }
  | { readonly kind: "done"; readonly words: string };

/** Any sign of harm in a single channel keeps the weight from rising. */
const SUSPICION = 0;
/** The same once a release has taken long, of all channels together: noise must not hold it for ever. */
const LATE_SUSPICION = Math.log(2);
/** Doubt that is not left open at the last weight: at 100 % nothing there can resolve it, below it time does. */
const DOUBT = Math.log(4);
/** Evidence against the history that ends a time without a stable side beside it. */
const ALARM = 3.4;
/** Requests of a step that are waited for, as long as patience lasts. */
const FEW = 10;
/** Canary requests a minute that make a comparison quick, and those a first weight should have. */
const BRISK = 240;
const FIRST = 6;
/** Scrapes after a trouble of both sides in which nothing rises. */
const CALM = 3;
const BLAMED = { calm: 2, bursty: 3 } as const;

/** What the evidence allows: pure, and the same for a release and for the arena. */
export function nextStep(summary: Summary, ladder: Ladder, options: Options): NextStep {
  return failure(summary, ladder, options) ?? retreat(summary, ladder) ?? rise(summary, ladder, options);
}

function failure(summary: Summary, ladder: Ladder, options: Options): NextStep | null {
  const { incident, percent, base } = summary;
  const fail = (words: string): NextStep => ({ kind: "fail", words });
  if (evidence(summary) >= Math.log(1 / options.falseRollback)) {
    return fail("the canary is worse than the stable side");
  }
  if (incident.blame >= (base.bursts.calm ? BLAMED.calm : BLAMED.bursty)) {
    return fail("both sides got into trouble as the canary's weight rose, and out of it as it fell");
  }
  if (incident.since !== null && ladder.now - incident.since >= options.trouble) {
    return fail(`both sides have been in trouble for ${duration(options.trouble)}`);
  }
  const climbing = percent > 0 && percent < (ladder.rungs.at(-1) ?? 100) && incident.since === null;
  if (climbing && ladder.now - summary.since >= options.trouble) {
    return fail(
      `the canary could not be shown to be harmless at ${number(percent)} % within ${duration(options.trouble)}`,
    );
  }
  return null;
}

/** Back to a weight at which the two sides can be compared, or below the one that brought the trouble. */
function retreat(summary: Summary, ladder: Ladder): NextStep | null {
  const { incident, base, percent, before, asOf } = summary;
  // So little of the stable side is left that its requests tell nothing soon.
  const alone = isMost(percent) && perMinute(summary, 100 - percent) < BRISK;
  if (ladder.committed !== percent) return null;
  const known = base.bursts.calm ? 0 : 1.5 * Math.max(60_000, base.bursts.longest);
  const patience = known + (incident.blame > 0 ? 30_000 : 0);
  const lasting = incident.since !== null && asOf - incident.since >= patience;
  if (!alone) {
    if (!lasting || incident.raised?.to !== percent || before >= percent) return null;
    const words = `both sides are in trouble since the weight rose to ${number(percent)} %`;
    return { kind: "retreat", percent: before, words };
  }
  if (trickling(summary)) return null;
  const past = summary.past.log >= ALARM || summary.latency.some((channel) => channel.past.log >= 2 * ALARM);
  if (!lasting && evidence(summary) < DOUBT && !(past && patience === 0)) return null;
  const control = controlRung(summary, ladder.rungs);
  if (control === null) return null;
  const words = `worse than its past at ${number(percent)} %: a weight with more of the stable side beside it tells who is to blame`;
  return { kind: "retreat", percent: control, words };
}

/** A weight at which both sides have enough requests to be compared. */
function controlRung(summary: Summary, rungs: readonly number[]): number | null {
  const below = rungs.filter((rung) => rung > 0 && rung <= 50);
  return below.find((rung) => perMinute(summary, rung) >= BRISK) ?? below.at(-1) ?? null;
}

function rise(summary: Summary, ladder: Ladder, options: Options): NextStep {
  const wait = (why: "time" | "evidence" | "calm" | "data", words: string): NextStep => ({
    kind: "wait",
    for: why,
    words,
  });
  const { incident, percent, step } = summary;
  const { now, rungs, committed } = ladder;
  if (committed === 0 && percent === 0) {
    if (incident.since !== null) return wait("calm", "the service is in trouble without the canary");
    const first = firstRung(summary, rungs);
    return { kind: "advance", percent: first, words: "the first weight that shows something soon" };
  }
  if (committed !== percent) return wait("time", `${number(committed)} % is not in effect yet`);
  if (!ladder.fresh) return wait("data", "the newest scrape is not complete");
  if (incident.since !== null) return wait("calm", "both sides are in trouble: the canary is not to blame");
  // The trouble hid what the canary did meanwhile.
  if (incident.calm !== undefined && incident.calm < CALM) {
    return wait("calm", "both sides were in trouble until just now");
  }
  const waited = now - summary.since;
  const age = now - (summary.born ?? now);
  if (percent >= (rungs.at(-1) ?? 100)) {
    if (percent < 100 && evidence(summary) >= DOUBT) {
      return wait("evidence", "there are signs of harm, not yet enough to fail");
    }
    const held = percent === 100 ? summary.watched : waited;
    if (held < options.watch.least || age < options.watch.since) {
      return wait("time", `watching at ${number(percent)} %`);
    }
    // With hardly any traffic the watch lasts until it has seen something, at most three times as long.
    if (age < 3 * options.watch.since && !excludesGross(summary)) {
      return wait("evidence", "too few requests to exclude gross harm");
    }
    return { kind: "done", words: "every weight was held without harm" };
  }
  const old = age >= options.watch.since;
  const late = waited >= (old ? options.patience / 2 : 2 * options.patience);
  if (late ? evidence(summary) >= LATE_SUSPICION : doubt(summary) >= SUSPICION) {
    return wait("evidence", "there are signs of harm, not yet enough to fail");
  }
  if (warmUpDoubt(summary, now, options) >= SUSPICION) {
    return wait(
      "evidence",
      "latency was worse while the canary warmed up: whether that stays is not seen yet",
    );
  }
  if (step.canary.requests < FEW && waited < options.patience) {
    return wait("evidence", `${number(step.canary.requests)} canary requests at this weight are too few`);
  }
  const patient = late || (waited >= options.patience && notWorse(summary, options));
  const rung = allowedRung(summary, rungs, patient, options);
  if (rung === null) return wait("evidence", missing(summary, rungs, options));
  const bake = summary.peak <= (rungs[0] ?? 0) ? options.bake.first : options.bake.later;
  if (waited < bake || step.scrapes < 3) return wait("time", "the weight has not baked yet");
  return { kind: "advance", percent: rung, words: `no harm that would matter at ${number(rung)} %` };
}

/** The lowest rung at which the canary gets enough requests to be judged by; the highest up to 50 % where none is. */
export function firstRung(summary: Summary, rungs: readonly number[]): number {
  const below = rungs.filter((rung) => rung > 0 && rung <= 50);
  // Errors in clumps say less: fewer requests count.
  const clumps = Math.min(6, summary.base.errors.fano);
  const enough = below.find((rung) => perMinute(summary, rung) / clumps >= FIRST);
  return enough ?? below.at(-1) ?? rungs[0] ?? 100;
}

function perMinute(summary: Summary, percent: number): number {
  return (summary.recent.rate * 60 * percent) / 100;
}

function missing(summary: Summary, rungs: readonly number[], options: Options): string {
  const next = rungs.find((rung) => rung > summary.percent) ?? 100;
  const { errors } = excludable(summary, next, false, options);
  const more = timeToExclude(summary, errors);
  const harm = `${number(errors * 100)} % more errors`;
  return `${harm} are not excluded, as ${number(next)} % asks for${more === null || more === 0 ? "" : `; about ${duration(Math.ceil(more / 60_000) * 60_000)} more`}`;
}

function notWorse({ step }: Summary, options: Options): boolean {
  const mine = step.canary.errors / Math.max(1, step.canary.requests);
  const theirs = step.stable.errors / Math.max(1, step.stable.requests);
  return mine <= 1.25 * theirs + options.errors.plus;
}
