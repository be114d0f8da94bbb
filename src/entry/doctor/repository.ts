import type { Config } from "../../config/types.ts";
import type { Cluster } from "../../ports/cluster.ts";
import type { BranchSnapshot, Forge } from "../../ports/forge.ts";
import type { Hooks } from "../../ports/hooks.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { CONFIG_FILE, filesOf, readConfig } from "../../reconcile/read.ts";
import { STATE_BRANCH } from "../../reconcile/state-document.ts";
import { wordsOf } from "../../reconcile/words-of.ts";
import { plural } from "../../views/format.ts";
import { examineCode, examineFrom } from "./apart.ts";
import { type Finding, findingsAbout, sentence } from "./finding.ts";
import { examineRollout } from "./rollout.ts";

/** One repository as the bot sees it. */
export interface Seen {
  /** `owner/name` */
  readonly name: string;
  readonly forge: Forge;
  readonly metrics: Metrics;
  readonly cluster: Cluster;
  readonly hooks: Pick<Hooks, "knows">;
  /** Types of the rules that rulesets have for a branch. */
  readonly rulesOf: (branch: string) => Promise<ReadonlySet<string>>;
  /** Another repository of the same installation, by `owner/name`, or null; absent where only this one may be read. */
  readonly beside?: (name: string) => Promise<Forge | null>;
}

/** Could a release run in it, all the way? */
export async function examineRepository(seen: Seen, now: () => number): Promise<readonly Finding[]> {
  const { ok, warning, problem } = findingsAbout(seen.name);
  try {
    const { defaultBranch, archived } = await seen.forge.repository();
    if (archived)
      return [
        warning("It is archived: nothing is done in it.", "Unarchive it, or take its configuration out."),
      ];
    const first = await snapshotOf(seen.forge, defaultBranch, [CONFIG_FILE]);
    const config = readConfig(first?.files.get(CONFIG_FILE));
    if (config.status === "missing") {
      return [problem(`It has no ${CONFIG_FILE} on ${defaultBranch}.`, "Add one: README.md has an example.")];
    }
    if (config.status === "broken") {
      const fix = "Mend it; `sluice validate` checks a checkout.";
      return config.problems.map(({ file, line, column, message }) =>
        problem(`${file}:${line}:${column}: ${message}`, fix),
      );
    }
    // Nothing is written to it, and nothing is released from it.
    if (config.config.manifests) return await examineCode(seen, config.config.manifests);
    const branch = config.config.branch ?? defaultBranch;
    const [rollouts, rules, from] = await Promise.all([
      examineRollouts(seen, config.config, branch, now),
      examineRules(seen, config.config, branch),
      examineFrom(seen, config.config),
    ]);
    return [
      ok(`${CONFIG_FILE} is in order: ${plural(config.config.rollouts.length, "rollout")}.`),
      ...rules,
      ...rollouts,
      ...from,
    ];
  } catch (error) {
    return [problem(`It cannot be read: ${sentence(wordsOf(error))}`, "Is the App installed on it?")];
  }
}

async function examineRollouts(
  seen: Seen,
  { rollouts }: Config,
  branch: string,
  now: () => number,
): Promise<readonly Finding[]> {
  const snapshot = await snapshotOf(seen.forge, branch, [...new Set(rollouts.flatMap(filesOf))]);
  if (!snapshot) {
    const { problem } = findingsAbout(seen.name);
    return [
      problem(
        `There is no branch ${branch}, which \`branch:\` names.`,
        "Name the branch that is deployed from.",
      ),
    ];
  }
  const findings = await Promise.all(
    rollouts.map((rollout) => examineRollout(seen, rollout, rollouts, snapshot.files, now())),
  );
  return findings.flat();
}

/** May the App write what it must, and nobody else its record? */
async function examineRules(seen: Seen, { rollouts }: Config, branch: string): Promise<readonly Finding[]> {
  const { ok, warning, problem } = findingsAbout(seen.name);
  const { forge, rulesOf } = seen;
  const [deploying, record, guards] = await Promise.all([
    forge.pushRule(branch),
    forge.pushRule(STATE_BRANCH),
    rulesOf(STATE_BRANCH),
  ]);
  const direct = rollouts.filter(({ delivery }) => delivery === "commit").map(({ name }) => name);
  const findings: Finding[] = [];
  if (deploying.status === "free") findings.push(ok(`Sluice may commit to ${branch}.`));
  else if (direct.length > 0) {
    const words = `Sluice may not commit to ${branch}, as ${deploying.reason}: ${direct.join(", ")} would be held at the first weight.`;
    findings.push(problem(words, "Put the App on the rule's bypass list, or say `delivery: pull-request`."));
  }
  if (record.status === "forbidden") {
    const words = `Sluice may not write its record, ${STATE_BRANCH}, as ${record.reason}.`;
    findings.push(problem(words, "Put the App on the rule's bypass list."));
  } else if (guards.has("update")) {
    findings.push(ok(`A ruleset keeps others from ${STATE_BRANCH}.`));
  } else {
    const words = `Whoever may push may write to ${STATE_BRANCH}. Sluice refuses what is not its own, but then releases hold.`;
    const fix =
      "Add a ruleset for it that restricts creations, updates and deletions, with the App alone on its bypass list.";
    findings.push(warning(words, fix));
  }
  return findings;
}

async function snapshotOf(
  forge: Forge,
  branch: string,
  paths: readonly string[],
): Promise<BranchSnapshot | undefined> {
  return (await forge.snapshot([{ branch, paths }])).get(branch);
}
