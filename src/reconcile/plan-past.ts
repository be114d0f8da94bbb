import type { RolloutState } from "../release/state.ts";
import type { RolloutPlan } from "../views/plan-view.ts";

/** How long releases that were promoted took: the middle of the newest few. */
export function typicalTime({ took = [] }: RolloutState): RolloutPlan["typical"] {
  const takes = took.toSorted((a, b) => a - b)[Math.floor((took.length - 1) / 2)];
  return takes === undefined ? null : { takes, of: took.length };
}
