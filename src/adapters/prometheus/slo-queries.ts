import type { QueryReading, Unavailable } from "../../analysis/types.ts";
import { NAMED_QUERIES, type NamedQuery } from "../../config/types.ts";
import type { Answer } from "./answer.ts";
import { increases } from "./increases.ts";
import { seconds } from "./raw.ts";
import type { Counts, Reading } from "./reading.ts";
import { selector } from "./selectors.ts";

/** What came of a `query` SLO, and what was asked for it. */
interface Asked {
  readonly reading: QueryReading;
  readonly asked: string;
}

/** One of the built-in queries on the counts that were read, or PromQL at `asOf`. */
export async function readSlo(reading: Reading, counts: Counts, query: string): Promise<Asked | Unavailable> {
  const name = NAMED_QUERIES.find((known) => known === query);
  if (name) return NAMED[name](reading, counts);
  const found = readQuery(await reading.ask(query, counts.asOf));
  return "code" in found ? found : { reading: found, asked: query };
}

type Named = (reading: Reading, counts: Counts) => Asked | Promise<Asked | Unavailable>;

const NAMED: Readonly<Record<NamedQuery, Named>> = {
  mtls({ plane }, { scrapes, secure }) {
    if (!plane.mtls)
      return told("mtls", unusable(`${plane.title}: its metrics do not say what is encrypted`));
    const requests = scrapes.reduce((sum, { canary }) => sum + canary.requests, 0);
    const { label, value } = plane.mtls;
    const reading = requests > 0 ? valued(secure / requests) : EMPTY;
    return told(`mtls # of the canary's requests above, those with ${label}="${value}"`, reading);
  },
  requestRate(_, { scrapes, asOf, interval }) {
    const [first] = scrapes;
    const requests = scrapes.reduce((sum, { canary }) => sum + canary.requests, 0);
    // The first scrape shows what came since the one before it.
    const rate = first && interval && requests / ((asOf - first.at + interval) / 1000);
    return told(
      "requestRate # the canary's requests above, by seconds",
      rate === undefined || rate === null ? EMPTY : valued(rate),
    );
  },
  async overflow({ ask, plane, names, from }, { asOf }) {
    if (!plane.overflow)
      return told("overflow", unusable(`${plane.title}: its metrics do not show circuit breakers`));
    const { metric, sides, hint } = plane.overflow;
    const query = selector({ scope: {}, sides }, names, metric, {}, ["canary"]);
    const range = { from, to: asOf };
    const sum = await increases(ask, query, range);
    const asked = `${query}[${seconds(asOf - from)}]`;
    if (typeof sum === "number") return { reading: valued(sum), asked };
    return sum ?? { reading: unusable(`the source has no ${query}: ${hint}`), asked };
  },
};

const EMPTY: QueryReading = { status: "empty" };

function told(asked: string, reading: QueryReading): Asked {
  return { reading, asked };
}

function valued(value: number): QueryReading {
  return { status: "value", value };
}

function unusable(reason: string): QueryReading {
  return { status: "unusable", reason };
}

/** One number, or the reason why it is none. A query that Prometheus refuses says nothing about the source. */
function readQuery(answer: Answer): QueryReading | Unavailable {
  if (answer.status !== "ok") {
    const ofQuery = answer.code === "query-error" || answer.code === "query-warning";
    return ofQuery ? unusable(answer.detail) : answer;
  }
  const { result } = answer;
  if (result.type === "matrix" || result.type === "string") {
    return unusable(`the query gives a ${result.type}, one number is needed`);
  }
  const values = result.type === "scalar" ? [result.value] : result.samples.map((sample) => sample.value);
  const [value, ...others] = values;
  if (value === undefined) return EMPTY;
  if (others.length > 0) {
    return unusable(
      `the query gives ${values.length} series, one is needed: wrap it in sum(), max() or the like`,
    );
  }
  return Number.isFinite(value) ? valued(value) : unusable(`the query gives ${value}`);
}
