import { total } from "../analysis/counts.ts";
import { judgeErrorRate } from "../analysis/error-rate.ts";
import { expectation } from "../analysis/judgement.ts";
import { judgeLatency } from "../analysis/latency.ts";
import type { Counts, Past } from "../analysis/types.ts";
import { NAMED_QUERIES, type Rollout } from "../config/types.ts";
import type { FileReading } from "../ports/forge.ts";
import { duration, listed } from "../views/format.ts";
import type { PresentSlo, RolloutPlan } from "../views/plan-view.ts";
import { factsOf } from "./facts.ts";
import { judgingOf, pastOf } from "./observe.ts";
import type { Ports } from "./ports.ts";

/** Queries that are run for one rollout's plan. */
const QUERIES = 10;

export interface MetricsSaid {
  /** SLO by SLO, in their order, of the stable side. */
  readonly present: readonly PresentSlo[];
  readonly notes: readonly string[];
}

export const NOTHING_SAID: MetricsSaid = { present: [], notes: [] };

/**
 * What the metrics say before a release: where the stable side stands by its limits, how long a release takes at
 * today's traffic, what the metrics cannot tell, and which queries cannot mean what they say. Whoever calls has made
 * sure that no query of a stranger is run.
 */
export async function metricsSay(
  ports: Ports,
  { rollout, ships }: RolloutPlan,
  files: ReadonlyMap<string, FileReading>,
): Promise<MetricsSaid> {
  const outcome = factsOf(rollout, files, ports.memory.reader);
  if (!outcome.ok) return NOTHING_SAID;
  const { metrics, clock } = ports;
  const seen = await metrics.observe(pastOf(rollout, outcome.facts, clock.now()));
  const blind = metrics.blindSpots(rollout);
  if (seen.status === "unavailable") {
    return { present: [], notes: [`The metrics source does not answer now: ${seen.detail}.`, ...blind] };
  }
  const past = seen.evidence.past ?? [];
  return {
    present: await presentOf(ports, rollout, past),
    notes: [...(ships ? [timeNote(rollout, past)] : []), ...blind],
  };
}

/** Each objective as the stable side meets it now, so that a limit that is broken already is seen before a release. */
async function presentOf(
  { metrics, clock }: Ports,
  rollout: Rollout,
  past: readonly Past[],
): Promise<readonly PresentSlo[]> {
  const nothing: Counts = { requests: 0, errors: 0, latency: [] };
  const stable = total(
    past.map(({ at, stable: counts }) => ({ at, canary: nothing, stable: counts })),
    "stable",
  );
  const rows: PresentSlo[] = [];
  let queries = 0;
  for (const slo of rollout.slos) {
    if (slo.kind !== "query") {
      const { minRequests } = rollout;
      const judged =
        slo.kind === "errorRate"
          ? judgeErrorRate(slo.max, minRequests, stable, stable)
          : judgeLatency(slo, minRequests, stable, stable);
      rows.push({
        name: judged.name,
        limit: judged.limit,
        now: stable.requests === 0 ? null : judged.stable,
        state: judged.verdict === "fail" ? "broken" : judged.verdict === "pass" ? "met" : "unknown",
        words: judged.verdict === "pass" || judged.verdict === "fail" ? "" : judged.words,
      });
      continue;
    }
    const limit = [
      ...(slo.min === null ? [] : [`at least ${slo.min}`]),
      ...(slo.max === null ? [] : [`at most ${slo.max}`]),
    ].join(", ");
    const row = { name: slo.query, limit, now: null, state: "unknown" } as const;
    if (NAMED_QUERIES.some((name) => name === slo.query)) {
      rows.push({ ...row, words: "counted of the canary" });
      continue;
    }
    queries += 1;
    if (queries > QUERIES) continue;
    const checked = await metrics.checkQuery(rollout.prometheus, slo.query, clock.now());
    if (checked.status !== "ok") rows.push({ ...row, words: checked.words });
    else {
      const broken =
        (slo.min !== null && checked.value < slo.min) || (slo.max !== null && checked.value > slo.max);
      const now = String(Number(checked.value.toPrecision(4)));
      rows.push({ ...row, now, state: broken ? "broken" : "met", words: "" });
    }
  }
  return rows;
}

function timeNote(rollout: Rollout, past: readonly Past[]): string {
  const { steps, auto, live } = rollout;
  const expected = expectation(judgingOf(rollout), past, { steps, auto, lag: live.after });
  if (expected === null) return "The metrics show no request of the stable side in the last hour.";
  const { rate, takes, path } = expected;
  const traffic =
    rate >= 1
      ? `${Math.round(rate).toLocaleString("en-US")} requests a second`
      : `${Number((rate * 60).toPrecision(2))} requests a minute`;
  return takes === null
    ? `At today's ${traffic} no week is enough to judge every step: use fewer and larger ones${auto ? "" : ", `steps: auto`"} or \`mode: threshold\`.`
    : `At today's ${traffic} a release as good as stable takes about ${duration(Math.ceil(takes / 60_000) * 60_000)}${auto ? `, by ${listed(path.map((percent) => `${percent} %`))}` : ""}, if each weight is live within ${duration(rollout.live.after)}.`;
}
