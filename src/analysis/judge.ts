import type { Slo } from "../config/types.ts";
import { total } from "./counts.ts";
import { judgeErrorRate } from "./error-rate.ts";
import { judgeLatency } from "./latency.ts";
import type { Observation, QueryReading, SloVerdict, Verdict, VerdictWord } from "./types.ts";
import { number } from "./words.ts";

/** Worst first: one broken objective outweighs whatever the others say, and no data outweighs good data. */
const WORST_FIRST = ["fail", "unavailable", "inconclusive", "pass"] as const satisfies readonly VerdictWord[];

/**
 * What an observation says about a rollout's objectives. `pass` needs every objective met on at least
 * `minRequests` canary requests; without objectives nothing can pass.
 */
export function judge(
  slos: readonly Slo[],
  observation: Observation,
  options: { readonly minRequests: number },
): Verdict {
  if (observation.status === "unavailable") {
    const words = `metrics are unavailable (${observation.code}): ${observation.detail}`;
    return { verdict: "unavailable", window: null, slos: [], words };
  }
  const { from, asOf, scrapes, queries } = observation.evidence;
  const window = { from, asOf };
  if (slos.length === 0) {
    return {
      verdict: "inconclusive",
      window,
      slos: [],
      words: "the rollout declares no objective to judge by",
    };
  }
  const canary = total(scrapes, "canary");
  const stable = total(scrapes, "stable");
  const readings = queries.values();
  const judged = slos.map((slo) => {
    if (slo.kind === "errorRate") return judgeErrorRate(slo.max, options.minRequests, canary, stable);
    if (slo.kind === "latency") return judgeLatency(slo, options.minRequests, canary, stable);
    return judgeQuery(slo, readings.next().value);
  });
  const verdict = WORST_FIRST.find((word) => judged.some((slo) => slo.verdict === word)) ?? "inconclusive";
  const words = judged.filter((slo) => slo.verdict === verdict).map((slo) => slo.words);
  return { verdict, window, slos: judged, words: words.join("; ") };
}

function judgeQuery(slo: Extract<Slo, { kind: "query" }>, reading: QueryReading | undefined): SloVerdict {
  const bounds = [
    ...(slo.min === null ? [] : [`at least ${number(slo.min)}`]),
    ...(slo.max === null ? [] : [`at most ${number(slo.max)}`]),
  ];
  const limit = bounds.join(" and ");
  const common = { name: slo.query, limit, canary: null, stable: null, requests: null };
  if (!reading) return { ...common, verdict: "unavailable", words: `${slo.query} was not asked` };
  if (reading.status === "empty") {
    return { ...common, verdict: "inconclusive", words: `${slo.query} gives nothing` };
  }
  if (reading.status === "unusable" || !Number.isFinite(reading.value)) {
    const why = reading.status === "unusable" ? reading.reason : "its value is not a number";
    return { ...common, verdict: "unavailable", words: `${slo.query} is unusable: ${why}` };
  }
  const { value } = reading;
  const broken = (slo.min !== null && value < slo.min) || (slo.max !== null && value > slo.max);
  const words = `${slo.query} is ${number(value)}, limit ${limit}`;
  return { ...common, canary: number(value), verdict: broken ? "fail" : "pass", words };
}
