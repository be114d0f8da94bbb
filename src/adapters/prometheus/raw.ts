import type { Unavailable } from "../../analysis/types.ts";
import { type Answer, type RawSeries, unavailable } from "./answer.ts";
import type { Ask } from "./ask.ts";

export interface Range {
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
}

/** No shorter stretch is asked for when an answer is too large. */
const SHORTEST = 5 * 60_000;

/**
 * The raw samples of a selector, handed over in stretches ascending in time: one, or shorter ones where the source
 * finds the whole too much. Null when nothing went wrong.
 */
export async function readRaw(
  ask: Ask,
  query: string,
  range: Range,
  use: (series: readonly RawSeries[]) => void,
): Promise<Unavailable | null> {
  const length = range.to - range.from;
  const series = seriesOf(await ask(`${query}[${seconds(length)}]`, range.to));
  if (!("status" in series)) {
    use(series);
    return null;
  }
  if (!isTooMuch(series) || length < 2 * SHORTEST) return series;
  const middle = range.from + Math.floor(length / 2);
  const first = await readRaw(ask, query, { from: range.from, to: middle }, use);
  return first ?? (await readRaw(ask, query, { from: middle, to: range.to }, use));
}

/** Limits as the sources word them: Prometheus, Thanos, Mimir, VictoriaMetrics. */
export function isTooMuch({ code, detail }: Unavailable): boolean {
  if (code === "oversized") return true;
  return code === "query-error" && /too many|exceed|cannot select more|limit/i.test(detail);
}

/** An answer's series, or why there are none. */
export function seriesOf(answer: Answer): readonly RawSeries[] | Unavailable {
  if (answer.status !== "ok") return answer;
  if (answer.result.type !== "matrix") {
    return unavailable("malformed", "samples were asked for, others came");
  }
  const { series } = answer.result;
  const broken = series.some(({ samples }) => samples.some(({ value }) => !Number.isFinite(value)));
  return broken ? unavailable("not-finite", "a request counter is NaN or infinite") : series;
}

/** A PromQL duration. */
export function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`;
}
