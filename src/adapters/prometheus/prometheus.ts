import type { Observation, QueryReading, Unavailable } from "../../analysis/types.ts";
import type { Metrics, MetricsQuestion } from "../../ports/metrics.ts";
import { type Answer, type RawSeries, unavailable } from "./answer.ts";
import { type Ask, asker } from "./ask.ts";
import { count } from "./evidence.ts";
import type { SourceConfig } from "./sources.ts";
import { selector, TEMPLATES } from "./templates.ts";

const MINUTE = 60_000;
/** How far before `since` the last sample of a counter may lie: as long as Prometheus itself calls a series alive. */
const LOOKBACK = 5 * MINUTE;
/** Raw samples of a longer window would be too many; later evidence is kept, earlier left out, and `from` says so. */
const LONGEST = 360 * MINUTE;
/** One query reads at most this much, so that no answer grows too large. */
const CHUNK = 60 * MINUTE;
/** Data may be four scrapes old (two lost in a row, one under way, one on its way to a remote store), and always 30 s, which covers clocks that differ. */
const STALE_SCRAPES = 4;
const STALE_FLOOR = 30_000;
/** Prometheus's own default, assumed until two scrapes show the real one. */
const USUAL_INTERVAL = MINUTE;

/**
 * Prometheus and what speaks its query API (Thanos, Mimir, VictoriaMetrics), by the operator's names.
 * Counters are read as raw samples and subtracted here: `rate` and `increase` extrapolate, and
 * their numbers are not requests. One query for the requests of both arms, one for their histograms.
 */
export function createPrometheus(sources: ReadonlyMap<string, SourceConfig>): Metrics {
  return {
    async observe(question) {
      const source = sources.get(question.source);
      if (!source) {
        const known = [...sources.keys()].join(", ") || "none";
        return unavailable(
          "unknown-source",
          `no metrics source is called "${question.source}"; the operator configured: ${known}`,
        );
      }
      return observe(asker(source, AbortSignal.timeout(source.timeoutMs)), question);
    },
  };
}

async function observe(ask: Ask, question: MetricsQuestion): Promise<Observation> {
  const template = TEMPLATES[question.mesh];
  const names = { namespace: question.namespace, workloads: [question.stable, question.canary] };
  const from = Math.max(question.since, question.now - LONGEST);
  const window = { from: from - LOOKBACK, to: question.now };
  const asked: string[] = [];
  const read = async (metric: string) => {
    const query = selector(template, metric, names);
    const cut = from > question.since ? " # nothing older than 6 h was read" : "";
    asked.push(`${query}[${Math.ceil((window.to - window.from) / 1000)}s]${cut}`);
    return readRange(ask, query, window);
  };

  const requests = await read(template.requests);
  if (requests.status !== "ok") return requests;
  if (requests.series.length === 0) {
    const whom = `${question.stable} or ${question.canary} in namespace ${question.namespace}`;
    return unavailable("empty", `the source has no ${template.requests} of workload ${whom}`);
  }
  const buckets = question.latency === false ? NO_SERIES : await read(template.buckets);
  if (buckets.status !== "ok") return buckets;

  const counted = count(template, question, question.idle ?? null, from, requests.series, buckets.series);
  if (!counted) return unavailable("empty", "no scrape of both sides is complete yet");
  const { asOf, scrapes } = counted;
  const limit = Math.max(STALE_SCRAPES * (counted.interval ?? USUAL_INTERVAL), STALE_FLOOR);
  const age = question.now - asOf;
  if (age > limit) {
    const seconds = `${Math.round(age / 1000)} s old, over ${Math.round(limit / 1000)} s`;
    return unavailable("stale", `the last scrape that shows both sides is ${seconds}`);
  }
  const queries: QueryReading[] = [];
  for (const query of question.queries) {
    asked.push(query);
    const reading = readQuery(await ask(query, asOf));
    if (reading.status === "unavailable") return reading;
    queries.push(reading);
  }
  return { status: "ok", evidence: { from, asOf, scrapes, queries, asked } };
}

type Range = { readonly status: "ok"; readonly series: readonly RawSeries[] } | Unavailable;
const NO_SERIES: Range = { status: "ok", series: [] };

async function readRange(ask: Ask, query: string, window: { from: number; to: number }): Promise<Range> {
  const merged = new Map<string, { labels: RawSeries["labels"]; samples: RawSeries["samples"][number][] }>();
  for (let start = window.from; start < window.to; start += CHUNK) {
    const end = Math.min(start + CHUNK, window.to);
    const answer = await ask(`${query}[${Math.ceil((end - start) / 1000)}s]`, end);
    if (answer.status !== "ok") return answer;
    if (answer.result.type !== "matrix")
      return unavailable("malformed", "samples were asked for, others came");
    for (const { labels, samples } of answer.result.series) {
      if (samples.some((sample) => !Number.isFinite(sample.value)))
        return unavailable("not-finite", "a request counter is NaN or infinite");
      const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
      const known = merged.get(key) ?? { labels, samples: [] };
      // Both ends of a range are inclusive in Prometheus 2: the same sample may come twice.
      const last = known.samples.at(-1)?.at ?? -Infinity;
      for (const sample of samples) if (sample.at > last) known.samples.push(sample);
      merged.set(key, known);
    }
  }
  return { status: "ok", series: [...merged.values()] };
}

/** One number, or the reason why it is none. A query that Prometheus refuses says nothing about the source. */
function readQuery(answer: Answer): QueryReading | Unavailable {
  if (answer.status !== "ok") {
    return answer.code === "query-error" ? { status: "unusable", reason: answer.detail } : answer;
  }
  const { result } = answer;
  if (result.type === "matrix" || result.type === "string") {
    return { status: "unusable", reason: `the query gives a ${result.type}, one number is needed` };
  }
  const values = result.type === "scalar" ? [result.value] : result.values;
  const [value, ...others] = values;
  if (value === undefined) return { status: "empty" };
  if (others.length > 0) {
    const reason = `the query gives ${values.length} series, one is needed: wrap it in sum(), max() or the like`;
    return { status: "unusable", reason };
  }
  if (!Number.isFinite(value)) return { status: "unusable", reason: `the query gives ${value}` };
  return { status: "value", value };
}
