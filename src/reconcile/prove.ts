import type { ClusterReading, LiveReading } from "../analysis/types.ts";
import type { Rollout } from "../config/types.ts";
import type { Workload } from "../manifests/types.ts";
import type { ClusterQuestion } from "../ports/cluster.ts";
import { ForgeError } from "../ports/forge.ts";
import { exposed } from "../release/exposure.ts";
import type { Release, RolloutState } from "../release/state.ts";
import { duration } from "../views/format.ts";
import type { Facts } from "./facts.ts";
import type { Ports } from "./ports.ts";
import { templateAt } from "./templates.ts";

/** Commits of a file that are looked through for ours. */
const DEEP = 100;

/** The release that runs, and what there was before it. */
export type Standing = Pick<RolloutState, "release" | "rest">;

/** What the cluster shows of a running release; null where the rollout names none, or nothing depends on it. */
export async function prove(
  ports: Pick<Ports, "cluster" | "forge" | "memory">,
  rollout: Rollout,
  { release, rest }: Standing,
  facts: Facts,
  head: string,
): Promise<ClusterReading | null> {
  if (rollout.cluster === null || !release || release.phase === "rolling-back") return null;
  const { phase, shift, promotion } = release;
  const { workloads } = rollout;
  const moved = exposed(release) || shift.before > 0 || shift.rerouted;
  const copied = phase === "promoting" && promotion?.copiedAt != null;
  const rising = phase === "stepping" || phase === "promoting";
  if (!moved && !rising) return null;
  return ports.cluster.look({
    cluster: rollout.cluster,
    namespace: rollout.namespace,
    targets: targetsOf(rollout, facts),
    contains: (revision) => contains(ports, rollout, shift.commit, revision, head),
    canary: rising ? workloadOf(facts.canary, await templateAt(ports, workloads.canary, rest.canary)) : null,
    stable: copied
      ? workloadOf(facts.stable, await templateAt(ports, workloads.stable, release.workloads.stable))
      : null,
  });
}

/** Is the weight live? Proof counts first; the shares of traffic where the cluster cannot tell. */
export function provenLive(
  { traffic, appliedAt }: ClusterReading,
  measured: LiveReading,
  { live: { after } }: Pick<Rollout, "live">,
  { shift }: Pick<Release, "shift">,
  now: number,
): LiveReading {
  if (traffic === null) return measured;
  const { status, words } = traffic;
  if (status === "proven") return { live: true, how: "proof", detail: words };
  if (status !== "unknown") return { live: false, detail: words };
  const detail = `${measured.detail} (${words})`;
  // The clock starts when the cluster has the weights, where it says so.
  const waited = now - Math.max(shift.at, appliedAt ?? 0);
  if (measured.live && measured.how === "time" && waited < after) {
    return { live: false, detail: `${detail}; ${duration(after - waited)} to wait` };
  }
  return { ...measured, detail };
}

export function targetsOf(rollout: Rollout, { splits, weights }: Facts): ClusterQuestion["targets"] {
  return splits.map(({ apiVersion, kind, namespace, name, route }, index) => ({
    apiVersion,
    kind,
    namespace,
    name,
    route,
    arms: { stable: rollout.targets[index]?.stable ?? "", canary: rollout.targets[index]?.canary ?? "" },
    weights: weights[index] ?? { stable: 0, canary: 0 },
  }));
}

export function workloadOf(
  { kind, namespace, name, containers, template }: Workload,
  before: unknown,
): ClusterQuestion["canary"] {
  return { kind, namespace, name, containers, template, before };
}

/** Whether a revision has our commit. The branch's head has it, as it was read after; else its history is asked once. */
async function contains(
  { forge, memory }: Pick<Ports, "forge" | "memory">,
  { targets }: Rollout,
  commit: string | null,
  revision: string,
  head: string,
): Promise<boolean | null> {
  if (commit === null) return null;
  if (revision === commit || revision === head) return true;
  const key = `${commit} ${revision}`;
  const known = memory.contained.get(key);
  if (known !== undefined) return known;
  const path = targets[0]?.file;
  try {
    const commits = await forge.history(revision, { limit: DEEP, ...(path !== undefined && { path }) });
    const found = commits.some(({ oid }) => oid === commit);
    if (memory.contained.size > 200) memory.contained.clear();
    memory.contained.set(key, found);
    return found;
  } catch (error) {
    // The revision of another repository, or GitHub does not answer.
    if (error instanceof ForgeError) return null;
    throw error;
  }
}
