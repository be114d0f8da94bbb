import type { SloVerdict, Verdict, VerdictWord } from "../types.ts";
import { counted, duration, number, percent } from "../words.ts";
import { upperBound } from "./bound.ts";
import { CHANNELS, channelEvidence, evidence, warming } from "./evidence.ts";
import { type RateInterval, rateInterval } from "./interval.ts";
import { type Ladder, type NextStep, nextStep } from "./next-step.ts";
import { BUDGET, type ChannelName } from "./options.ts";
import { dispersion, expectedSpread } from "./spread.ts";
import type { Options, Spread, Summary } from "./types.ts";

/** A verdict with everything it was made from; the shape that views and the release read is its first part. */
export interface SequentialVerdict extends Verdict {
  readonly next: NextStep;
  /** ln of the evidence of harm, all channels on the one budget, and what is enough to fail. */
  readonly evidence: number;
  readonly needed: number;
  readonly channels: readonly ChannelVerdict[];
}

interface ChannelVerdict {
  readonly name: ChannelName;
  /** Times likelier under harm than without, as its natural logarithm. */
  readonly evidence: number;
  /** The anytime-valid p-value of the channel alone: min(1, 1/evidence). */
  readonly p: number;
  /** Part of the budget. */
  readonly budget: number;
  /** Both sides since the first canary request (of latency: since the warm-up); null where nothing is counted. */
  readonly canary: RateInterval | null;
  readonly stable: RateInterval | null;
  /** Canary minus stable, fractions of requests, at 95 % at all looks together. */
  readonly effect: { readonly low: number; readonly high: number } | null;
  readonly words: string;
}

/** Each side's interval errs at most this often, so that their difference errs at most twice as often. */
const RISK = 0.025;

/** What the summary says now. `from`: epoch ms of the window it speaks of. */
export function verdictOf(summary: Summary, ladder: Ladder, options: Options): SequentialVerdict {
  const next = nextStep(summary, ladder, options);
  const logs = channelEvidence(summary);
  const channels = CHANNELS.flatMap((name) =>
    present(summary, name, options) ? [channelVerdict(summary, name, logs[name], options)] : [],
  );
  const verdict = wordOf(next);
  const worst = channels.reduce<ChannelVerdict | null>(
    (most, one) => (most === null || weighed(one) > weighed(most) ? one : most),
    null,
  );
  const because = verdict === "fail" && worst && evidence(summary) > 0 ? `: ${worst.words}` : "";
  return {
    verdict,
    window: { from: summary.born ?? summary.since, asOf: summary.asOf },
    slos: channels.map((channel) => row(summary, channel, verdict, channel === worst, options)),
    words: `${next.words}${because}`,
    next,
    evidence: evidence(summary),
    needed: Math.log(1 / options.falseRollback),
    channels,
  };
}

/** Time alone is the release's own business: what only waits for it has passed. */
function wordOf(next: NextStep): VerdictWord {
  if (next.kind === "fail") return "fail";
  if (next.kind === "advance" || next.kind === "done") return "pass";
  return next.kind === "wait" && next.for === "time" ? "pass" : "inconclusive";
}

function weighed(channel: ChannelVerdict): number {
  return channel.evidence + Math.log(channel.budget);
}

function present(summary: Summary, name: ChannelName, options: Options): boolean {
  if (name === "latency") return summary.latency.length > 0;
  if (name === "past") return summary.base.requests > 0;
  return name !== "limit" || options.limit !== null;
}

function channelVerdict(summary: Summary, name: ChannelName, log: number, options: Options): ChannelVerdict {
  const sides = sidesOf(summary, name);
  const effect = sides && {
    low: sides.canary.low - sides.stable.high,
    high: sides.canary.high - sides.stable.low,
  };
  return {
    name,
    evidence: log,
    p: Math.min(1, Math.exp(-log)),
    budget: BUDGET[name],
    canary: sides?.canary ?? null,
    stable: sides?.stable ?? null,
    effect,
    words: wordsOf(summary, name, sides, log, options),
  };
}

interface Sides {
  readonly canary: RateInterval;
  readonly stable: RateInterval;
}

