import { nextOpening } from "../config/windows.ts";
import type { Hold, Release } from "./state.ts";
import { sameWeights } from "./transitions.ts";
import type { World } from "./world.ts";

type Reason = {
  [K in Hold["kind"]]: { kind: K; reason: Extract<Hold, { kind: K }>["reason"]; detail: string };
}[Hold["kind"]];

/**
 * A person's act or word that the release must not override, whatever the evidence.
 * Those that follow from what the repository says are found anew at each look.
 */
export function personHold(world: World, release: Release): Hold | null {
  if (!sameWeights(world.weights, release.expected)) {
    return hold(world, release, { kind: "person", reason: "hand-edit", detail: handEdit(world, release) });
  }
  if (release.blocked !== null) {
    return hold(world, release, {
      kind: "person",
      reason: "blocked",
      detail: `GitHub refused the write: ${release.blocked}`,
    });
  }
  if (!world.declared) {
    const detail = `${world.rollout.name} is no longer in .github/sluice.yaml. Put it back, or roll back.`;
    return hold(world, release, { kind: "person", reason: "rollout-removed", detail });
  }
  if (release.will) {
    const { kind, by } = release.will;
    const detail =
      kind === "paused"
        ? `Paused by ${by}.`
        : `${by} set ${release.shift.percent} %; \`resume\` goes on from there.`;
    return hold(world, release, { kind: "person", reason: kind, detail });
  }
  return null;
}

/** Workloads that a person changed under the release. */
export function workloadHold(world: World, release: Release): Hold | null {
  const { canary, stable } = world.workloads;
  if (canary.version !== release.version) {
    const detail = `${canary.file} now holds version ${canary.version}, but ${release.version} is being released. Set it back, or roll back and merge again.`;
    return hold(world, release, { kind: "person", reason: "superseded", detail });
  }
  if (!release.promotion?.copiedAt && stable.version !== release.workloads.stableVersion) {
    const detail = `${stable.file} changed from version ${release.workloads.stableVersion} to ${stable.version} during the release. Set it back, or \`resume\` to accept it.`;
    return hold(world, release, { kind: "person", reason: "workload-edit", detail });
  }
  return null;
}

/** Outside its windows a release does not go up; going down is never stopped. */
export function windowHold(world: World, release: Release): Hold | null {
  const { windows } = world.rollout;
  if (windows.length === 0) return null;
  const opening = nextOpening(windows, world.now);
  if (opening === null || opening <= world.now) return null;
  const detail = `Outside ${windows.map(({ text }) => text).join(", ")}; opens ${new Date(opening).toISOString()}.`;
  return hold(world, release, { kind: "person", reason: "window", detail });
}

/** The hold as of now; one that stands already keeps its `since`. */
export function hold(world: World, release: Release, now: Reason): Hold {
  const since = release.hold?.reason === now.reason ? release.hold.since : world.now;
  return { ...now, since } as Hold;
}

/** A change worth a line in the log; details that only count along are not. */
export function holdChanged(before: Hold | null, after: Hold | null): boolean {
  return before?.reason !== after?.reason;
}

function handEdit(world: World, release: Release): string {
  const differing = world.rollout.targets
    .map((target, i) => ({ target, saw: world.weights[i], expected: release.expected[i] }))
    .filter(({ saw, expected }) => saw?.stable !== expected?.stable || saw?.canary !== expected?.canary)
    .map(
      ({ target, saw, expected }) =>
        `${target.file} says ${saw?.stable}/${saw?.canary} (${target.stable}/${target.canary}), Sluice last wrote ${expected?.stable}/${expected?.canary}`,
    );
  return `${differing.join("; ")}. \`resume\` goes on from what is there; \`rollback\` returns to 0.`;
}
