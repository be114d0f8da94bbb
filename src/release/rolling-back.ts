import { hold, holdChanged } from "./holds.ts";
import type { Hold, Release, Rollback, RolloutState } from "./state.ts";
import { entry, recordHold } from "./stepping.ts";
import { intend, isZero, record, sameWeights, wait, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/**
 * One rollback PR, whatever happens to it. Traffic goes to 0 by its merge, or, when the merge does not come
 * in time, by a direct commit of the weights alone.
 */
export function rollingBack(world: World, state: RolloutState, release: Release): Decision {
  const { rollback } = release;
  if (!rollback) return wait(null, "no rollback");
  const pull = world.rollbackPull;
  if (pull?.state === "merged") return merged(world, state, release, rollback, pull.mergeCommit, pull.by);
  const remains = Object.keys(rollback.restore).length > 0;
  const opened = rollback.pull !== null || rollback.blocked !== null;
  if (isZero(world.weights) && (opened || !remains)) {
    return atZero(world, state, release, rollback, pull?.state === "open" && !remains);
  }
  if (!opened) {
    const effect = {
      kind: "open-rollback",
      branch: rollback.branch,
      restore: rollback.restore,
      to: rollback.to,
    } as const;
    return intend(world, state, effect, "Opening the rollback PR");
  }

  const holding = stoppedBy(world, release, rollback, pull);
  if (holdChanged(release.hold, holding)) return recordHold(world, state, release, holding);
  if (holding) return wait(null, holding.detail);

  const { merge, traffic, deadline } = world.rollout.rollback;
  const wanted = release.failure?.by != null;
  if (merge === "auto" && rollback.pull && pull?.state === "open" && rollback.blocked === null) {
    const effect = { kind: "merge-rollback", pull: rollback.pull.number, head: rollback.pull.head } as const;
    return intend(world, state, effect, `Merging the rollback PR #${rollback.pull.number}`);
  }
  const due =
    merge === "auto"
      ? (rollback.pull?.openedAt ?? release.failure?.at ?? world.now) + deadline
      : traffic === "immediate"
        ? world.now
        : null;
  // A person who closed the PR and then asks for the rollback wants the traffic back now.
  const closedButWanted = pull?.state === "closed" && wanted;
  if (closedButWanted || (due !== null && world.now >= due)) return direct(world, state, release);
  return wait(
    due,
    due === null ? "Waiting for the rollback PR to be merged." : "Waiting for the merge of the rollback PR.",
  );
}

function direct(world: World, state: RolloutState, release: Release): Decision {
  const why = "The rollback PR is not merged: committing canary weight 0 directly";
  const to = world.weights.map(({ stable, canary }) => ({ stable: stable + canary, canary: 0 }));
  const effect = { kind: "set-weights", percent: 0, step: null, from: world.weights, to } as const;
  return intend(world, withRelease(state, release, {}, entry(world, why)), effect, why);
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
    ...(rollback.direct === "done" ? {} : down(world, release, rollback, commit)),
  };
  return record(withRelease(state, release, change, { at: world.now, text: why, by }), why);
}

function down(world: World, release: Release, rollback: Rollback, commit: string | null): Partial<Release> {
  const shift = { percent: 0, before: release.shift.percent, at: world.now, commit, live: null };
  return { expected: rollback.to, shift };
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
      : "A person set the canary to weight 0";
  const change: Partial<Release> = {
    phase: "returning",
    hold: null,
    blocked: null,
    will: null,
    expected: world.weights,
    ...(release.shift.percent === 0
      ? {}
      : {
          shift: { percent: 0, before: release.shift.percent, at: world.now, commit: world.head, live: null },
        }),
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
    if (!sameWeights(world.weights, release.expected)) {
      const detail =
        "The weights were edited by hand: the rollback PR is open, but not merged. `rollback` or its merge returns the traffic.";
      return hold(world, release, { kind: "person", reason: "hand-edit", detail });
    }
  }
  if (rollback.direct === "refused") {
    const detail = `GitHub refuses both the merge and a direct commit (${rollback.blocked ?? "a rule of the branch"}): merge the rollback PR by hand now.`;
    return hold(world, release, { kind: "person", reason: "blocked", detail });
  }
  return null;
}
