import type { Counts, Scrape } from "../../analysis/types.ts";
import type { RawSeries } from "./answer.ts";
import { increments } from "./increments.ts";
import { completeRounds, roundInterval } from "./rounds.ts";
import { isFailure, type Template } from "./templates.ts";

export interface Arms {
  readonly stable: string;
  readonly canary: string;
}
type Arm = keyof Arms;

export interface Counted {
  readonly asOf: number;
  /** Milliseconds between scrapes; null when one alone was seen. */
  readonly interval: number | null;
  readonly scrapes: readonly Scrape[];
}

interface Draft {
  requests: number;
  errors: number;
  latency: Map<number, number>;
}

/**
 * Counts per scrape round of both arms after `since` (epoch ms), up to the last round that shows every arm
 * which was heard of since. `idle` names an arm that need not be heard of. Null when no round is complete.
 *
 * An increment belongs to the round of the sample that showed it. A round in which `since` falls shows one arm
 * before it and the other after: it is left out, or a lone arm would seem to get all the traffic.
 */
export function count(
  template: Template,
  arms: Arms,
  idle: Arm | null,
  since: number,
  requests: readonly RawSeries[],
  buckets: readonly RawSeries[],
): Counted | null {
  const rounds = completeRounds(requests);
  const from = Math.max(since, rounds.findLast(({ start }) => start <= since)?.end ?? since);
  const firstRound = rounds[0]?.end;
  const asOf = lastShowing(
    rounds.map((round) => round.end),
    from,
    idle,
    arms,
    template,
    requests,
  );
  if (firstRound === undefined || asOf === null) return null;
  const ends = rounds.map((round) => round.end).filter((end) => end > from && end <= asOf);
  const drafts = ends.map(() => ({ stable: empty(), canary: empty() }));
  const add = (series: RawSeries, apply: (draft: Draft, by: number) => void) => {
    const arm = armOf(series, template, arms);
    for (const { at, by } of increments(series, from, firstRound)) {
      const draft = drafts[roundOf(at, ends)]?.[arm];
      if (draft) apply(draft, by);
    }
  };
  for (const series of requests) {
    const failed = isFailure(template, series.labels);
    add(series, (draft, by) => {
      draft.requests += by;
      if (failed) draft.errors += by;
    });
  }
  for (const series of buckets) {
    const le = edge(series);
    add(series, (draft, by) => draft.latency.set(le, (draft.latency.get(le) ?? 0) + by));
  }
  const edges = {
    stable: sharedEdges(buckets.filter((series) => armOf(series, template, arms) === "stable")),
    canary: sharedEdges(buckets.filter((series) => armOf(series, template, arms) === "canary")),
  };
  const scrapes = drafts.map((draft, index) => ({
    at: ends[index] ?? asOf,
    canary: settled(draft.canary, edges.canary),
    stable: settled(draft.stable, edges.stable),
  }));
  return { asOf, interval: roundInterval(rounds), scrapes };
}

/** The end of the last round by which each arm that still counts was seen. */
function lastShowing(
  ends: readonly number[],
  from: number,
  idle: Arm | null,
  arms: Arms,
  template: Template,
  series: readonly RawSeries[],
): number | null {
  let limit = ends.at(-1) ?? null;
  for (const arm of ["stable", "canary"] as const) {
    if (arm === idle || limit === null) continue;
    const mine = series.filter((one) => armOf(one, template, arms) === arm);
    const seen = Math.max(...mine.map((one) => one.samples.at(-1)?.at ?? -Infinity));
    if (seen <= from) continue;
    const round = ends.find((end) => seen <= end) ?? Infinity;
    limit = Math.min(limit, round);
  }
  return limit;
}

/** Index of the first end that is not before `at`; past the last one when there is none. */
function roundOf(at: number, ends: readonly number[]): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? Infinity) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function armOf(series: RawSeries, template: Template, arms: Arms): Arm {
  return series.labels[template.workloadLabel] === arms.canary ? "canary" : "stable";
}

function empty(): Draft {
  return { requests: 0, errors: 0, latency: new Map() };
}

function edge(series: RawSeries): number {
  const le = series.labels["le"] ?? "";
  return le === "+Inf" ? Infinity : Number(le);
}

/** Pods may have buckets of their own; sums are exact only at the edges that all of them have. */
function sharedEdges(buckets: readonly RawSeries[]): readonly number[] {
  const bySeries = new Map<string, Set<number>>();
  for (const series of buckets) {
    const key = JSON.stringify(
      Object.entries(series.labels)
        .filter(([label]) => label !== "le")
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    bySeries.set(key, (bySeries.get(key) ?? new Set()).add(edge(series)));
  }
  const [first, ...others] = [...bySeries.values()];
  return [...(first ?? [])].filter((le) => others.every((edges) => edges.has(le))).sort((a, b) => a - b);
}

function settled(draft: Draft, edges: readonly number[]): Counts {
  const latency = edges.map((le) => ({ le, count: draft.latency.get(le) ?? 0 }));
  return { requests: draft.requests, errors: draft.errors, latency };
}
