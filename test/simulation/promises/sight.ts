import type { RolloutState } from "../../../src/release/state.ts";
import type { Commit } from "../git.ts";
import { MAIN } from "../github.ts";
import type { Weights } from "../manifests.ts";
import type { Scene } from "../scene.ts";
import type { Shop } from "../shop.ts";

/** One change of a shop's state document by the bot. */
export interface Transition {
  readonly scene: Scene;
  readonly shop: Shop;
  readonly before: RolloutState | null;
  readonly after: RolloutState;
  readonly commit: Commit;
}

/** One commit of the bot's on main that is no merge. */
export interface Effect {
  readonly scene: Scene;
  readonly shop: Shop;
  readonly commit: Commit;
  readonly parent: Commit;
  /** The write that intended it. */
  readonly intent: Transition;
  /** Target by target; null where nothing can be read. */
  readonly before: readonly (Weights | null)[];
  readonly after: readonly (Weights | null)[];
}

/** Says that a promise was broken: its name, and what was seen. */
export type Violate = (promise: string, detail: string) => void;

export interface Violation {
  readonly promise: string;
  readonly detail: string;
  /** Epoch ms. */
  readonly at: number;
}

/** Commands that a transition says were carried out. */
export function carriedOut({ before, after }: Transition) {
  const known = new Set(before?.handled.map(({ key }) => key));
  return after.handled.filter(({ key, outcome }) => !known.has(key) && outcome === "done");
}

/** GitHub merges by the head of a pull request alone: so long (ms) what is merged may be of what was there just before. */
const MERGE_TAKES = 30_000;

/** The moves of main, just before a merge, from where a file was this. */
export function movedFrom(
  { github: { git, pushes } }: Scene,
  path: string,
  oid: string | undefined,
  at: number,
) {
  const late = pushes.get(MAIN)?.filter(({ seen }) => seen > at - MERGE_TAKES && seen < at) ?? [];
  return late.filter(({ before }) => git.commit(before ?? "")?.files.get(path) === oid);
}

export function rose({ before, after }: Pick<Effect, "before" | "after">): boolean {
  return after.some((weights, i) => shareOf(weights) > shareOf(before[i] ?? null));
}

export function shareOf(weights: Weights | null): number {
  return weights === null || weights.canary === 0 ? 0 : weights.canary / (weights.stable + weights.canary);
}
