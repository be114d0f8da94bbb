import { toZero } from "./adopt.ts";
import { hold, holdChanged, weightsHold, wordHold } from "./holds.ts";
import type { Hold, Outcome, Release, RolloutState } from "./state.ts";
import { entry, recordHold } from "./stepping.ts";
import { end, intend, isZero, record, sameWeights, wait, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

const WORDS: Record<Outcome, string> = {
  promoted: "promoted: the stable workload carries the new version and canary weight 0 is live",
  "rolled-back": "rolled back: canary weight 0 is live",
  superseded: "superseded: canary weight 0 is live",
  cancelled: "cancelled: canary weight 0 is live",
};

/** The last way down: commit canary weight 0, see it live, end. */
export function returning(world: World, state: RolloutState, release: Release): Decision {
  const outcome = release.ending ?? "cancelled";
  if (isZero(world.weights) && !sameWeights(world.weights, release.expected))
    return there(world, state, release);
  const holding = weightsHold(world, release) ?? wordHold(world, release) ?? notLive(world, release);
  if (holdChanged(release.hold, holding)) return recordHold(world, state, release, holding);
  if (holding?.kind === "person") return wait(null, holding.detail);

  if (release.shift.percent !== 0 || !isZero(release.expected)) {
    const why = `Canary returns to 0 % (${outcome})`;
    return intend(world, withRelease(state, release, {}, entry(world, why)), toZero(world), why);
  }
  if (release.shift.before === 0 || world.live?.live)
    return end(state, release, outcome, world, WORDS[outcome]);
  if (!holding)
    return wait(release.shift.at + 2 * world.rollout.live.after, "Waiting for canary weight 0 to be live.");
  // There is nothing lower to go to: after the limit the release ends and says what was not seen.
  const deadline = holding.since + world.rollout.holds.limit;
  if (world.now < deadline) return wait(deadline, holding.detail);
  return end(
    state,
    release,
    outcome,
    world,
    `${outcome}: canary weight 0 is committed, but was not seen live (${holding.detail})`,
  );
}

/** A person was faster, or merged other sums: the weights are where the release was going. */
function there(world: World, state: RolloutState, release: Release): Decision {
  const why = "The canary has weight 0, set by a person";
  const { shift } = release;
  const change: Partial<Release> = {
    expected: world.weights,
    hold: null,
    ...(shift.percent === 0
      ? {}
      : { shift: { percent: 0, before: shift.percent, at: world.now, commit: world.head, live: null } }),
  };
  return record(withRelease(state, release, change, entry(world, why)), why);
}

function notLive(world: World, release: Release): Hold | null {
  const { shift } = release;
  if (shift.percent !== 0 || shift.before === 0 || world.live?.live) return null;
  if (world.now < shift.at + 2 * world.rollout.live.after) return null;
  const detail = world.live?.detail ?? "The data plane has not been seen to follow.";
  return hold(world, release, { kind: "evidence", reason: "not-live", detail });
}