function sidesOf(summary: Summary, name: ChannelName): Sides | null {
  if (name === "arrivals") return null;
  const latency = name === "latency";
  const tail = summary.latency.find(({ le }) => le === summary.tail?.le);
  const spread = latency ? tail?.spread : summary.errors.spread;
  if (!spread) return null;
  const habit = latency ? summary.base.latency.find(({ le }) => le === tail?.le) : summary.base.errors;
  const canary = sumOf(spread, "canary");
  const stable = sumOf(spread, "stable");
  const phi = habit ? dispersion(spread, expectedSpread(habit, 0, Infinity)) : 1;
  return {
    canary: rateInterval(canary.events, canary.requests, RISK, phi),
    stable: rateInterval(stable.events, stable.requests, RISK, phi),
  };
}

function sumOf(spread: Spread, side: "canary" | "stable"): { events: number; requests: number } {
  const units = `${side}Units` as const;
  return { events: spread[side] + spread.block[side], requests: spread[units] + spread.block[units] };
}

/** How much of its share the canary got, 1 for all; null before the first interval that can tell. */
function arrived({ arrivals: { spread } }: Summary): number | null {
  const canary = sumOf(spread, "canary");
  const stable = sumOf(spread, "stable");
  if (canary.requests === 0 || stable.events === 0) return null;
  return canary.events / canary.requests / (stable.events / Math.max(1e-12, stable.requests));
}

function wordsOf(
  summary: Summary,
  name: ChannelName,
  sides: Sides | null,
  log: number,
  options: Options,
): string {
  const odds =
    log > 0 ? `harm is ${number(Math.round(Math.exp(Math.min(log, 20))))} times likelier` : "no sign of harm";
  if (name === "arrivals") {
    const share = arrived(summary);
    if (share === null) return "arrivals: no settled interval yet";
    return `arrivals: the canary got ${percent(share)} of its share, at least ${percent(options.arrivals)} is expected: ${odds}`;
  }
  if (name === "latency" && warming(summary)) {
    return `latency: only watched in the first ${duration(options.warmUp)}`;
  }
  if (!sides || sides.canary.share === null) return `${name}: no canary request yet`;
  const what = name === "latency" ? `slower than ${duration(summary.tail?.le ?? 0)}` : "failed";
  const mine = `${shown(sides.canary)} of ${counted(sides.canary.requests, "canary request")} ${what}`;
  if (name === "past") {
    return `past: ${mine} against ${percent(summary.base.errors.share)} in the history: ${odds}`;
  }
  if (name === "limit") return `limit: ${mine}, ${percent(options.limit ?? 1)} is allowed: ${odds}`;
  const bound = name === "errors" ? summary.errors.bound : summary.tail?.bound;
  const excluded = bound ? upperBound(bound, 0.05) : 1;
  const none = excluded < 1 ? `; more than ${percent(excluded)} of harm is excluded at 95 %` : "";
  return `${name}: ${mine} against ${shown(sides.stable)} of stable's: ${odds}${none}`;
}

/** `0.21 % (0.15 % to 0.29 %)`. */
function shown(rate: RateInterval): string {
  return rate.share === null
    ? "nothing"
    : `${percent(rate.share)} (${percent(rate.low)} to ${percent(rate.high)})`;
}

const TITLES: Readonly<Record<ChannelName, string>> = {
  errors: "errors against stable",
  latency: "latency against stable",
  arrivals: "requests that arrive",
  past: "errors against the past",
  limit: "errors against the limit",
};

function row(
  summary: Summary,
  channel: ChannelVerdict,
  verdict: VerdictWord,
  worst: boolean,
  options: Options,
): SloVerdict {
  const { name, canary, stable } = channel;
  const share = name === "arrivals" ? arrived(summary) : null;
  const got = share === null ? null : `${percent(share)} of its share`;
  const margin = name === "latency" ? options.latency : options.errors;
  const limits: Readonly<Record<ChannelName, string>> = {
    errors: `${number(margin.factor)} x + ${percent(margin.plus)}`,
    latency: `${number(margin.factor)} x + ${percent(margin.plus)}`,
    arrivals: `${percent(options.arrivals)} of its share`,
    past: "1.5 x + 0.1 %",
    limit: options.limit === null ? "none" : percent(options.limit),
  };
  return {
    verdict:
      verdict === "fail" && !worst && channel.evidence < Math.log(1 / options.falseRollback)
        ? "pass"
        : verdict,
    name: TITLES[name],
    limit: limits[name],
    canary: canary?.share == null ? got : shown(canary),
    stable: stable?.share == null ? null : shown(stable),
    requests: canary?.requests ?? null,
    words: channel.words,
  };
}
