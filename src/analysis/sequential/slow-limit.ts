import type { Counts, Past, Scrape } from "../types.ts";
import { oneSample, RATIO_COUNT } from "./bets.ts";
import { cap, grow, newProcess } from "./e-process.ts";
import { slower } from "./history.ts";
import type { EProcess, Summary } from "./types.ts";

/** Part of the release's budget that latency limits take together. */
export const SLOW_BUDGET = 0.05;
/** A limit that stable itself breaks is lifted to so much more than what it did. */
const LIFT = 1.5;
/** Scrapes that must agree before a limit may fail a release. */
const AGREE = 3;

/** A quantile's limit as a share: of requests slower than it, at most `share`. */
export interface SlowLimit {
  /** ms */
  readonly limit: number;
  readonly share: number;
  readonly process: EProcess;
  /** Variance over mean of slow requests a scrape in the history, at least 1. */
  readonly spread: number;
}

export function beginSlowLimit(
  slo: { readonly quantile: number; readonly max: number },
  past: readonly Past[],
): SlowLimit {
  const counts = past.flatMap(({ stable }) => {
    const slow = surelySlower(stable, slo.max);
    return slow === null ? [] : [{ requests: timed(stable), slow }];
  });
  const requests = counts.reduce((sum, one) => sum + one.requests, 0);
  const slow = counts.reduce((sum, one) => sum + one.slow, 0);
  const usual = requests > 0 ? slow / requests : 0;
  const squares = counts.map((one) => (one.slow - usual * one.requests) ** 2);
  const mean = counts.length > 0 ? slow / counts.length : 0;
  const variance = counts.length > 1 ? squares.reduce((a, b) => a + b, 0) / (counts.length - 1) : 0;
  return {
    limit: slo.max,
    share: Math.min(1, Math.max(1 - slo.quantile, LIFT * usual)),
    process: newProcess(RATIO_COUNT),
    spread: mean > 0 ? Math.min(30, Math.max(1, variance / mean)) : 1,
  };
}

/**
 * One more scrape; `onset` is the mass that the release's prior gives to "it begins now". While both sides are in
 * trouble the evidence is dropped: the limit asks about the canary.
 */
export function foldSlowLimit(
  limit: SlowLimit,
  { canary }: Scrape,
  onset: number,
  summary: Summary,
): SlowLimit {
  if (summary.incident.since !== null && summary.percent < 100) {
    return { ...limit, process: newProcess(RATIO_COUNT) };
  }
  const slow = surelySlower(canary, limit.limit);
  if (slow === null) return limit;
  const process = structuredClone(limit.process);
  const before = process.log;
  grow(process, oneSample(slow, timed(canary), limit.share, limit.spread), onset);
  cap(process, before, Math.log(1 / SLOW_BUDGET) + Math.log(1000), AGREE);
  return { ...limit, process };
}

/** The evidence is beyond what this part of the budget allows; `count` limits share it. */
export function isBroken({ process }: SlowLimit, falseRollback: number, count = 1): boolean {
  return process.log >= Math.log(count / (falseRollback * SLOW_BUDGET));
}

/** Requests that took longer than the first edge of the histogram at or over `limit` (ms); null when none tells. */
function surelySlower(counts: Counts, limit: number): number | null {
  const edge = counts.latency.find(({ le }) => le >= limit);
  return edge === undefined || edge.le === Number.POSITIVE_INFINITY ? null : slower(counts, edge.le);
}

function timed({ latency }: Counts): number {
  return latency.at(-1)?.count ?? 0;
}
