import type { Past, Scrape } from "../../analysis/types.ts";
import type { RawSeries } from "./answer.ts";
import { addTo, edgeOf, emptyPair, type Pair, settled } from "./draft.ts";
import { failureTest, type LabelSet, type Names, type Side, sideOf } from "./names.ts";
import type { Histogram, Plane } from "./planes/plane.ts";
import type { Grid } from "./reading.ts";
import { medianGap, type Round, roundsOf, type Tick, targetOf } from "./rounds.ts";

export interface Counted {
  readonly asOf: number;
  /** Milliseconds between scrapes; null when one alone was seen. */
  readonly interval: number | null;
  readonly scrapes: readonly Scrape[];
  readonly past: readonly Past[];
  /** Requests of the canary in `scrapes` that came by mutual TLS. */
  readonly secure: number;
}

interface Wanted {
  readonly plane: Plane;
  readonly names: Names;
  /** Epoch ms: scrapes are wanted after this. */
  readonly from: number;
  /** Epoch ms: what the stable side did until then is wanted as its past; null for none. */
  readonly pastUntil: number | null;
  /** A side that need not be heard of. */
  readonly idle: Side | null;
}

/**
 * Raw samples become counts per scrape round of both sides, one stretch of time after the other; of a stretch
 * that is done only the counts stay, and the last sample of each series.
 *
 * An increment belongs to the round of the sample that showed it. A sample below its predecessor means a restart
 * at zero: all of it is new. A series without predecessor began at zero if it appeared after the first round in
 * which anything was seen at all; else nobody knows what it counted before, and its first sample is only the start.
 * Rounds after `from` begin at it: one that went on over it would show one side before it and the other after, and
 * a lone side would seem to get all the traffic.
 */
