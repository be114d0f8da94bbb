import type { Slo } from "../config/types.ts";
import type { QueryReading, SloVerdict } from "./types.ts";
import { number } from "./words.ts";

/** A query's one number against its bounds. */
export function judgeQuery(
  slo: Extract<Slo, { kind: "query" }>,
  reading: QueryReading | undefined,
): SloVerdict {
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
