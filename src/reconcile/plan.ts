import type { Problem, Rollout } from "../config/types.ts";
import { readWorkload } from "../manifests/index.ts";
import type { Workload } from "../manifests/types.ts";
import type { FileReading, PullFacts } from "../ports/forge.ts";
import type { Release } from "../release/state.ts";
import type { ImageChange, PlanView, RolloutPlan } from "../views/plan.ts";
import { planCheck } from "../views/plan.ts";
import { type Facts, factsOf, planOf } from "./facts.ts";
import type { Ports } from "./ports.ts";
import { CONFIG_FILE, filesOf, readConfig } from "./read.ts";
import { showCheck } from "./show.ts";
import { parseState, STATE_BRANCH, statePath } from "./state-document.ts";
import { targetWeights } from "./target-weights.ts";

/**
 * The check `sluice` on a pull request's head: what merging it will do. The head's own configuration is
 * read only to say what is wrong with it; what counts is the one on the base.
 */
export async function checkPull(ports: Ports, number: number): Promise<void> {
  const pull = await ports.forge.pull(number);
  if (pull.state !== "open" || pull.headBranch.startsWith("sluice/")) return;
  const view = await planOfPull(ports, pull);
  if (view) await showCheck(ports, pull.head, "plan", planCheck(view));
}

/** null when the repository has nothing to do with Sluice. */
export async function planOfPull(ports: Ports, pull: PullFacts): Promise<PlanView | null> {
  const { forge } = ports;
  const { defaultBranch } = await forge.repository();
  const touched = new Set(await forge.pullFiles(pull.number));
  const proposes = pull.base === defaultBranch && touched.has(CONFIG_FILE);
  const config = readConfig(await forge.file(proposes ? pull.head : defaultBranch, CONFIG_FILE));
  if (config.status === "missing") return null;
  if (config.status === "broken") return { problems: config.problems, rollouts: [] };
  if (pull.base !== (config.config.branch ?? defaultBranch)) return { problems: [], rollouts: [] };
  const problems: Problem[] = [];
  const rollouts: RolloutPlan[] = [];
  for (const rollout of config.config.rollouts) {
    const plan = await planOfRollout(ports, pull, touched, rollout);
    if ("problems" in plan) problems.push(...plan.problems);
    else rollouts.push(plan);
  }
  return { problems, rollouts };
}

async function planOfRollout(
  ports: Ports,
  pull: PullFacts,
  touched: ReadonlySet<string>,
  rollout: Rollout,
): Promise<RolloutPlan | { readonly problems: readonly Problem[] }> {
  const { forge } = ports;
  // What merging gives: a branch holds old weights of files that it does not change.
  const merged = new Map<string, FileReading>();
  for (const path of filesOf(rollout)) {
    merged.set(path, await forge.file(touched.has(path) ? pull.head : pull.base, path));
  }
  const outcome = factsOf(rollout, merged);
  if (!outcome.ok) return { problems: outcome.problems };
  const { facts } = outcome;
  const { canary } = rollout.workloads;
  const before = await forge.file(pull.base, canary);
  const known = before.status === "text" ? readWorkload(canary, before.text) : null;
  const present = known?.ok ? known.value : null;
  return {
    rollout,
    // On the first look there is no version before it: the baseline is recorded, nothing is shipped.
    ships: present !== null && present.version !== facts.canary.version,
    images: imageChanges(present, facts.canary),
    steps: rungs(rollout, facts),
    running: await running(ports, rollout),
    weightsNow: targetWeights(rollout, facts),
    notes: [...(await adoption(ports, rollout, facts)), ...notes(rollout, facts)],
  };
}

function imageChanges(before: Workload | null, after: Workload): readonly ImageChange[] {
  const names = new Set([...(before?.containers ?? []), ...after.containers].map(({ name }) => name));
  const image = (workload: Workload | null, name: string) =>
    workload?.containers.find((c) => c.name === name)?.image ?? null;
  return [...names]
    .map((container) => ({ container, from: image(before, container), to: image(after, container) }))
    .filter(({ from, to }) => from !== to);
}

function rungs(rollout: Rollout, facts: Facts): RolloutPlan["steps"] {
  const planned: { percent: number; targets: ReturnType<typeof targetWeights> }[] = [];
  for (const { weight } of rollout.steps) {
    const plan = planOf(rollout, facts.weights, weight);
    if (!plan.ok) return { ok: false, reason: plan.reason };
    planned.push({ percent: weight, targets: targetWeights(rollout, facts, plan.weights) });
  }
  return { ok: true, rungs: planned };
}

async function running({ forge }: Ports, rollout: Rollout): Promise<Release | null> {
  const path = statePath(rollout.name);
  const file = (await forge.snapshot([{ branch: STATE_BRANCH, paths: [path] }]))
    .get(STATE_BRANCH)
    ?.files.get(path);
  if (file?.status !== "text") return null;
  const parsed = parseState(rollout.name, file.text);
  return parsed.ok ? parsed.state.release : null;
}

/** A rollout without a state is adopted by the merge that declares it. */
async function adoption({ forge }: Ports, rollout: Rollout, { weights }: Facts): Promise<readonly string[]> {
  const path = statePath(rollout.name);
  const known = (await forge.snapshot([{ branch: STATE_BRANCH, paths: [path] }]))
    .get(STATE_BRANCH)
    ?.files.get(path);
  if (known && known.status !== "missing") return [];
  const [first] = weights;
  const change =
    first && first.canary > 0
      ? ` and commits canary weight 0 (now ${first.canary} beside ${first.stable})`
      : "";
  return [
    `Merging adopts ${rollout.name}: it records what runs now as the baseline${change}. Nothing is released by it.`,
  ];
}

/** What promotion and rollback will not do here. */
function notes(rollout: Rollout, { stable, canary }: Facts): readonly string[] {
  const missing = canary.containers.filter(
    ({ name }) => !stable.containers.some((container) => container.name === name),
  );
  const shared =
    rollout.rollback.revert && rollout.targets.some(({ file }) => file === rollout.workloads.canary);
  return [
    ...missing.map(
      ({ name }) =>
        `Promotion copies images by container name; ${rollout.workloads.stable} has no container ${name}.`,
    ),
    ...(shared
      ? [
          `A rollback returns the weights only: ${rollout.workloads.canary} holds weights and workload, so \`revert\` cannot set it back whole.`,
        ]
      : []),
  ];
}
