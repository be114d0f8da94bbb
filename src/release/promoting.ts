import { isDeepStrictEqual } from "node:util";
import type { Readiness } from "../analysis/types.ts";
import { listed } from "../manifests/listed.ts";
import { freezeHold } from "./freeze.ts";
import { driftHold, hold, holdChanged, personHold, workloadHold } from "./holds.ts";
import { proofHold } from "./proof.ts";
import type { Hold, Release, RolloutState } from "./state.ts";
import { becameLive, entry, failure, left, recordHold, recordLive } from "./stepping.ts";
import { intend, record, wait, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/**
 * `copy`: with the canary at the last weight, its images go to the stable workload, once that has what else the
 * release changed; when stable is proven to run them, or, where nothing can prove it, had time to, the canary returns
 * to 0. A failure meanwhile leaves the weight where it is and holds.
 */
export function promoting(world: World, state: RolloutState, release: Release): Decision {
  const copiedAt = release.promotion?.copiedAt ?? null;
  const leaving = copiedAt === null ? left(world, state, release) : null;
  if (leaving) return leaving;
  if (becameLive(world, release)) return recordLive(world, state, release);
  const forcedBy = release.promotion?.forcedBy ?? null;
  // A person's word by name goes through.
  const missing =
    forcedBy !== null
      ? null
      : copiedAt === null
        ? proofHold(world, release)
        : stableHold(world, release, copiedAt);
  const failed = newlyFailed(world, state, release, missing);
  if (failed) return failed;
  const holding =
    personHold(world, release) ??
    (copiedAt === null ? workloadHold(world, release) : null) ??
    driftHold(world, release) ??
    failedHold(world, release) ??
    behindHold(world, release) ??
    missing ??
    // After the copy all that is left goes down.
    (copiedAt === null ? freezeHold(world, release) : null);
  // Of several things a person brings one after the other; what is still to come is shown.
  const other = holding?.reason === "stable-behind" && !isDeepStrictEqual(holding, release.hold);
  if (other || holdChanged(release.hold, holding)) {
    return recordHold(world, state, { ...release, workloads: foundBy(world, release) }, holding);
  }
  if (holding) return wait(null, holding.detail);

  if (copiedAt === null) return copy(world, state, release);
  const settled = copiedAt + world.rollout.promotion.settle;
  const stable = world.cluster?.stable ?? null;
  const short = stable !== null && stable.status !== "unknown" && stable.status !== "proven";
  if (short && forcedBy === null) return wait(null, stable.words);
  const proven = stable?.status === "proven";
  if (!proven && world.now < settled)
    return wait(settled, `The stable workload is given time to run the new version${instead(stable)}.`);
  const how = proven ? ` (${stable.words})` : ` (by the time it was given${instead(stable)})`;
  const why =
    short && forcedBy !== null
      ? `${forcedBy} promotes although the stable workload is not seen to run the new version (${stable.words}): canary returns to 0 %`
      : `The stable workload runs the new version${without(release)}${how}: canary returns to 0 %`;
  const changed = { phase: "returning", ending: "promoted", hold: null } as const;
  return record(withRelease(state, release, changed, entry(world, why)), why);
}

/** What the clock stands in for. */
function instead(stable: Readiness | null): string {
  return stable?.status === "unknown" ? `; ${stable.words}` : "";
}

/** Stable does not run the version in the time it is given: traffic stays on the canary, and the release says why. */
function stableHold(world: World, release: Release, copiedAt: number): Hold | null {
  const stable = world.cluster?.stable;
  if (world.now < copiedAt + world.rollout.promotion.settle) return null;
  if (stable?.status !== "not-yet" && stable?.status !== "unavailable") return null;
  const reason = stable.status === "unavailable" ? "cluster-unavailable" : "not-ready";
  return hold(world, release, { kind: "evidence", reason, detail: stable.words });
}

/** A copy brings images only: what else was tested must be there too, or somebody says that it need not. */
function behindHold(world: World, release: Release): Hold | null {
  const { templates, workloads } = world;
  // Another version in the canary's place is not what was tested.
  if (workloads.canary.version !== release.version) return null;
  const said = release.promotion?.without?.what ?? [];
  const lacking = templates.lacking.filter((place) => !said.includes(place));
  if (lacking.length === 0) return null;
  const { stable, canary } = workloads;
  const detail = `${stable.file} does not have all that was tested, and promotion copies images only: ${listed(lacking, 5)}. Put it there as it is in ${canary.file}, while ${release.shift.percent} % is on the canary; then the release goes on by itself. \`promote\` goes on without it, \`rollback\` returns.`;
  const held = hold(world, release, { kind: "person", reason: "stable-behind", detail, lacking });
  // What was said of less is not said of what came to be lacking since.
  const { hold: before } = release;
  const known = before?.reason === "stable-behind" ? (before.lacking ?? []) : [];
  return lacking.every((place) => known.includes(place)) ? held : { ...held, since: world.now };
}

/** `, without container app's env LOG_LEVEL: ada said so`; nothing where stable got everything. */
export function without({ promotion }: Release): string {
  return promotion?.without
    ? `, without ${listed(promotion.without.what)}: ${promotion.without.by} said so`
    : "";
}

/** A rollback sets stable back to the file that promotion found: as it was before it got anything of the version. */
function foundBy(world: World, release: Release): Release["workloads"] {
  const { oid, version } = world.workloads.stable;
  if (release.promotion?.copiedAt || version !== release.workloads.stableVersion) return release.workloads;
  return { ...release.workloads, stable: oid };
}

function copy(world: World, state: RolloutState, release: Release): Decision {
  const { stable, canary } = world.workloads;
  const images: Record<string, string> = {};
  for (const { name, image } of canary.containers) {
    const present = stable.containers.find((container) => container.name === name);
    if (present && present.image !== image) images[name] = image;
  }
  const workloads = foundBy(world, release);
  if (Object.keys(images).length === 0) {
    const why = `The stable workload has these images already${without(release)}`;
    const promotion = copied(release, world.now, stable.oid);
    return record(withRelease(state, release, { promotion, workloads }, entry(world, why)), why);
  }
  const why = `Promoting to ${stable.file}: ${Object.values(images).join(", ")}${without(release)}`;
  return intend(
    world,
    withRelease(state, release, { hold: null, workloads }, entry(world, why)),
    { kind: "copy-images", images },
    why,
  );
}

/** What was said before the copy was said of the canary; whether stable comes up is another matter. */
export function copied(
  { promotion }: Release,
  at: number,
  /** The stable workload's file after it; absent where that is not known. */
  copy?: string,
): NonNullable<Release["promotion"]> {
  const overruled = promotion?.forcedBy != null && promotion.failed !== undefined;
  const without = promotion?.without;
  return {
    copiedAt: at,
    forcedBy: null,
    ...(copy !== undefined && { copy }),
    ...(without && { without }),
    ...(overruled && { overruled }),
  };
}

/** A failure is kept: later and better numbers do not undo it, only a person's word does. */
function newlyFailed(
  world: World,
  state: RolloutState,
  release: Release,
  missing: Hold | null,
): Decision | null {
  const { promotion } = release;
  if (!promotion || promotion.forcedBy || promotion.failed) return null;
  const { stable } = world.cluster ?? {};
  const broken = promotion.copiedAt !== null && stable?.status === "failed" ? stable.words : null;
  const known = promotion.overruled ? null : failure(world, release);
  const words = known?.words ?? broken ?? overdue(world, missing);
  if (!words) return null;
  const change = { promotion: { ...promotion, failed: words } };
  return record(withRelease(state, release, change, entry(world, words)), words);
}

/** Evidence that is missing too long is a failure here as on the way up; there is nothing lower to go to by itself. */
function overdue({ now, rollout }: World, missing: Hold | null): string | null {
  const { limit, then } = rollout.holds;
  if (missing === null || then === "stay" || now < missing.since + limit) return null;
  return `No evidence for ${Math.round(limit / 60_000)} min (${missing.reason}): ${missing.detail}`;
}

function failedHold(world: World, release: Release): Hold | null {
  const { promotion } = release;
  if (!promotion?.failed || promotion.forcedBy) return null;
  const detail = `${promotion.failed}. ${release.shift.percent} % stays on the canary; \`promote\` goes on all the same, \`rollback\` returns.`;
  return hold(world, release, { kind: "person", reason: "promotion-failed", detail });
}
