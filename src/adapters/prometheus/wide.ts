import type { Past, Scrape, Unavailable } from "../../analysis/types.ts";
import { type RawSeries, unavailable } from "./answer.ts";
import { edgeOf, emptyPair, type Pair, settled } from "./draft.ts";
import type { Fold } from "./fold.ts";
import { failureTest, type Side, sideOf } from "./names.ts";
import type { Counter, Histogram } from "./planes/plane.ts";
import { type Range, seconds, seriesOf } from "./raw.ts";
import type { Counts, Grid, Reading } from "./reading.ts";
import { selector } from "./selectors.ts";

const LEAST_STEP = 60_000;
const PROBE_MINUTES = 10;
const LOSS =
  "there are too many series to be read one by one: the source added them up over a minute or four scrapes, whichever is longer; the first requests of a series that is new are missing";

/**
 * Counts of both sides where the source must add up the series. Restarts are taken care of series by series,
 * before adding; what begins between two steps is not told apart.
 */
export async function readSums(reading: Reading, window: Range): Promise<Counts | Unavailable> {
  const { ask, plane, names, from, past } = reading;
  const grid = await gridOf(reading, window.to);
  if ("status" in grid) return grid;
  const steps = new Map<number, Pair>();
  const asked: string[] = [];
  for (const counter of plane.requests) {
    const query = sumsQuery(
      selector(plane, names, counter.metric, counter.where),
      labelsOf(
        plane.sides,
        plane.stable ?? [],
        counter.failed,
        plane.mtls ? [{ [plane.mtls.label]: "" }] : [],
      ),
      grid,
      window,
    );
    asked.push(query);
    const sums = seriesOf(await ask(query, window.to));
    if ("status" in sums) return sums;
    addRequests(reading, counter, sums, steps);
  }
  const newest = await lastOfBoth(reading, window.to, steps);
  if (typeof newest !== "number") return newest;
  const edges: Record<Side, Set<number>> = { stable: new Set(), canary: new Set() };
  for (const histogram of reading.latency ? plane.latency : []) {
    const query = await eachBucket(reading, histogram, grid, window, (side, le, at, by) => {
      edges[side].add(le);
      const { latency } = stepAt(steps, at)[side];
      latency.set(le, (latency.get(le) ?? 0) + by);
    });
    if (typeof query !== "string") return query;
    asked.push(query);
  }
  const times = [...steps.keys()].sort((a, b) => a - b).filter((time) => time <= newest);
  const asOf = times.at(-1);
  if (asOf === undefined) return unavailable("empty", "no step of both sides is complete yet");
  const known = { stable: [...edges.stable].sort(ascending), canary: [...edges.canary].sort(ascending) };
  const scrapes: Scrape[] = [];
  const before: Past[] = [];
  let secure = 0;
  for (const at of times) {
    const pair = stepAt(steps, at);
    const stable = settled(pair.stable, known.stable);
    const start = at - grid.step;
    if (start >= from) {
      scrapes.push({ at, stable, canary: settled(pair.canary, known.canary) });
      secure += pair.canary.secure;
    }
    if (past && start >= past.from && at <= past.to) before.push({ from: start, at, stable });
  }
  return { asOf, interval: grid.step, scrapes, past: before, secure, asked, loss: LOSS };
}

/** Buckets alone, where the requests themselves are few enough; the query, for the record. */
export async function addBuckets(
  reading: Reading,
  histogram: Histogram,
  window: Range,
  fold: Fold,
): Promise<string | Unavailable> {
  const grid = await gridOf(reading, window.to);
  if ("status" in grid) return grid;
  return eachBucket(reading, histogram, grid, window, (side, le, at, by) =>
    fold.addedUp(grid, side, le, at, by),
  );
}

function addRequests(
  { plane, names }: Reading,
  counter: Counter,
  sums: readonly RawSeries[],
  steps: Map<number, Pair>,
): void {
  const sideFor = sideOf(plane, names);
  const isFailed = failureTest(counter.failed);
  for (const { labels, samples } of sums) {
    const side = sideFor(labels);
    if (!side) continue;
    const failed = isFailed(labels);
    const secure = plane.mtls !== null && labels[plane.mtls.label] === plane.mtls.value;
    for (const { at, value } of samples) {
      const draft = stepAt(steps, at)[side];
      draft.requests += value;
      if (failed) draft.errors += value;
      if (secure) draft.secure += value;
    }
  }
}

