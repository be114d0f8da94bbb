import type { Problem, Rollout } from "../config/types.ts";
import type { Release } from "../release/state.ts";

/** What merging a pull request would do. */
export interface PlanView {
  /** What is wrong with the configuration or with a file it names. */
  readonly problems: readonly Problem[];
  readonly rollouts: readonly RolloutPlan[];
}

export interface RolloutPlan {
  readonly rollout: Rollout;
  /** Why its files were not read, one sentence: then nothing but `rollout` says anything. null otherwise. */
  readonly unread: string | null;
  /** The pull request changes the canary's version. */
  readonly ships: boolean;
  /** Container by container, in the canary workload; null: absent on that side. */
  readonly images: readonly ImageChange[];
  readonly steps:
    | { readonly ok: true; readonly rungs: readonly Rung[] }
    /** The weights cannot express a step; says what would do. */
    | { readonly ok: false; readonly reason: string };
  /** The release that runs now. */
  readonly running: Release | null;
  /** The merge declares a rollout that has no state yet: at rest its canary has weight 0. */
  readonly adopts: boolean;
  readonly weightsNow: readonly TargetWeights[];
  /** With `on: schedule`: its next time that no freeze covers, epoch ms; null where there is none. */
  readonly nextStart: number | null;
  /** How long such releases took, ms, and how many there were; null where there were none. */
  readonly typical: { readonly takes: number; readonly of: number } | null;
  /** Empty where the metrics were not asked or did not answer. */
  readonly present: readonly PresentSlo[];
  /** Anything else a reviewer should know, one sentence each. */
  readonly notes: readonly string[];
}

export interface ImageChange {
  readonly container: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface Rung {
  readonly percent: number;
  readonly targets: readonly TargetWeights[];
  /** What the step changes in the files as the step before left them. */
  readonly diffs: readonly {
    readonly file: string;
    /** Of a unified diff, without its head. */
    readonly lines: readonly string[];
  }[];
}

/** An objective as the stable side meets it now. */
export interface PresentSlo {
  readonly name: string;
  readonly limit: string;
  /** null where nothing is known. */
  readonly now: string | null;
  readonly state: "met" | "broken" | "unknown";
  /** Why nothing is known; empty otherwise. */
  readonly words: string;
}

/** In the object's own units. */
export interface TargetWeights {
  readonly file: string;
  /** Such as `VirtualService checkout`. */
  readonly name: string;
  readonly stable: number;
  readonly canary: number;
}
