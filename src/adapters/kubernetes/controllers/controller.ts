import { z } from "zod";
import { type Condition, clock, condition, generation, type Live, short, time } from "../object.ts";
import { statusAt, writtenAt } from "../owners.ts";

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

/** Where one condition says it of the object's present generation, the status as a whole, or the time of its last sync. */
export function byCondition(type: string, verb: string): Controller["word"] {
  return (live) => {
    const { status } = conditions.parse(live.body);
    const found = status.conditions.find((one) => one.type === type);
    if (!found) return { status: "silent", words: `has no condition ${type}` };
    const { generation: present } = live.metadata;
    const synced = (status.lastSyncedTime ?? 0) >= (writtenAt(live.metadata) ?? Number.POSITIVE_INFINITY);
    const seen = found.observedGeneration ?? status.observedGeneration ?? (synced ? present : undefined);
    return conditionWord(live, { ...found, observedGeneration: seen }, verb);
  };
}

const conditions = z.object({
  status: z
    .object({
      conditions: z.array(condition).catch([]),
      observedGeneration: generation,
      lastSyncedTime: time,
    })
    .catch({ conditions: [] }),
});

/** What is said of no generation may be said of the one before: good news of that kind is none. */
export function conditionWord(
  { metadata }: Live,
  { type, status, reason, message, observedGeneration, lastTransitionTime }: Condition,
  verb: string,
): ControllerWord {
  if (observedGeneration !== undefined && observedGeneration < metadata.generation) {
    const words = `its controller has seen generation ${observedGeneration} of ${metadata.generation}`;
    return { status: "pending", words };
  }
  if (status === "True" && observedGeneration === undefined) {
    return { status: "silent", words: `${type} is True, of which generation is not said` };
  }
  if (status === "True") {
    const at = statusAt(metadata) ?? lastTransitionTime;
    return { status: "taken", words: at === undefined ? verb : `${verb} at ${clock(at)}` };
  }
  const said = [`${type} is ${status}`, reason, short(message)].filter((word) => word !== "").join(": ");
  return { status: status === "False" ? "refused" : "pending", words: said };
}