/** Edges that only some pods have are left out: their sums would be of those pods alone. */
async function eachBucket(
  { ask, plane, names }: Reading,
  { metric, unit, where }: Histogram,
  grid: Grid,
  window: Range,
  use: (side: Side, le: number, at: number, by: number) => void,
): Promise<string | Unavailable> {
  const buckets = selector(plane, names, metric, where);
  const labels = [...labelsOf(plane.sides, plane.stable ?? []), "le"];
  const sideFor = sideOf(plane, names);
  const query = sumsQuery(buckets, labels, grid, window);
  const sums = seriesOf(await ask(query, window.to));
  if ("status" in sums) return sums;
  const answer = await ask(`count by (${labels.join(", ")}) (${buckets})`, window.to);
  if (answer.status !== "ok") return answer;
  const pods = new Map<string, number>();
  const most: Record<Side, number> = { stable: 0, canary: 0 };
  for (const { labels: found, value } of answer.result.type === "vector" ? answer.result.samples : []) {
    const side = sideFor(found);
    if (!side) continue;
    const key = `${side} ${edgeOf(found["le"], unit)}`;
    const count = (pods.get(key) ?? 0) + value;
    pods.set(key, count);
    most[side] = Math.max(most[side], count);
  }
  for (const { labels: found, samples } of sums) {
    const side = sideFor(found);
    const le = edgeOf(found["le"], unit);
    if (!side || pods.get(`${side} ${le}`) !== most[side]) continue;
    for (const { at, value } of samples) use(side, le, at, value);
  }
  return query;
}

/** How often the requests are scraped, and steps to go with it. */
async function gridOf({ ask, plane, names }: Reading, at: number): Promise<Grid | Unavailable> {
  const all = plane.requests.map(({ metric, where }) => selector(plane, names, metric, where));
  const counts = all.map((query) => `max(count_over_time(${query}[${PROBE_MINUTES}m]))`);
  const answer = await ask(counts.join(" or "), at);
  if (answer.status !== "ok") return answer;
  const samples = answer.result.type === "vector" ? answer.result.samples[0]?.value : undefined;
  if (samples === undefined || !(samples >= 2)) {
    return unavailable("empty", `the source has no sample of the last ${PROBE_MINUTES} minutes`);
  }
  const interval = Math.max(1000, Math.round((PROBE_MINUTES * 60) / samples) * 1000);
  return { interval, step: Math.max(4, Math.ceil(LEAST_STEP / interval)) * interval };
}

/**
 * What each step counted, added up over all series that share `labels`. The window overlaps by one scrape and is
 * scaled back: over regular scrapes `increase` then gives the number that was counted, not an extrapolated one.
 */
function sumsQuery(metric: string, labels: readonly string[], grid: Grid, range: Range): string {
  const window = grid.step + grid.interval;
  const sum = `sum by (${labels.join(", ")}) (increase(${metric}[${seconds(window)}]))`;
  return `(${sum} * ${grid.step / 1000} / ${window / 1000})[${seconds(range.to - range.from)}:${seconds(grid.step)}]`;
}

/** Epoch ms until which both sides that count are known; a side that was heard of before and is silent now is stale. */
async function lastOfBoth(
  { ask, plane, names, idle }: Reading,
  at: number,
  steps: ReadonlyMap<number, Pair>,
): Promise<number | Unavailable> {
  const labels = labelsOf(plane.sides, plane.stable ?? []);
  const sideFor = sideOf(plane, names);
  const seen: Record<Side, number> = { stable: -Infinity, canary: -Infinity };
  for (const { metric, where } of plane.requests) {
    const query = `max by (${labels.join(", ")}) (timestamp(${selector(plane, names, metric, where)}))`;
    const answer = await ask(query, at);
    if (answer.status !== "ok") return answer;
    for (const { labels: found, value } of answer.result.type === "vector" ? answer.result.samples : []) {
      const side = sideFor(found);
      if (side) seen[side] = Math.max(seen[side], value * 1000);
    }
  }
  const heard = (side: Side) => [...steps.values()].some((pair) => pair[side].requests > 0);
  const needed = (["stable", "canary"] as const).filter((side) => side !== idle && heard(side));
  const silent = needed.find((side) => seen[side] === -Infinity);
  if (silent) return unavailable("stale", `nothing was heard of the ${silent} side in the last minutes`);
  return Math.min(Math.max(seen.stable, seen.canary), ...needed.map((side) => seen[side]));
}

function labelsOf(...rows: readonly (readonly Readonly<Record<string, unknown>>[])[]): readonly string[] {
  return [...new Set(rows.flat().flatMap((row) => Object.keys(row)))];
}

function stepAt(steps: Map<number, Pair>, at: number): Pair {
  const known = steps.get(at) ?? emptyPair();
  steps.set(at, known);
  return known;
}

function ascending(a: number, b: number): number {
  return a - b;
}
