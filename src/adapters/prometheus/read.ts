import type { Unavailable } from "../../analysis/types.ts";
import { type RawSeries, unavailable } from "./answer.ts";
import { Fold } from "./fold.ts";
import { isTooMuch, type Range, readRaw, seconds } from "./raw.ts";
import type { Counts, Reading } from "./reading.ts";
import { selector } from "./selectors.ts";
import { addBuckets, readSums } from "./wide.ts";

const MINUTE = 60_000;
/** How far before the window the last sample of a counter may lie: as long as Prometheus itself calls a series alive. */
const LOOKBACK = 5 * MINUTE;
/** One query reads at most this much, so that no answer grows too large. */
const CHUNK = 60 * MINUTE;
/** Of requests; an hour of so many is about 10 MB. Beyond it the source adds up. */
const MOST_SERIES = 2000;
/** Of buckets, as estimated from the series of requests. */
const MOST_BUCKETS = 4000;
const USUAL_EDGES = 20;

/** Counts of both sides: exact where the series are few enough to be read one by one. */
export async function readCounts(reading: Reading): Promise<Counts | Unavailable> {
  const { ask, plane, names, from, past, idle } = reading;
  const window = windowOf(reading);
  const fold = new Fold({ plane, names, from, pastUntil: past?.to ?? null, idle: idle ?? null });
  const queries = plane.requests.map(({ metric, where }) => selector(plane, names, metric, where));
  let most = 0;
  for (const chunk of chunksOf(window)) {
    const counters: (readonly RawSeries[])[] = [];
    for (const query of queries) {
      let series: readonly RawSeries[] = [];
      const failure = await readRaw(ask, query, chunk, (some) => {
        series = series.concat(some);
      });
      if (failure && isTooMuch(failure)) return readSums(reading, window);
      if (failure) return failure;
      counters.push(series);
    }
    const count = counters.reduce((sum, series) => sum + series.length, 0);
    if (count > MOST_SERIES) return readSums(reading, window);
    most = Math.max(most, count);
    fold.requests(counters, chunk.to === window.to);
  }
  if (most === 0) return nothingFound(reading);
  const asked = queries.map((query) => rangeText(query, window));

  const added: string[] = [];
  for (const histogram of reading.latency ? plane.latency : []) {
    const query = selector(plane, names, histogram.metric, histogram.where);
    const addUp = most * (plane.edges?.length ?? USUAL_EDGES) > MOST_BUCKETS;
    for (const chunk of addUp ? [] : chunksOf(window)) {
      const failure = await readRaw(ask, query, chunk, (some) => fold.buckets(histogram, some));
      if (failure) return isTooMuch(failure) ? readSums(reading, window) : failure;
    }
    if (addUp) {
      const sums = await addBuckets(reading, histogram, window, fold);
      if (typeof sums !== "string") return sums;
      added.push(sums);
    } else asked.push(rangeText(query, window));
  }
  const counted = fold.finish();
  if (!counted) return unavailable("empty", "no scrape of both sides is complete yet");
  const loss = added.length > 0 ? "the histogram has too many series: the source added them up" : null;
  return { ...counted, asked: [...asked, ...added], loss };
}

function nothingFound({ plane, names }: Reading): Unavailable {
  const whom = `${plane.sideIs} ${names.stable.side} or ${names.canary.side} in namespace ${names.namespace}`;
  const metrics = plane.requests.map(({ metric }) => metric).join(" or ");
  return unavailable("empty", `the source has no ${metrics} of ${whom}`);
}

function rangeText(query: string, { from, to }: Range): string {
  return `${query}[${seconds(to - from)}]`;
}

function windowOf({ from, to, past }: Reading): Range {
  return { from: (past?.from ?? from) - LOOKBACK, to };
}

function* chunksOf({ from, to }: Range): Iterable<Range> {
  for (let start = from; start < to; start += CHUNK) yield { from: start, to: Math.min(start + CHUNK, to) };
}
