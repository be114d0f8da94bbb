import { toZero } from "./adopt.ts";
import { asExpected, exposed, nothingExposed, routeName, wentDown } from "./exposure.ts";
import { hold, holdChanged, patience, weightsHold, wordHold } from "./holds.ts";
import { without } from "./promoting.ts";
import type { Hold, Outcome, Release, RolloutState } from "./state.ts";
import { entry, recordHold } from "./stepping.ts";
import { end, intend, isZero, record, wait, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

function wordsOf(outcome: Outcome, release: Release): string {
  const name = outcome === "rolled-back" ? "rolled back" : outcome;
  const carried =
    outcome === "promoted" ? `the stable workload carries the new version${without(release)}; ` : "";
  return `${name}: ${carried}canary weight 0 is live`;
}

/** The last way down: commit canary weight 0, see it live, end. */
export function returning(world: World, state: RolloutState, release: Release): Decision {
  const outcome = release.ending ?? "cancelled";
  if (nothingExposed(world) && (exposed(release) || !asExpected(world, release)))
    return there(world, state, release);
  const down = !exposed(release) && isZero(release.expected);
  const seen = !leftSomething(release) || world.live?.live === true;
  const holding =
    weightsHold(world, release) ??
    wordHold(world, release) ??
    (down ? (seen ? bypassHold(world, release) : notLive(world, release)) : null);
  if (holdChanged(release.hold, holding)) return recordHold(world, state, release, holding);
  if (holding?.kind === "person") return wait(null, holding.detail);

  if (!down) {
    const why = `Canary returns to 0 % (${outcome})`;
    return intend(world, withRelease(state, release, {}, entry(world, why)), toZero(world), why);
  }
  if (seen) return end(state, release, outcome, world, wordsOf(outcome, release));
  if (!holding)
    return wait(release.shift.at + patience(world.rollout), "Waiting for canary weight 0 to be live.");
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

/** A person was faster, or merged other sums: the manifests are where the release was going. */
function there(world: World, state: RolloutState, release: Release): Decision {
  const why = "The canary has weight 0, set by a person";
  const change = { hold: null, ...wentDown(world, release, world.weights, world.head, world.now) };
  return record(withRelease(state, release, change, entry(world, why)), why);
}

function notLive(world: World, release: Release): Hold | null {
  const { shift } = release;
  if (world.now < shift.at + patience(world.rollout)) return null;
  const detail = world.live?.detail ?? "The data plane has not been seen to follow.";
  return hold(world, release, { kind: "evidence", reason: "not-live", detail });
}

/** The last commit took something from the canary, so there is something to be seen in the traffic. */
function leftSomething({ shift }: Release): boolean {
  return shift.before > 0 || shift.rerouted;
}

/** A route still sends users to the canary: the release is not over. */
function bypassHold(world: World, release: Release): Hold | null {
  const { bypasses, workloads, left } = world;
  if (left.length > 0) {
    const detail = `Canary weight 0 is live, but the ${left.map(routeName).join(" and the ")} could not be taken away: somebody changed what is around it. Take it out; \`resume\` ends the release as it is.`;
    return hold(world, release, { kind: "person", reason: "bypass", detail });
  }
  if (release.ending !== "rolled-back" || bypasses.length === 0) return null;
  if (workloads.canary.version !== release.version) return null;
  const detail = `Canary weight 0 is live, but ${bypasses.join("; ")}: these requests still reach the failed version. Take the route out, or set the canary workload back; \`resume\` ends the release as it is.`;
  return hold(world, release, { kind: "person", reason: "bypass", detail });
}
