import type { Unavailable } from "../../analysis/types.ts";
import type { RawSeries } from "./answer.ts";
import type { Ask } from "./ask.ts";
import { type Range, readRaw } from "./raw.ts";

const MINUTE = 60_000;
/** A series older than this before the window began is alive no more. */
const LOOKBACK = 5 * MINUTE;
const CHUNK = 60 * MINUTE;

/**
 * What all series of a counter counted in (from, to], restarts series by series; null when there are none.
 * A series that appears later than the first scrape that was seen began at zero.
 */
export async function increases(
  ask: Ask,
  query: string,
  { from, to }: Range,
): Promise<number | Unavailable | null> {
  const last = new Map<string, { at: number; value: number }>();
  let beginning = Infinity;
  let sum = 0;
  const take = (all: readonly RawSeries[]) => {
    beginning = Math.min(beginning, ...all.map(({ samples }) => samples[0]?.at ?? Infinity));
    for (const { labels, samples } of all) {
      const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
      const late = (samples[0]?.at ?? 0) > beginning + MINUTE;
      let before = last.get(key) ?? (late ? { at: -Infinity, value: 0 } : undefined);
      for (const sample of samples) {
        if (before && sample.at <= before.at) continue;
        if (before && sample.at > from) {
          sum += sample.value < before.value ? sample.value : sample.value - before.value;
        }
        before = sample;
      }
      if (before) last.set(key, before);
    }
  };
  for (let start = from - LOOKBACK; start < to; start += CHUNK) {
    const failure = await readRaw(ask, query, { from: start, to: Math.min(start + CHUNK, to) }, take);
    if (failure) return failure;
  }
  return last.size === 0 ? null : sum;
}
