import { z } from "zod";
import { type Condition, clock, condition, generation, type Live, short } from "../object.ts";
import { statusAt } from "../owners.ts";

/** How the controller of a kind says that it has taken an object: one row of `controllers.ts`. */
export interface Controller {
  /** API groups. */
  readonly groups: readonly string[];
  /** `Gateway API: Accepted and ResolvedRefs of every parent`, for docs/cluster.md. */
  readonly about: string;
  word(live: Live): ControllerWord;
}

export type ControllerWord =
  /** `accepted at 10:04:12`. */
  | { readonly status: "taken"; readonly words: string }
  /** It has not seen this generation, or not dealt with it. */
  | { readonly status: "pending"; readonly words: string }
  | { readonly status: "refused"; readonly words: string }
  /** It says nothing that could be read. */
  | { readonly status: "silent"; readonly words: string };

/** Where one condition says it, at the object's present generation. */
export function byCondition(type: string, verb: string): Controller["word"] {
  return (live) => {
    const { status } = conditions.parse(live.body);
    const found = status.conditions.find((one) => one.type === type);
    if (!found) return { status: "silent", words: `has no condition ${type}` };
    const seen = found.observedGeneration ?? status.observedGeneration;
    return conditionWord(live, { ...found, observedGeneration: seen }, verb);
  };
}

const conditions = z.object({
  status: z
    .object({ conditions: z.array(condition).catch([]), observedGeneration: generation })
    .catch({ conditions: [] }),
});

/** Generations that a controller does not write say nothing against it. */
export function conditionWord(
  { metadata }: Live,
  { type, status, reason, message, observedGeneration, lastTransitionTime }: Condition,
  verb: string,
): ControllerWord {
  if (observedGeneration !== undefined && observedGeneration < metadata.generation) {
    const words = `its controller has seen generation ${observedGeneration} of ${metadata.generation}`;
    return { status: "pending", words };
  }
  if (status === "True") {
    const at = statusAt(metadata) ?? lastTransitionTime;
    return { status: "taken", words: at === undefined ? verb : `${verb} at ${clock(at)}` };
  }
  const said = [`${type} is ${status}`, reason, short(message)].filter((word) => word !== "").join(": ");
  return { status: status === "False" ? "refused" : "pending", words: said };
}
