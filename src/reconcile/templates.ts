import type { Rollout } from "../config/types.ts";
import { lacks, lacksBesideImages } from "../manifests/index.ts";
import type { RolloutState } from "../release/state.ts";
import type { World } from "../release/world.ts";
import type { Facts } from "./facts.ts";
import type { Ports } from "./ports.ts";
import { blob } from "./read.ts";

/** What promotion has to know of the pod templates, beside the images that it copies. */
export async function templatesOf(
  ports: Pick<Ports, "forge" | "memory">,
  { workloads }: Pick<Rollout, "workloads">,
  state: Pick<RolloutState, "release" | "rest"> | null,
  { stable, canary }: Pick<Facts, "stable" | "canary">,
): Promise<World["templates"]> {
  const { release, rest } = state ?? {};
  if (!rest || release?.phase !== "promoting") return { lacking: [], strayed: [] };
  const before = await templateAt(ports, workloads.canary, rest.canary);
  // Images that the copy brought must not be gone again either.
  const lacked = release.promotion?.copiedAt ? lacks : lacksBesideImages;
  const lacking = lacked(stable.template, { from: before, to: canary.template });
  const { stableVersion, stable: oid } = release.workloads;
  if (stable.version === stableVersion) return { lacking, strayed: [] };
  const found = await templateAt(ports, workloads.stable, oid);
  return { lacking, strayed: lacks(canary.template, { from: found, to: stable.template }) };
}

/** The pod template that an object of a workload's file declares; null where there is no such object. */
export async function templateAt(
  ports: Pick<Ports, "forge" | "memory">,
  file: string,
  oid: string,
): Promise<unknown> {
  if (oid === "") return null;
  const workload = ports.memory.reader.workload(file, oid, await blob(ports, oid));
  return workload.ok ? workload.value.template : null;
}
