import { hold, holdChanged, personHold, workloadHold } from "./holds.ts";
import type { Hold, Release, RolloutState } from "./state.ts";
import { entry, failure, recordHold } from "./stepping.ts";
import { intend, record, wait, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/**
 * `copy`: with the canary at 100 %, its images go to the stable workload; when stable has had time to run
 * them, the canary returns to 0. A failure meanwhile leaves 100 % on the canary and holds.
 */
export function promoting(world: World, state: RolloutState, release: Release): Decision {
  const copiedAt = release.promotion?.copiedAt ?? null;
  const holding =
    personHold(world, release) ?? (copiedAt ? null : workloadHold(world, release)) ?? failed(world, release);
  if (holdChanged(release.hold, holding)) return recordHold(world, state, release, holding);
  if (holding) return wait(null, holding.detail);

  if (copiedAt === null) return copy(world, state, release);
  const settled = copiedAt + world.rollout.promotion.settle;
  if (world.now < settled) return wait(settled, "The stable workload is given time to run the new version.");
  const why = "The stable workload runs the new version: canary returns to 0 %";
  const changed = { phase: "returning", ending: "promoted", hold: null } as const;
  return record(withRelease(state, release, changed, entry(world, why)), why);
}

function copy(world: World, state: RolloutState, release: Release): Decision {
  const { stable, canary } = world.workloads;
  const images: Record<string, string> = {};
  for (const { name, image } of canary.containers) {
    const present = stable.containers.find((container) => container.name === name);
    if (present && present.image !== image) images[name] = image;
  }
  if (Object.keys(images).length === 0) {
    const why = "The stable workload has these images already";
    const promotion = { copiedAt: world.now, forcedBy: release.promotion?.forcedBy ?? null };
    return record(withRelease(state, release, { promotion }, entry(world, why)), why);
  }
  const why = `Promoting to ${stable.file}: ${Object.values(images).join(", ")}`;
  return intend(
    world,
    withRelease(state, release, { hold: null }, entry(world, why)),
    { kind: "copy-images", images },
    why,
  );
}

function failed(world: World, release: Release): Hold | null {
  if (release.promotion?.forcedBy) return null;
  const words = failure(world, release)?.words;
  if (!words) return null;
  const detail = `${words}. 100 % stays on the canary; \`promote\` goes on all the same, \`rollback\` returns.`;
  return hold(world, release, { kind: "person", reason: "promotion-failed", detail });
}
