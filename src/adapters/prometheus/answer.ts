import type { Unavailable } from "../../analysis/types.ts";

type Labels = Readonly<Record<string, string>>;

/** One series of a range selector: raw samples, ascending. `at` is epoch ms. */
export interface RawSeries {
  readonly labels: Labels;
  readonly samples: readonly { readonly at: number; readonly value: number }[];
}

/** What `/api/v1/query` answers, by result type; values are JavaScript numbers (NaN and Inf included). */
type QueryResult =
  | { readonly type: "matrix"; readonly series: readonly RawSeries[] }
  | {
      readonly type: "vector";
      readonly samples: readonly { readonly labels: Labels; readonly value: number }[];
    }
  | { readonly type: "scalar"; readonly value: number }
  | { readonly type: "string" };

export type Answer = { readonly status: "ok"; readonly result: QueryResult } | Unavailable;

/** Prometheus says 400 and 422 of a query it cannot run; some proxies make 200 of them. */
const REFUSALS: ReadonlySet<number> = new Set([200, 400, 422]);

/** The body of an answer of Prometheus, checked: this is the one place where its JSON is trusted. */
export function readAnswer(httpStatus: number, body: string): Answer {
  const json = parse(body);
  if (json === undefined) return unreadable(httpStatus, body);
  if (!isRecord(json)) return malformed("the answer is not a JSON object");
  if (json["status"] === "error" && REFUSALS.has(httpStatus)) return refused(json);
  if (httpStatus !== 200) return httpError(httpStatus);
  if (json["status"] !== "success") return malformed("the answer has no status");
  const warnings = json["warnings"];
  if (Array.isArray(warnings) && warnings.length > 0) {
    // Prometheus 3 warns of what a query means, too: that is no fault of the source.
    const ofQuery = warnings.find((warning) => line(warning).startsWith("PromQL warning"));
    if (ofQuery !== undefined) return unavailable("query-warning", line(ofQuery));
    return unavailable(
      "warnings",
      `the source answers with a warning, data may be partial: ${line(warnings[0])}`,
    );
  }
  // VictoriaMetrics says so when a part of its storage did not answer.
  if (json["isPartial"] === true) {
    return unavailable("partial", "the source answers with a part of its data only");
  }
  const data = json["data"];
  if (!isRecord(data)) return malformed("the answer has no data");
  const result = readResult(data["resultType"], data["result"]);
  return result ? { status: "ok", result } : malformed("the result does not have the shape it declares");
}

export function unavailable(code: string, detail: string): Unavailable {
  return { status: "unavailable", code, detail };
}

export function httpError(status: number): Unavailable {
  if (status === 401 || status === 403)
    return unavailable("unauthorised", `the source refuses our credentials (HTTP ${status})`);
  if (status === 429) return unavailable("rate-limited", "the source asks us to slow down (HTTP 429)");
  if (status >= 300 && status < 400)
    return unavailable("redirect", `the source redirects elsewhere (HTTP ${status}), which is not followed`);
  return unavailable("http-status", `the source answers HTTP ${status}`);
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function unreadable(httpStatus: number, body: string): Unavailable {
  if (httpStatus !== 200) return httpError(httpStatus);
  const start = body.trimStart().slice(0, 1);
  if (start === "<")
    return unavailable("html-page", "the source answers with a web page, such as a login, instead of data");
  if (start === "{") return unavailable("truncated-json", "the source's answer breaks off or is damaged");
  return unavailable("not-json", "the source's answer is not JSON");
}

function refused(json: Record<string, unknown>): Unavailable {
  return unavailable(
    "query-error",
    `the source refuses the query (${line(json["errorType"])}): ${line(json["error"])}`,
  );
}

function malformed(detail: string): Unavailable {
  return unavailable("malformed", `not an answer of the Prometheus API: ${detail}`);
}

function readResult(type: unknown, result: unknown): QueryResult | null {
  if (type === "string") return { type };
  if (type === "scalar") {
    const sample = readSample(result);
    return sample && { type, value: sample.value };
  }
  if (!Array.isArray(result)) return null;
  if (type === "vector") {
    const samples: { labels: Labels; value: number }[] = [];
    for (const item of result) {
      if (!isRecord(item) || !isLabels(item["metric"])) return null;
      const sample = readSample(item["value"]);
      if (!sample) return null;
      samples.push({ labels: item["metric"], value: sample.value });
    }
    return { type, samples };
  }
  if (type !== "matrix") return null;
  const series: RawSeries[] = [];
  for (const item of result) {
    const one = readSeries(item);
    if (!one) return null;
    series.push(one);
  }
  return { type, series };
}

function readSeries(item: unknown): RawSeries | null {
  if (!isRecord(item) || !isLabels(item["metric"]) || !Array.isArray(item["values"])) return null;
  const samples: { at: number; value: number }[] = [];
  for (const pair of item["values"]) {
    const sample = readSample(pair);
    if (!sample) return null;
    samples.push(sample);
  }
  return { labels: item["metric"], samples };
}

/** `[seconds, "number"]`, where the number may be NaN, +Inf or -Inf. */
function readSample(pair: unknown): { at: number; value: number } | null {
  if (!Array.isArray(pair) || typeof pair[0] !== "number" || typeof pair[1] !== "string") return null;
  const value = Number(pair[1]);
  const special = Number.isNaN(value) ? NOT_FINITE.get(pair[1]) : value;
  return special === undefined ? null : { at: Math.round(pair[0] * 1000), value: special };
}

const NOT_FINITE: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["+Inf", Infinity],
  ["Inf", Infinity],
  ["-Inf", -Infinity],
]);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isLabels(value: unknown): value is Labels {
  return isRecord(value) && Object.values(value).every((label) => typeof label === "string");
}

/** Text from outside, as one short line. */
function line(value: unknown): string {
  const text = typeof value === "string" ? value : "no reason given";
  return text
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, 200);
}
