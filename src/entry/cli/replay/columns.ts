import { total } from "../../../analysis/counts.ts";
import { quantile } from "../../../analysis/latency.ts";
import type { Scrape } from "../../../analysis/types.ts";
import type { Look, Replayed, Window } from "./looks.ts";

/** One stretch of the window, as a chart shows it; null where nothing was counted or judged. */
export interface Column {
  readonly percent: number;
  readonly look: Look | null;
  /** Highest of its looks: times likelier, as a natural logarithm. */
  readonly evidence: number | null;
  readonly errors: Pair;
  /** ms */
  readonly latency: Pair;
}

interface Pair {
  readonly canary: number | null;
  readonly stable: number | null;
}

/** At most `most` stretches of the window, equally long; none shorter than the time between two looks. */
export function columnsOf(
  { looks, scrapes }: Replayed,
  { from, to, every }: Window,
  q: number,
  most: number,
): readonly Column[] {
  const count = Math.max(1, Math.min(most, Math.ceil((to - from) / every)));
  const index = (at: number) =>
    Math.min(count - 1, Math.max(0, Math.ceil(((at - from) / (to - from)) * count) - 1));
  return Array.from({ length: count }, (_, column): Column => {
    const seen = looks.filter(({ at }) => index(at) === column);
    const counted = scrapes.filter(({ at }) => index(at) === column);
    const logs = seen.flatMap(({ evidence }) => (evidence ? [evidence.log] : []));
    const last = seen.at(-1) ?? null;
    return {
      percent: last?.percent ?? 0,
      look: last,
      evidence: logs.length === 0 ? null : Math.max(...logs),
      errors: pairOf((side) => errorRate(counted, side)),
      latency: pairOf((side) => latencyOf(counted, side, q)),
    };
  });
}

function pairOf(value: (side: "canary" | "stable") => number | null): Pair {
  return { canary: value("canary"), stable: value("stable") };
}

export function errorRate(scrapes: readonly Scrape[], side: "canary" | "stable"): number | null {
  const { requests, errors } = total(scrapes, side);
  return requests > 0 ? errors / requests : null;
}

/** ms; Infinity beyond the last edge. */
export function latencyOf(scrapes: readonly Scrape[], side: "canary" | "stable", q: number): number | null {
  const value = quantile(total(scrapes, side).latency, q);
  return Number.isNaN(value) ? null : value;
}
