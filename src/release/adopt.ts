import type { Effect, RolloutState } from "./state.ts";
import { releaseName, SCHEMA } from "./state.ts";
import { intend, isZero, record, zeroWeights } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/**
 * The first look after a configuration lands starts nothing: it records the baseline and,
 * where the canary has weight, commits 0. When the deployment branch shows releases that no state
 * remembers, or somebody took the state away, it was lost: a person must say that what is there now is the baseline.
 */
export function adopt(world: World): Decision {
  const { rollout, highestRelease, removedBy } = world;
  const { canary } = world.workloads;
  const state: RolloutState = {
    schema: SCHEMA,
    rollout: rollout.name,
    rest: { version: canary.version, canary: canary.oid },
    next: highestRelease + 1,
    effects: 0,
    release: null,
    pending: null,
    last: null,
    hold: null,
    handled: [],
  };
  if (highestRelease > 0 || removedBy !== null) {
    // What was counted is lost with it; no effect before is called by the seconds of now.
    const effects = Math.floor(world.now / 1000);
    const gone = removedBy === null ? "is gone" : `was taken away by ${removedBy}`;
    const shown =
      highestRelease > 0 ? `The branch shows ${releaseName(rollout.name, highestRelease)}, but its` : "Its";
    const detail =
      `${shown} state ${gone}. ` +
      `Check which version each side runs; then \`/canary ${rollout.name} resume\` takes them as the baseline and returns the canary to 0 %.`;
    const hold = { kind: "person", reason: "state-lost", since: world.now, detail } as const;
    return record(
      { ...state, effects, hold, anew: world.now },
      `${rollout.name}: state lost; waiting for a person`,
    );
  }
  if (isZero(world.weights)) return record(state, `${rollout.name}: adopted at rest, canary 0 %`);
  return intend(world, state, toZero(world), `${rollout.name}: adopted; at rest the canary has weight 0`);
}

export function toZero({ weights }: World): Effect {
  return { kind: "set-weights", percent: 0, step: null, from: weights, to: zeroWeights(weights), routes: [] };
}
