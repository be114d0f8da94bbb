import { matchers, type Names, ruleMatchers } from "./names.ts";
import type { Counter, Plane } from "./planes/plane.ts";
import { selector } from "./selectors.ts";

/** PromQL for people and dashboards; verdicts are made from the same series, read sample by sample. */
export interface Queries {
  /** Requests of the canary a second. */
  readonly requestRate: string;
  /** Empty where there are no requests, 0 where none of them failed. */
  readonly errorRate: string;
  /** In the unit of the histogram; null where there is none. */
  readonly latency: string | null;
  readonly mtls: string | null;
  readonly overflow: string | null;
}

const WINDOW = "5m";
const CANARY = ["canary"] as const;

export function queriesOf(plane: Plane, names: Names, quantile: number): Queries {
  const requests = counted(plane, names, ({ where }) => [where]);
  const failures = counted(
    plane,
    names,
    ({ where, failed }) => failed.map((row) => ({ ...where, ...row })),
    true,
  );
  const histograms = plane.latency.map(
    ({ metric, where }) => `rate(${selector(plane, names, metric, where, CANARY)}[${WINDOW}])`,
  );
  const divisor = plane.requests.length > 1 ? `(${requests})` : requests;
  const { mtls, overflow } = plane;
  const secure =
    mtls && counted(plane, names, ({ where }) => [{ ...where, [mtls.label]: { is: mtls.value } }], true);
  return {
    requestRate: requests,
    errorRate: `(${failures}) / ${divisor}`,
    latency:
      histograms.length === 0
        ? null
        : `histogram_quantile(${quantile}, sum by (le) (${histograms.join(" or ")}))`,
    mtls: secure && `(${secure}) / ${divisor}`,
    overflow:
      overflow &&
      `sum(increase(${overflow.metric}{${matchers({ scope: {}, sides: overflow.sides }, names, CANARY).join(",")}}[${WINDOW}]))`,
  };
}

type Rules = Counter["where"];

/** The rates of all series that one of the rows matches. `zero`: none of them is 0, not nothing. */
function counted(
  plane: Plane,
  names: Names,
  rowsOf: (counter: Counter) => readonly Rules[],
  zero = false,
): string {
  const sums = plane.requests.flatMap((counter) =>
    rowsOf(counter).map((row) => {
      const all = [...matchers(plane, names, CANARY), ...ruleMatchers(row)].join(",");
      return `sum(rate(${counter.metric}{${all}}[${WINDOW}]))`;
    }),
  );
  const [only = "", ...others] = sums;
  if (others.length === 0 && !zero) return only;
  if (others.length === 0) return `${only} or vector(0)`;
  const added = sums.map((sum) => `(${sum} or vector(0))`).join(" + ");
  return zero ? added : `(${added}) > 0`;
}
