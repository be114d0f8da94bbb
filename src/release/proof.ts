import type { LiveReading, Readiness } from "../analysis/types.ts";
import { exposed } from "./exposure.ts";
import { hold, patience } from "./holds.ts";
import type { Hold, Release } from "./state.ts";
import type { World } from "./world.ts";

/** What a cluster shows, where the rollout names one: without its proof the weight does not rise. */

/** `HTTPRoute checkout accepted at 10:04:12, 75/25`, `by observed shares: …`. */
export function liveWords({
  how,
  detail,
}: Pick<Extract<LiveReading, { live: true }>, "detail"> & {
  readonly how: string;
}): string {
  if (how === "proof") return detail;
  const by = how === "shares" ? "by observed shares" : "by the time that passed";
  return detail === "" ? by : `${by}: ${detail}`;
}

/** Pods of this version do not come up: no traffic makes that better. */
export function canaryFailure({ cluster, workloads }: World, release: Release): string | null {
  // Of another version it says nothing about this release.
  if (cluster?.canary?.status !== "failed" || workloads.canary.version !== release.version) return null;
  return `Failed at ${release.shift.percent} %: ${cluster.canary.words}`;
}

interface Missing {
  readonly words: string;
  readonly reason: "not-live" | "not-ready" | "cluster-unavailable";
}

/** The first thing that the cluster does not show and must; null where it shows all, or there is none to ask. */
export function unproven({ cluster }: Pick<World, "cluster">): Missing | null {
  if (cluster === null) return null;
  const { traffic, canary } = cluster;
  return missingIn(traffic, "not-live") ?? missingIn(canary, "not-ready");
}

function missingIn(proof: Readiness | null, reason: Missing["reason"]): Missing | null {
  if (proof === null || proof.status === "proven" || proof.status === "unknown") return null;
  return { words: proof.words, reason: proof.status === "unavailable" ? "cluster-unavailable" : reason };
}

/** Before the first weight the version may take its time to come to the cluster; what does not answer is said at once. */
export function proofHold(world: World, release: Release): Hold | null {
  const missing = unproven(world);
  if (!missing) return null;
  const { words: detail, reason } = missing;
  const early = !exposed(release) && world.now < release.shift.at + patience(world.rollout);
  return early && reason !== "cluster-unavailable"
    ? null
    : hold(world, release, { kind: "evidence", reason, detail });
}
