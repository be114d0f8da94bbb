import type { RawSeries } from "./answer.ts";

export interface Increment {
  /** Epoch ms of the sample that showed it. */
  readonly at: number;
  readonly by: number;
}

/**
 * What one counter counted after `from` (epoch ms), sample by sample.
 *
 * A sample below its predecessor means a restart at zero: all of it is new. The last sample until `from`
 * is where counting starts. A counter without one began at zero if it appeared after `firstRound`, the end
 * of the first round in which its metric was seen at all; else nobody knows what it counted before, and
 * its first sample is only the start.
 */
export function increments(series: RawSeries, from: number, firstRound: number): readonly Increment[] {
  const first = series.samples[0];
  let before = first && first.at > firstRound ? 0 : null;
  const found: Increment[] = [];
  for (const { at, value } of series.samples) {
    if (at > from && before !== null) {
      const by = value < before ? value : value - before;
      if (by > 0) found.push({ at, by });
    }
    before = value;
  }
  return found;
}
