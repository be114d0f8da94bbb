import { NAMED_QUERIES } from "../../config/types.ts";
import type { QueryCheck } from "../../ports/metrics.ts";
import type { Ask } from "./ask.ts";
import { quantiledIn, selectorsIn } from "./scan.ts";

/**
 * Whether PromQL can mean what it says on this source: it is run once at `at` (epoch ms), and where it gives
 * nothing, the source is asked which of its metrics and labels it knows at all.
 */
export async function checkQuery(ask: Ask, query: string, at: number): Promise<QueryCheck> {
  if (NAMED_QUERIES.some((name) => name === query)) {
    return { status: "empty", words: "it is built in: docs/metrics.md says what it is made of" };
  }
  const answer = await ask(query, at);
  if (answer.status !== "ok") {
    const ofQuery = answer.code === "query-error" || answer.code === "query-warning";
    return { status: ofQuery ? "problem" : "unavailable", words: answer.detail };
  }
  const { result } = answer;
  if (result.type === "matrix" || result.type === "string") {
    return problem(`it gives a ${result.type}, one number is needed`);
  }
  const values = result.type === "scalar" ? [result.value] : result.samples.map(({ value }) => value);
  const [value, ...others] = values;
  if (others.length > 0) {
    return problem(`it gives ${values.length} series, one is needed: wrap it in sum(), max() or the like`);
  }
  const edges = await missingEdges(ask, query, at);
  if (edges) return edges;
  if (value !== undefined && Number.isFinite(value)) return { status: "ok", value };
  return (await unknownNames(ask, query, at)) ?? { status: "empty", words: nothingNow(value) };
}

function nothingNow(value: number | undefined): string {
  return value === undefined
    ? "it gives nothing now, though every metric and label in it is known: no series has these values, its window holds fewer than two samples, or a comparison in it filters the result out"
    : `it gives ${value} now, as a share of no requests does`;
}

/** A histogram whose buckets were added up without keeping their edges has no quantile; older sources give nothing and say nothing. */
async function missingEdges(ask: Ask, query: string, at: number): Promise<QueryCheck | null> {
  for (const buckets of quantiledIn(query)) {
    const answer = await ask(`count by (le) (${buckets})`, at);
    if (answer.status !== "ok" || answer.result.type !== "vector") continue;
    const { samples } = answer.result;
    if (samples.length > 0 && samples.every(({ labels }) => labels["le"] === undefined)) {
      return problem(
        `bucket label "le" is missing in the argument of histogram_quantile: add it up with sum by (le) (…)`,
      );
    }
  }
  return null;
}

async function unknownNames(ask: Ask, query: string, at: number): Promise<QueryCheck | null> {
  for (const { metric, labels } of selectorsIn(query)) {
    if (!(await exists(ask, metric, at))) {
      return problem(
        `the source knows no metric ${metric} now: look for a misspelling, or whether it is scraped`,
      );
    }
    for (const label of labels) {
      if (label !== "__name__" && !(await exists(ask, `${metric}{${label}!=""}`, at))) {
        return problem(`no series of ${metric} has a label ${label} now`);
      }
    }
  }
  return null;
}

/** When in doubt, yes: a problem is only told when it was seen. */
async function exists(ask: Ask, selector: string, at: number): Promise<boolean> {
  const answer = await ask(`count(${selector})`, at);
  return answer.status !== "ok" || answer.result.type !== "vector" || answer.result.samples.length > 0;
}

function problem(words: string): QueryCheck {
  return { status: "problem", words };
}
