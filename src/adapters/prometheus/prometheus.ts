import PQueue from "p-queue";
import type { Observation, Unavailable } from "../../analysis/types.ts";
import type { Metrics, MetricsQuestion } from "../../ports/metrics.ts";
import { unavailable } from "./answer.ts";
import { type Ask, asker } from "./ask.ts";
import { blindSpots } from "./blind.ts";
import { checkQuery } from "./check.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { fitOf } from "./fit.ts";
import { linkOf } from "./link.ts";
import { understood } from "./question.ts";
import { readCounts } from "./read.ts";
import type { Reading } from "./reading.ts";
import { readSlo } from "./slo-queries.ts";
import { type SourceConfig, sourcesFor } from "./sources.ts";

const MINUTE = 60_000;
/** Raw samples of a longer window would be too many; later evidence is kept, earlier left out, and `from` says so. */
const LONGEST = 360 * MINUTE;
/** Data may be four scrapes old (two lost in a row, one under way, one on its way to a remote store), and always 30 s, which covers clocks that differ. */
const STALE_SCRAPES = 4;
const STALE_FLOOR = 30_000;
/** Prometheus's own default, assumed until two scrapes show the real one. */
const USUAL_INTERVAL = MINUTE;
/** Looks at one source at the same time; each holds one answer in memory. Others wait their turn, so long at most. */
const AT_ONCE = 4;
const LONGEST_WAIT = MINUTE;

/** As the operator; `for` as a repository (`owner/name`), with the sources that are for it and knowing of no other. */
interface Prometheus extends Metrics {
  readonly for: (repository: string) => Metrics;
}

/**
 * Prometheus and what speaks its query API (Thanos, Mimir, VictoriaMetrics, managed ones), by the operator's names.
 * Counters are read as raw samples and subtracted here: `rate` and `increase` extrapolate, and
 * their numbers are not requests. One query for the requests of both sides, one for their histograms.
 */
export function createPrometheus(sources: ReadonlyMap<string, SourceConfig>): Prometheus {
  const lanes = new Map<string, { readonly queue: PQueue; readonly credentials: Credentials }>();

  async function inTurn<T>(
    allowed: typeof sources,
    name: string,
    look: (ask: Ask, source: SourceConfig) => Promise<T>,
  ) {
    const source = allowed.get(name);
    if (!source) {
      const known = [...allowed.keys()].join(", ") || "none";
      return unavailable(
        "unknown-source",
        `no metrics source is called "${name}"; the operator configured: ${known}`,
      );
    }
    const lane = lanes.get(name) ?? {
      queue: new PQueue({ concurrency: AT_ONCE }),
      credentials: credentialsOf(source.auth),
    };
    lanes.set(name, lane);
    const since = Date.now();
    return lane.queue.add(async (): Promise<T | Unavailable> => {
      if (Date.now() - since > LONGEST_WAIT) {
        return unavailable("busy", `the source was busy with other releases for ${LONGEST_WAIT / 1000} s`);
      }
      return look(asker(source, lane.credentials, AbortSignal.timeout(source.timeoutMs)), source);
    });
  }

  const metricsOf = (allowed: typeof sources): Metrics => ({
    blindSpots,
    fitOf,
    link: (name, query, window) => linkOf(allowed.get(name)?.link, query, window),
    observe: (question) =>
      inTurn(allowed, question.source, (ask, { delayMs }) => observe(ask, question, delayMs ?? 0)),
    async checkQuery(name, query, now) {
      const checked = await inTurn(allowed, name, (ask, { delayMs }) =>
        checkQuery(ask, query, now - (delayMs ?? 0)),
      );
      return "detail" in checked ? { status: "unavailable", words: checked.detail } : checked;
    },
  });
  return { ...metricsOf(sources), for: (repository) => metricsOf(sourcesFor(sources, repository)) };
}

async function observe(ask: Ask, question: MetricsQuestion, delay: number): Promise<Observation> {
  const from = Math.max(question.since, question.now - LONGEST);
  const reading: Reading = {
    ask,
    ...understood(question),
    from,
    // What the source has not surely taken in yet is not looked at: it would be counted in part.
    to: question.now - delay,
    past: question.history ?? null,
    idle: question.idle ?? null,
    latency: question.latency !== false,
  };
  const counts = await readCounts(reading);
  if ("status" in counts) return counts;
  const { asOf, scrapes, past } = counts;
  const limit = delay + Math.max(STALE_SCRAPES * (counts.interval ?? USUAL_INTERVAL), STALE_FLOOR);
  const age = question.now - asOf;
  if (age > limit) {
    const seconds = `${Math.round(age / 1000)} s old, over ${Math.round(limit / 1000)} s`;
    return unavailable("stale", `the last scrape that shows both sides is ${seconds}`);
  }
  const cut = from > question.since ? " # nothing older than 6 h was read" : "";
  const asked = counts.asked.map((query) => query + cut);
  const queries = [];
  for (const query of question.queries) {
    const answer = await readSlo(reading, counts, query);
    if ("code" in answer) return answer;
    asked.push(answer.asked);
    queries.push(answer.reading);
  }
  const loss = counts.loss === null ? {} : { loss: counts.loss };
  return { status: "ok", evidence: { from, asOf, scrapes, queries, asked, past, ...loss } };
}
