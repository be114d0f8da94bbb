import { NEVER } from "./e-process.ts";
import { latencyEvidence } from "./fold.ts";
import { BUDGET, type ChannelName } from "./options.ts";
import type { Summary } from "./types.ts";

/** Each channel's evidence of harm, natural logarithms on one scale: 0 is none, ln(1/falseRollback) with its part of the budget is enough. */
export function channels(summary: Summary): Readonly<Record<ChannelName, number>> {
  return {
    errors: summary.errors.process.log,
    latency: warming(summary) ? NEVER : latencyEvidence(summary),
    arrivals: summary.arrivals.process.log,
    past: summary.percent === 100 ? NEVER : summary.past.log,
    limit: summary.limit.log,
  };
}

/** The evidence of all channels against the whole budget: at ln(1/falseRollback) the release fails. */
export function evidence(summary: Summary): number {
  const logs = channels(summary);
  let sum = 0;
  for (const name of NAMES) sum += BUDGET[name] * Math.exp(Math.min(600, logs[name]));
  return sum > 0 ? Math.log(sum) : NEVER;
}

/** The canary's latency since its first request is still only watched. */
export function warming(summary: Summary): boolean {
  return summary.warm === NEVER;
}

const NAMES = ["errors", "latency", "arrivals", "past", "limit"] as const satisfies readonly ChannelName[];
