import type { Counts } from "../types.ts";
import { BLOCK } from "./spread.ts";
import type { Baseline, Habit, PastReading } from "./types.ts";

/** Exceedance shares that the edges of the latency channel should be near to: body, shoulder, tail, far tail. */
const SHARES = [0.3, 0.05, 0.01, 0.001] as const;

interface Count {
  readonly requests: number;
  readonly events: number;
}

/** Requests that took longer than `le`; 0 when the histogram has no such edge. */
export function slower(counts: Counts, le: number): number {
  const { latency } = counts;
  const all = latency[latency.length - 1]?.count ?? 0;
  for (const edge of latency) if (edge.le === le) return all - edge.count;
  return 0;
}

/** What the stable side does by itself, from as much history as there is. */
export function learn(history: readonly PastReading[]): Baseline {
  const rows = history.filter(({ stable }) => stable.requests > 0);
  const errors = rows.map(({ stable }) => ({ requests: stable.requests, events: stable.errors }));
  const high = elevated(errors);
  const calm = (_: unknown, index: number) => !high[index];
  const bursts = burstsOf(rows, high);
  const requests = sum(rows.map(({ stable }) => stable.requests));
  const time = sum(history.map(({ from, at }) => at - from));
  const habit = habitOf(errors, errors.filter(calm));
  return {
    requests,
    rate: time > 0 ? (requests / time) * 1000 : 0,
    errors: habit,
    latency: edges(rows.map(({ stable }) => stable)).map((le) => {
      const counts = rows.map(({ stable }) => ({ requests: stable.requests, events: slower(stable, le) }));
      return { le, ...habitOf(counts, counts) };
    }),
    bursts: { ...bursts, calm: bursts.count === 0 && habit.fano < 2 },
  };
}

/** Up to four edges whose exceedance is nearest to SHARES. */
function edges(rows: readonly Counts[]): readonly number[] {
  const all = sum(rows.map((row) => row.latency.at(-1)?.count ?? 0));
  const known = rows.find(({ latency }) => latency.length > 1)?.latency ?? [];
  if (all === 0) return [];
  const shares = known
    .filter(({ le }) => le < Infinity)
    .map(({ le }) => ({ le, share: sum(rows.map((row) => slower(row, le))) / all }))
    .filter(({ share }) => share < 0.7);
  const distance = (a: number, b: number) => Math.abs(Math.log((a + 1e-5) / b));
  const found = SHARES.map((wanted) =>
    shares.reduce<{ le: number; share: number } | null>(
      (best, edge) =>
        best === null || distance(edge.share, wanted) < distance(best.share, wanted) ? edge : best,
      null,
    ),
  ).flatMap((edge) => (edge ? [edge.le] : []));
  return [...new Set(found)].sort((a, b) => a - b);
}

function habitOf(all: readonly Count[], calm: readonly Count[]): Habit {
  const requests = sum(calm.map((row) => row.requests));
  const events = sum(calm.map((row) => row.events));
  const share = requests > 0 ? events / requests : 0;
  const blocks = blocksOf(calm);
  const mean = blocks.length > 0 ? (share * sum(blocks.map((b) => b.requests))) / blocks.length : 0;
  const squares = blocks.map(
    (b) => (b.events - share * b.requests) ** 2 / Math.max(share * b.requests, 1e-12),
  );
  const fano = blocks.length > 2 && mean > 0 ? sum(squares) / (blocks.length - 1) : 1;
  const minutes = blocksOf(all).map((b) => b.events / b.requests);
  return {
    share,
    upper: upperOf(events, requests, Math.max(1, fano)),
    worst: Math.max(0, ...minutes),
    fano: Math.max(1, Math.min(30, fano)),
    frailty: mean > 0 ? Math.max(0, fano - 1) / mean : 0,
  };
}

/**
 * About the 90 % quantile of the Gamma posterior of a rate, wider where events come in clumps. The prior is worth a
 * hundred requests with half an event: with hardly any history a service is supposed to fail seldom.
 */
function upperOf(events: number, requests: number, fano: number): number {
  return (events + 0.5 + 1.3 * Math.sqrt((events + 0.5) * fano)) / (requests + 100);
}

function blocksOf(rows: readonly Count[]): readonly Count[] {
  const blocks: Count[] = [];
  for (let i = 0; i + BLOCK <= rows.length; i += BLOCK) {
    const block = rows.slice(i, i + BLOCK);
    blocks.push({
      requests: sum(block.map((row) => row.requests)),
      events: sum(block.map((row) => row.events)),
    });
  }
  return blocks;
}

/** Which counts are far above the rest: over four times the calm rate and 1 %, beyond chance. */
function elevated(rows: readonly Count[]): readonly boolean[] {
  const sorted = rows.toSorted((a, b) => a.events / a.requests - b.events / b.requests);
  let calm: readonly Count[] = sorted.slice(0, Math.ceil(sorted.length * 0.75));
  let high: readonly boolean[] = [];
  for (let round = 0; round < 3; round++) {
    const rate = sum(calm.map((row) => row.events)) / Math.max(1, sum(calm.map((row) => row.requests)));
    high = rows.map(({ requests, events }) => {
      const usual = requests * (4 * rate + 0.01);
      return events > usual + 3 * Math.sqrt(usual) + 3;
    });
    calm = rows.filter((_, index) => !high[index]);
  }
  return high;
}

function burstsOf(
  rows: readonly PastReading[],
  high: readonly boolean[],
): { count: number; longest: number } {
  let count = 0;
  let longest = 0;
  let from: number | null = null;
  for (const [index, row] of rows.entries()) {
    if (!high[index]) {
      from = null;
      continue;
    }
    if (from === null) count += 1;
    from ??= row.from;
    longest = Math.max(longest, row.at - from);
  }
  return { count, longest };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