export class Fold {
  readonly #wanted: Wanted;
  readonly #side: (labels: LabelSet) => Side | null;
  readonly #failed: readonly ((labels: LabelSet) => boolean)[];
  /** The last sample of each series. */
  readonly #last = new Map<string, { at: number; value: number }>();
  readonly #edges: Record<Side, Map<string, Set<number>>> = { stable: new Map(), canary: new Map() };
  readonly #seen: Record<Side, number> = { stable: -Infinity, canary: -Infinity };
  readonly #rounds: { readonly round: Round; readonly counts: Pair }[] = [];
  readonly #ends: number[] = [];
  /** Of rounds that are not closed yet. */
  readonly #ticks = new Map<string, Set<number>>();
  readonly #pending = new Map<number, Pair>();
  #firstRound: number | null = null;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
    this.#side = sideOf(wanted.plane, wanted.names);
    this.#failed = wanted.plane.requests.map(({ failed }) => failureTest(failed));
  }

  /** The series of every counter of the plane in the next stretch of time; `last`: no other follows. */
  requests(counters: readonly (readonly RawSeries[])[], last: boolean): void {
    for (const series of counters.flat()) this.#tick(series);
    const rounds = roundsOf(this.#open(), this.#wanted.from, this.#rounds.at(-1)?.round);
    // The first round is known when another has begun, or none will.
    if (rounds.length > 1 || last) this.#firstRound ??= rounds[0]?.end ?? null;
    const { mtls } = this.#wanted.plane;
    for (const [index, all] of counters.entries()) {
      for (const series of all) {
        const side = this.#side(series.labels);
        if (!side) continue;
        const failed = this.#failed[index]?.(series.labels) ?? false;
        const secure = mtls !== null && series.labels[mtls.label] === mtls.value;
        this.#seen[side] = Math.max(this.#seen[side], series.samples.at(-1)?.at ?? -Infinity);
        this.#count(`r${index}`, series, (at, by, restarted) => {
          const draft = this.#pendingAt(at)[side];
          draft.restarted ||= restarted;
          draft.requests += by;
          if (failed) draft.errors += by;
          if (secure) draft.secure += by;
        });
      }
    }
    this.#close(rounds, last);
  }

  /** The series of one histogram in the next stretch of time, after all requests. */
  buckets(histogram: Histogram, all: readonly RawSeries[]): void {
    for (const series of all) {
      const side = this.#side(series.labels);
      if (!side) continue;
      const le = edgeOf(series.labels["le"], histogram.unit);
      const pod = keyOf(histogram.metric, { ...series.labels, le: "" });
      this.#knowEdge(side, pod, le);
      this.#count(histogram.metric, series, (at, by) => {
        const { latency } = this.#rounds[roundOf(at, this.#ends)]?.counts[side] ?? {};
        latency?.set(le, (latency.get(le) ?? 0) + by);
      });
    }
  }

  /**
   * Requests that took at most `le` ms in the steps of a grid, added up by the source; after all requests. A step
   * goes with the last round in it. One in which `from` falls, and one that is not over yet, are left out.
   */
  addedUp(grid: Grid, side: Side, le: number, at: number, by: number): void {
    this.#knowEdge(side, "", le);
    const { from } = this.#wanted;
    const straddles = at > from && at - grid.step < from;
    const last = this.#ends.at(-1) ?? -Infinity;
    const index = this.#ends.findLastIndex((end) => end <= at);
    const { latency } = this.#rounds[index]?.counts[side] ?? {};
    if (!straddles && at <= last + grid.interval) latency?.set(le, (latency.get(le) ?? 0) + by);
  }

  /** Null when no round is complete. */
  finish(): Counted | null {
    const { from, idle, pastUntil } = this.#wanted;
    const ends = this.#ends;
    const interval = medianGap(ends);
    // A side that was there when `from` was the last scrape of both is waited for; one that was gone by then is not.
    const gone = from - 2 * (interval ?? 0);
    let asOf = ends.at(-1);
    if (asOf === undefined) return null;
    for (const side of ["stable", "canary"] as const) {
      const seen = this.#seen[side];
      if (side === idle || seen <= gone) continue;
      asOf = Math.min(asOf, ends.find((end) => seen <= end) ?? Infinity);
    }
    const edges = { stable: sharedEdges(this.#edges.stable), canary: sharedEdges(this.#edges.canary) };
    const scrapes: Scrape[] = [];
    const past: Past[] = [];
    let secure = 0;
    for (const [index, { round, counts }] of this.#rounds.entries()) {
      const previous = ends[index - 1];
      const stable = settled(counts.stable, edges.stable);
      if (pastUntil !== null && previous !== undefined && round.end <= pastUntil) {
        past.push({ from: previous, at: round.end, stable });
      }
      if (round.end > from && round.end <= asOf) {
        const restarted = counts.canary.restarted || counts.stable.restarted;
        const canary = settled(counts.canary, edges.canary);
        scrapes.push({ at: round.end, canary, stable, ...(restarted && { restarted }) });
        secure += counts.canary.secure;
      }
    }
    return { asOf, interval, scrapes, past, secure };
  }

  #tick(series: RawSeries): void {
    if (this.#side(series.labels) === null) return;
    const target = targetOf(series.labels);
    const known = this.#ends.at(-1) ?? -Infinity;
    const ticks = this.#ticks.get(target) ?? new Set();
    for (const { at } of series.samples) if (at > known) ticks.add(at);
    this.#ticks.set(target, ticks);
  }

  *#open(): Iterable<Tick> {
    for (const [target, times] of this.#ticks) for (const at of times) yield { at, target };
  }

  #count(
    metric: string,
    series: RawSeries,
    apply: (at: number, by: number, restarted: boolean) => void,
  ): void {
    const key = keyOf(metric, series.labels);
    let before = this.#last.get(key);
    const first = series.samples[0];
    const fresh = !before && first && this.#firstRound !== null && first.at > this.#firstRound;
    if (fresh) before = { at: -Infinity, value: 0 };
    for (const sample of series.samples) {
      // Both ends of a range are inclusive in Prometheus 2: the same sample may come twice.
      if (before && sample.at <= before.at) continue;
      if (before) {
        const restarted = sample.value < before.value;
        const by = restarted ? sample.value : sample.value - before.value;
        if (by > 0 || restarted) apply(sample.at, by, restarted);
      }
      before = sample;
    }
    if (before) this.#last.set(key, before);
  }

  #pendingAt(at: number): Pair {
    const known = this.#pending.get(at);
    if (known) return known;
    const fresh = emptyPair();
    this.#pending.set(at, fresh);
    return fresh;
  }

  /** All rounds but the one that may still grow; `last`: that one too, when it misses nothing. */
  #close(rounds: readonly Round[], last: boolean): void {
    const newest = rounds.at(-1);
    const whole = last && newest?.missing === 0;
    const times = [...this.#pending.keys()].sort((a, b) => a - b);
    let next = 0;
    for (const round of whole ? rounds : rounds.slice(0, -1)) {
      const counts = emptyPair();
      for (; next < times.length && (times[next] ?? Infinity) <= round.end; next += 1) {
        const at = times[next] ?? 0;
        const part = this.#pending.get(at);
        if (part) addTo(counts, part);
        this.#pending.delete(at);
      }
      this.#rounds.push({ round, counts });
      this.#ends.push(round.end);
    }
    const end = this.#ends.at(-1) ?? -Infinity;
    for (const times of this.#ticks.values()) for (const at of times) if (at <= end) times.delete(at);
  }

  #knowEdge(side: Side, pod: string, le: number): void {
    const edges = this.#edges[side];
    edges.set(pod, (edges.get(pod) ?? new Set()).add(le));
  }
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

function keyOf(metric: string, labels: LabelSet): string {
  return metric + JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Pods may have buckets of their own; sums are exact only at the edges that all of them have. */
function sharedEdges(pods: ReadonlyMap<string, ReadonlySet<number>>): readonly number[] {
  const [first, ...others] = pods.values();
  return [...(first ?? [])].filter((le) => others.every((edges) => edges.has(le))).sort((a, b) => a - b);
}
