import { toZero } from "./adopt.ts";
import { asExpected, exposed, nothingExposed, steadySince, wentDown } from "./exposure.ts";
import { hold, holdChanged } from "./holds.ts";
import type { Hold, Release, Rollback, RolloutState } from "./state.ts";
import { entry, recordHold } from "./stepping.ts";
import { intend, record, restorable, wait, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/**
 * One rollback PR, whatever happens to it. Traffic goes to 0 by its merge, or, when the merge does not come
 * in time, by a direct commit of the weights alone.
 */
export function rollingBack(world: World, state: RolloutState, release: Release): Decision {
  const { rollback } = release;
  if (!rollback) return wait(null, "no rollback");
  const pull = world.rollbackPull;
  if (pull?.state === "merged") {
    // A merge that moved no weight took nothing back.
    const unmoved = !nothingExposed(world) && asExpected(world, release);
    if (unmoved && rollback.direct === "no") return direct(world, state, release);
    return merged(world, state, release, rollback, pull.mergeCommit, pull.by);
  }
  const opened = rollback.pull !== null || rollback.blocked !== null;
  // What somebody changed since an earlier try is theirs.
  const restore = opened ? rollback.restore : restorable(world, state, release);
  const remains = Object.keys(restore).length > 0;
  if (!opened && (remains || !nothingExposed(world))) {
    const { branch, to } = rollback;
    const anew = { ...state, release: { ...release, rollback: { ...rollback, restore } } };
    return intend(world, anew, { kind: "open-rollback", branch, restore, to }, "Opening the rollback PR");
  }

  const { merge, traffic, deadline } = world.rollout.rollback;
  const holding = stoppedBy(world, release, rollback, pull);
  const mergeable = merge === "auto" && pull?.state === "open" && rollback.blocked === null && !holding;
  if (nothingExposed(world) && !(mergeable && remains)) {
    return atZero(world, state, release, rollback, pull?.state === "open" && !remains);
  }
  if (holdChanged(release.hold, holding)) return recordHold(world, state, release, holding);
  if (holding) return wait(null, holding.detail);

  const wanted = release.failure?.by != null;
  if (mergeable && rollback.pull) {
    const effect = { kind: "merge-rollback", pull: rollback.pull.number, head: rollback.pull.head } as const;
    return intend(world, state, effect, `Merging the rollback PR #${rollback.pull.number}`);
  }
  const due =
    merge === "auto"
      ? (rollback.pull?.openedAt ?? release.failure?.at ?? world.now) + deadline
      : traffic === "immediate"
        ? world.now
        : null;
  // A person who asks for the rollback although no PR can bring it wants the traffic back now.
  const withoutPull = wanted && (pull?.state === "closed" || rollback.pull === null);
  if (withoutPull || (due !== null && world.now >= due)) return direct(world, state, release);
  return wait(
    due,
    due === null ? "Waiting for the rollback PR to be merged." : "Waiting for the merge of the rollback PR.",
  );
}

function direct(world: World, state: RolloutState, release: Release): Decision {
  const why = "The rollback PR has not brought the weight down: committing canary weight 0 directly";
  return intend(world, withRelease(state, release, {}, entry(world, why)), toZero(world), why);
}

function merged(
  world: World,
  state: RolloutState,
  release: Release,
  rollback: Rollback,
  commit: string | null,
  by: string | null,
): Decision {
  const why = `Rollback PR #${rollback.pull?.number} merged${by ? ` by ${by}` : ""}`;
  const change: Partial<Release> = {
    phase: "returning",
    hold: null,
    blocked: null,
    will: null,
    rollback: { ...rollback, settled: true },
    ...(rollback.direct === "done"
      ? {}
      : wentDown(world, release, rollback.to, commit, steadySince(release))),
  };
  return record(withRelease(state, release, change, { at: world.now, text: why, by }), why);
}

/** The weights are 0 already, by our commit or a person's; what remains of the PR is the workload. */
function atZero(
  world: World,
  state: RolloutState,
  release: Release,
  rollback: Rollback,
  fulfilled: boolean,
): Decision {
  if (fulfilled && rollback.pull && !rollback.settled) {
    return intend(
      world,
      state,
      { kind: "close-rollback", pull: rollback.pull.number },
      "Closing the rollback PR: nothing remains for it to do",
    );
  }
  const why =
    rollback.direct === "done"
      ? "Canary weight 0 was committed directly"
      : !exposed(release)
        ? "The canary has weight 0 already"
        : "A person set the canary to weight 0";
  const change: Partial<Release> = {
    phase: "returning",
    hold: null,
    blocked: null,
    will: null,
    ...wentDown(world, release, world.weights, world.head, world.now),
  };
  return record(withRelease(state, release, change, entry(world, why)), why);
}

/**
 * Who has the wheel: while a person paused the release or edited its weights, the PR is opened but not merged.
 * Waiting for an approval or a window only ever stopped it from going up.
 */
function stoppedBy(
  world: World,
  release: Release,
  rollback: Rollback,
  pull: World["rollbackPull"],
): Hold | null {
  if (release.failure?.by == null) {
    if (pull?.state === "closed") {
      const detail = `${pull.by ?? "A person"} closed the rollback PR #${rollback.pull?.number} without merging it. \`rollback\` returns the traffic.`;
      return hold(world, release, { kind: "person", reason: "rollback-closed", detail });
    }
    if (release.will?.kind === "paused") {
      const detail = `Paused by ${release.will.by}: the rollback PR is open, but not merged. \`rollback\` or its merge returns the traffic.`;
      return hold(world, release, { kind: "person", reason: "paused", detail });
    }
  }
  if (!asExpected(world, release)) {
    const detail =
      "The weights were edited by hand: the rollback PR is open, but not merged. `rollback` or its merge returns the traffic.";
    return hold(world, release, { kind: "person", reason: "hand-edit", detail });
  }
  if (rollback.direct === "refused") {
    const detail = `GitHub refuses both the merge and a direct commit (${rollback.blocked ?? "a rule of the branch"}): merge the rollback PR by hand now, or \`resume\` to try again.`;
    return hold(world, release, { kind: "person", reason: "blocked", detail });
  }
  const { merge, traffic } = world.rollout.rollback;
  if (
    merge === "manual" &&
    traffic === "with-merge" &&
    rollback.pull === null &&
    release.failure?.by == null
  ) {
    const detail = `The rollback PR could not be opened (${rollback.blocked}). \`resume\` tries again, \`rollback\` commits canary weight 0 without it.`;
    return hold(world, release, { kind: "person", reason: "blocked", detail });
  }
  return null;
}
