import { expectation } from "../analysis/judgement.ts";
import { NAMED_QUERIES, type Rollout } from "../config/types.ts";
import type { FileReading } from "../ports/forge.ts";
import { duration, listed } from "../views/format.ts";
import type { RolloutPlan } from "../views/plan.ts";
import { factsOf } from "./facts.ts";
import { judgingOf, pastOf } from "./observe.ts";
import type { Ports } from "./ports.ts";

/** Queries that are run for one rollout's plan. */
const QUERIES = 10;

/**
 * What the metrics say before a release: how long it takes at today's traffic, what they cannot tell, and which
 * queries cannot mean what they say. Only who may write gets here with a configuration of their own, so no query
 * of a stranger is run.
 */
export async function metricsNotes(
  ports: Ports,
  { rollout, ships }: RolloutPlan,
  files: ReadonlyMap<string, FileReading>,
): Promise<readonly string[]> {
  const time = ships ? await timeNote(ports, rollout, files) : null;
  return [
    ...(time === null ? [] : [time]),
    ...ports.metrics.blindSpots(rollout),
    ...(await queryNotes(ports, rollout)),
  ];
}

async function timeNote(
  { metrics, clock }: Ports,
  rollout: Rollout,
  files: ReadonlyMap<string, FileReading>,
): Promise<string | null> {
  const outcome = factsOf(rollout, files);
  if (!outcome.ok) return null;
  const now = clock.now();
  const seen = await metrics.observe(pastOf(rollout, outcome.facts, now));
  if (seen.status === "unavailable") return `The metrics source does not answer now: ${seen.detail}.`;
  const { steps, auto, live } = rollout;
  const expected = expectation(judgingOf(rollout), seen.evidence.past ?? [], {
    steps,
    auto,
    lag: live.after,
  });
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

async function queryNotes({ metrics, clock }: Ports, rollout: Rollout): Promise<readonly string[]> {
  const notes: string[] = [];
  const queries = rollout.slos.flatMap((slo) => (slo.kind === "query" ? [slo.query] : []));
  for (const query of [...new Set(queries)].slice(0, QUERIES)) {
    if (NAMED_QUERIES.some((name) => name === query)) continue;
    const checked = await metrics.checkQuery(rollout.prometheus, query, clock.now());
    if (checked.status === "ok") continue;
    const short = query.length > 80 ? `${query.slice(0, 79)}…` : query;
    notes.push(`The query \`${short.replaceAll("`", "'")}\`: ${checked.words}.`);
  }
  return notes;
}
