import { NEVER } from "./e-process.ts";
import { BUDGET, type ChannelName } from "./options.ts";
import type { Options, Summary } from "./types.ts";

/** Each channel's evidence of harm as a natural logarithm, on one scale: 0 says nothing, ln(100) is 100 to 1. */
export function channelEvidence(summary: Summary): Readonly<Record<ChannelName, number>> {
  return {
    errors: summary.errors.process.log,
    latency: warming(summary) ? NEVER : latencyEvidence(summary),
    arrivals: summary.arrivals.process.log,
    // The past alone condemns only where there could be no comparison: see next-step.ts.
    past: isMost(summary.percent) && !trickling(summary) ? NEVER : summary.past.log,
    limit: summary.limit.log,
  };
}

/** The evidence of all channels against the one budget: at ln(1/falseRollback) the release fails. */
export function evidence(summary: Summary): number {
  const logs = channelEvidence(summary);
  let sum = 0;
  for (const name of CHANNELS) sum += BUDGET[name] * Math.exp(Math.min(600, logs[name]));
  return sum > 0 ? Math.log(sum) : NEVER;
}

/** The strongest evidence of any single channel, without its part of the budget. */
export function doubt(summary: Summary): number {
  const logs = channelEvidence(summary);
  return Math.max(...CHANNELS.map((name) => (name === "past" ? summary.past.log : logs[name])));
}

/** The latency evidence of the warm-up, as long as what follows it has not had the same time to refute it. */
export function warmUpDoubt(summary: Summary, now: number, options: Options): number {
  if (summary.born === null || summary.latency.length === 0) return NEVER;
  if (warming(summary)) return latencyEvidence(summary);
  return now - summary.born < 2 * options.warmUp ? summary.warm : NEVER;
}

/** The canary has most of the traffic: trouble of both sides shows in its requests before it shows in stable's. */
export function isMost(percent: number): boolean {
  return percent > 50;
}

/** So few requests that two halves of them cannot be compared in a useful time. */
export function trickling(summary: Summary): boolean {
  return summary.recent.rate * 60 < TRICKLE;
}

/** The canary's latency since its first request is still only watched. */
export function warming(summary: Summary): boolean {
  return summary.warm === NEVER;
}

/** The mean of the edges' e-processes. */
export function latencyEvidence(summary: Summary): number {
  let sum = 0;
  for (const { process } of summary.latency) sum += Math.exp(Math.min(600, process.log));
  return sum > 0 ? Math.log(sum / summary.latency.length) : NEVER;
}

/** Requests a minute. */
const TRICKLE = 100;

export const CHANNELS = [
  "errors",
  "latency",
  "arrivals",
  "past",
  "limit",
] as const satisfies readonly ChannelName[];
