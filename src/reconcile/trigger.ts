import type { Rollout } from "../config/types.ts";
import type { DeploymentFacts } from "../ports/forge.ts";
import { plannedStart } from "../release/clock.ts";
import type { Cause, RolloutState } from "../release/state.ts";
import { moment } from "../release/transitions.ts";
import type { World } from "../release/world.ts";
import { notAllowed } from "./access.ts";
import type { Ports } from "./ports.ts";

/** Deployments looked through for one that says "now". */
const RECENT = 20;

/** Does the rollout's `on:` say that the version on the deployment branch starts now, and who brought it? */
export async function triggerOf(
  ports: Ports,
  rollout: Rollout,
  branch: string,
  version: string,
  state: RolloutState,
): Promise<World["trigger"]> {
  const brought = await broughtBy(ports, branch, rollout.workloads.canary);
  const trigger = await declared(ports, rollout, brought, version);
  const planned = plannedStart(state, version);
  if (!planned) return trigger;
  const { at, by } = planned;
  const pull = planned.repository === undefined ? planned.pull : brought.pull;
  // Whoever planned it must still be one who may.
  const refusal = at <= ports.clock.now() ? await notAllowed(ports.forge, rollout, by) : null;
  if (at <= ports.clock.now() && refusal === null) {
    return { cause: { kind: "command", commit: brought.commit, pull, actor: by, deployment: null } };
  }
  if ("cause" in trigger) return trigger;
  const lost = refusal === null ? "" : ` That is not followed: ${refusal}`;
  return { waiting: `A start is planned for ${moment(at)} by ${by}.${lost} ${trigger.waiting}` };
}

/** By the rollout's `on:` alone; of a schedule only who brought the version, not whether it is time. */
async function declared(
  ports: Ports,
  rollout: Rollout,
  brought: Pick<Cause, "commit" | "pull" | "actor">,
  version: string,
): Promise<World["trigger"]> {
  const { on } = rollout;
  if (on.kind === "schedule") return { cause: { ...brought, kind: "schedule", deployment: null } };
  if (on.kind === "merge") return { cause: { ...brought, kind: "merge", deployment: null } };
  if (on.kind === "command") return { waiting: `Waiting for \`/canary ${rollout.name} start\`.` };
  const deployment = await deploymentOf(ports, rollout, on, version);
  if (!deployment) {
    const what = on.when === "created" ? "a deployment" : "a successful deployment";
    return { waiting: `Waiting for ${what} to ${on.environment} of a commit with this version.` };
  }
  return {
    cause: {
      ...brought,
      kind: "deployment",
      actor: deployment.creator,
      commit: deployment.commit,
      deployment: deployment.id,
    },
  };
}

async function deploymentOf(
  { forge, memory }: Ports,
  rollout: Rollout,
  on: { readonly environment: string; readonly when: "created" | "success" },
  version: string,
): Promise<DeploymentFacts | null> {
  const { login } = await forge.identity();
  for (const deployment of await forge.deployments(on.environment, RECENT)) {
    if (deployment.creator === login || !says(deployment, on.when)) continue;
    const file = await forge.file(deployment.commit, rollout.workloads.canary);
    if (file.status !== "text") continue;
    const workload = memory.reader.workload(rollout.workloads.canary, file.oid, file.text);
    if (workload.ok && workload.value.version === version) return deployment;
  }
  return null;
}

function says({ state }: DeploymentFacts, when: "created" | "success"): boolean {
  if (when === "success") return state === "success";
  return state !== "failure" && state !== "error" && state !== "inactive";
}

/** The newest change of the canary workload and the pull request that carried it. */
async function broughtBy(
  { forge }: Ports,
  branch: string,
  path: string,
): Promise<Pick<Cause, "commit" | "pull" | "actor">> {
  const [commit] = await forge.history(branch, { path, limit: 1 });
  if (!commit) return { commit: branch, pull: null, actor: null };
  const pulls = await forge.pullsOf(commit.oid);
  const pull = pulls.find(({ state, base }) => state === "merged" && base === branch) ?? null;
  return {
    commit: pull?.mergeCommit ?? commit.oid,
    pull: pull?.number ?? null,
    actor: pull?.author ?? commit.author,
  };
}
