import { prefixOf } from "../../adapters/hooks/configured.ts";
import type { Rollout } from "../../config/types.ts";
import type { FileReading } from "../../ports/forge.ts";
import { type Facts, factsOf } from "../../reconcile/facts.ts";
import { pastOf } from "../../reconcile/observe.ts";
import { misfits } from "../../reconcile/plan-fit.ts";
import { targetsOf, workloadOf } from "../../reconcile/prove.ts";
import { count } from "../../views/format.ts";
import { type Finding, findingsAbout, sentence } from "./finding.ts";
import type { Seen } from "./repository.ts";

const MEND = "Mend it; `sluice validate` checks a checkout.";

/** Are its files, its metrics and its cluster such that a release can be judged? */
export async function examineRollout(
  seen: Seen,
  rollout: Rollout,
  rollouts: readonly Rollout[],
  files: ReadonlyMap<string, FileReading>,
  now: number,
): Promise<readonly Finding[]> {
  const { ok, warning, problem } = findingsAbout(aboutOf(seen, rollout));
  const outcome = factsOf(rollout, files);
  if (!outcome.ok) {
    return outcome.problems.map(({ file, line, column, message }) =>
      problem(`${file}:${line}:${column}: ${message}`, MEND),
    );
  }
  const { facts } = outcome;
  const { problems, notes } = misfits(seen.metrics, rollout, facts, rollouts);
  const found = await Promise.all([
    examineMetrics(seen, rollout, facts, now),
    examineQueries(seen, rollout, now),
    examineCluster(seen, rollout, facts),
  ]);
  return [
    ok("Its files can be read, and its weights set."),
    ...problems.map(({ file, line, column, message }) =>
      problem(`${file}:${line}:${column}: ${message}`, MEND),
    ),
    ...notes.map((words) => warning(words, MEND)),
    ...found.flat(),
    ...examineHooks(seen, rollout),
  ];
}

/** The very questions of a release, about the last hour. */
async function examineMetrics(
  seen: Seen,
  rollout: Rollout,
  facts: Facts,
  now: number,
): Promise<readonly Finding[]> {
  const { ok, warning, problem } = findingsAbout(aboutOf(seen, rollout));
  const observed = await seen.metrics.observe(pastOf(rollout, facts, now));
  if (observed.status === "unavailable") {
    const words = `Metrics source ${rollout.prometheus}: ${sentence(observed.detail)}`;
    return [
      problem(
        words,
        "Compare `mesh`, `namespace` and `service` with the labels that the source has; docs/metrics.md has the queries.",
      ),
    ];
  }
  const requests = (observed.evidence.past ?? []).reduce((sum, { stable }) => sum + stable.requests, 0);
  return [
    requests > 0
      ? ok(`${count(Math.round(requests))} requests of its stable side were seen in the last hour.`)
      : warning(
          "No request of its stable side was seen in the last hour.",
          "Compare `mesh`, `namespace` and `service` with the labels that the source has; `sluice metrics` prints what is asked.",
        ),
  ];
}

async function examineQueries(seen: Seen, rollout: Rollout, now: number): Promise<readonly Finding[]> {
  const { ok, warning, problem } = findingsAbout(aboutOf(seen, rollout));
  const findings: Finding[] = [];
  for (const slo of rollout.slos) {
    if (slo.kind !== "query") continue;
    const checked = await seen.metrics.checkQuery(rollout.prometheus, slo.query, now);
    if (checked.status === "ok") findings.push(ok(`The query \`${slo.query}\` gives ${checked.value}.`));
    else {
      const words = `The query \`${slo.query}\`: ${sentence(checked.words)}`;
      if (checked.status !== "empty") findings.push(problem(words, "Try it with `sluice query`."));
      else if (/\W/.test(slo.query))
        findings.push(warning(words, "Try it with `sluice query` while there is traffic."));
    }
  }
  return findings;
}

/** A hook is asked when a release stands at its gate and never for a try: it may begin a load test. */
function examineHooks(seen: Seen, rollout: Rollout): readonly Finding[] {
  const { ok, problem } = findingsAbout(aboutOf(seen, rollout));
  const gates = [rollout, ...rollout.steps].flatMap((each) => each.gates ?? []);
  const names = new Set(gates.filter(({ kind }) => kind === "hook").map(({ name }) => name));
  return [...names].map((name) => {
    const prefix = prefixOf(name);
    return seen.hooks.knows(name)
      ? ok(`The hook \`${name}\` of its gate is configured.`)
      : problem(
          `No hook \`${name}\` is configured for this repository: its gate never opens.`,
          `Set ${prefix}_URL and ${prefix}_SECRET; if they are, ${prefix}_REPOSITORIES must list it.`,
        );
  });
}

/** Whether it has what git has now: a warning where not, as something may be on its way. */
async function examineCluster(seen: Seen, rollout: Rollout, facts: Facts): Promise<readonly Finding[]> {
  if (rollout.cluster === null) return [];
  const { ok, warning, problem } = findingsAbout(aboutOf(seen, rollout));
  const reading = await seen.cluster.look({
    cluster: rollout.cluster,
    namespace: rollout.namespace,
    targets: targetsOf(rollout, facts),
    contains: async () => null,
    canary: null,
    stable: workloadOf(facts.stable, null),
  });
  const fix = "docs/cluster.md has the role that is needed and what each kind can prove.";
  return [
    { of: "its weights", word: reading.traffic },
    { of: "its stable workload", word: reading.stable },
  ].flatMap(({ of, word }) => {
    if (word === null) return [];
    const words = `Of ${of}: ${sentence(word.words)}`;
    if (word.status === "unavailable") return [problem(words, fix)];
    return word.status === "proven" ? [ok(words)] : [warning(words, fix)];
  });
}

function aboutOf({ name }: Seen, rollout: Rollout): string {
  return `${name} ${rollout.name}`;
}
