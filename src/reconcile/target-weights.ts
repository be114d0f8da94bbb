import type { Rollout } from "../config/types.ts";
import type { Weights } from "../release/state.ts";
import type { TargetWeights } from "../views/plan-view.ts";
import type { Facts } from "./facts.ts";

/** Weights with the names of what carries them, for views. */
export function targetWeights(
  rollout: Rollout,
  facts: Facts,
  weights: readonly Weights[] = facts.weights,
): readonly TargetWeights[] {
  return rollout.targets.flatMap(({ file }, i) => {
    const split = facts.splits[i];
    const pair = weights[i];
    return split && pair ? [{ file, name: `${split.kind} ${split.name}`, ...pair }] : [];
  });
}
