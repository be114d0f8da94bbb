import type { GateReading } from "../analysis/gates.ts";
import type { Judgement } from "../analysis/judgement.ts";
import type { ClusterReading, LiveReading, Verdict } from "../analysis/types.ts";
import type { Gate, ManagedRoute, Rollout } from "../config/types.ts";
import type { Cause, Offer, RolloutState, Weights } from "./state.ts";

/** Everything a decision is made from. Read by the pass; `decide` reads nothing else. */
export interface World {
  readonly now: number;
  /** The pinned configuration while a release runs, the current one otherwise. */
  readonly rollout: Rollout;
  /** Blob of the current configuration file. */
  readonly config: string;
  /** The current configuration still names this rollout. */
  readonly declared: boolean;
  readonly state: RolloutState | null;
  /** What the manifests say, target by target, in the order of `rollout.targets`. */
  readonly weights: readonly Weights[];
  /** The release's routes that stand, target by target; none while nothing is released. */
  readonly routes: readonly (readonly ManagedRoute[])[];
  /** Routes that the ladder or the release knows and of which something still stands in a target, changed by somebody or not. */
  readonly left: readonly ManagedRoute[];
  /** Routes of the team's own that reach the canary whatever the weights, each in a sentence. */
  readonly bypasses: readonly string[];
  /** What these are, wherever they stand in their files: changes when one comes, goes or takes other requests. */
  readonly beside: string;
  /** The weights that express a percentage in every target, or why that, or one of the routes, cannot be written. */
  readonly plan: (percent: number, routes: readonly ManagedRoute[]) => Plan;
  readonly workloads: { readonly stable: WorkloadFacts; readonly canary: WorkloadFacts };
  /** Places of the pod templates, each in words without values; none unless the release is being promoted. */
  readonly templates: {
    /** What the release changed, promotion will not bring and stable does not have. */
    readonly lacking: readonly string[];
    /** What somebody changed in stable's since the release found it, and not to what the canary has. */
    readonly strayed: readonly string[];
  };
  /** Our clock shows about what GitHub's does, as far as is known. */
  readonly clockRight: boolean;
  /** Head of the deployment branch. */
  readonly head: string;
  /** Objects a write would rest upon: path → oid. */
  readonly bases: Readonly<Record<string, string>>;
  /** Whether the rollout's `on:` says now, for the version the canary workload holds. */
  readonly trigger: { readonly cause: Cause } | { readonly waiting: string };
  /** What the code's repository asks for; null where the rollout's code is here, or it was not asked. */
  readonly source?: {
    readonly repository: string;
    readonly on: NonNullable<RolloutState["source"]>["on"];
    readonly environment?: string;
    /** The newest one, by that repository; of a dispatch the one that comes now. */
    readonly offer: Offer | null;
  } | null;
  /** Null when there is nothing to observe. */
  readonly live: LiveReading | null;
  readonly verdict: Verdict | null;
  /** What the judge knows at `asOf`; null when it was not asked. */
  readonly judgement: Judgement | null;
  /** Last scrape complete on both sides; null when the source gave none. */
  readonly asOf: number | null;
  /** Null where the rollout names no cluster, or nothing is asked of it. */
  readonly cluster: ClusterReading | null;
  /** What the gates behind the present step say; null while they were not asked, as nothing depends on them. */
  readonly gates: readonly GateReading[] | null;
  readonly rollbackPull: {
    readonly state: "open" | "merged" | "closed";
    readonly by: string | null;
    readonly mergeCommit: string | null;
  } | null;
  /** Where the pull request of the state's proposal stands; null when there is none. */
  readonly proposalPull: {
    readonly state: "open" | "merged" | "closed";
    readonly by: string | null;
    readonly mergeCommit: string | null;
    /** As far as GitHub says, nothing forbids its merge. */
    readonly mergeable: boolean;
    /** It would bring more than our commit: what it was made on was taken out of the branch since. */
    readonly bringsMore: boolean;
  } | null;
  /** Not yet handled, oldest first. */
  readonly commands: readonly Order[];
  /** The highest release number that trailers on the deployment branch show; 0 when none. Read only while the state is missing. */
  readonly highestRelease: number;
  /** Whoever took the state away; null while it is there, and where there was none. */
  readonly removedBy: string | null;
}

export type Plan =
  | { readonly ok: true; readonly weights: readonly Weights[] }
  | { readonly ok: false; readonly reason: string };

interface WorkloadFacts {
  readonly file: string;
  readonly oid: string;
  readonly version: string;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
}

/** A command from a person, with what its author may do at this moment. */
export interface Order {
  /** Idempotence key, as in `Handled`. */
  readonly key: string;
  readonly pull: number;
  /** As in `Handled`. */
  readonly repository?: string;
  readonly by: string;
  /** Epoch ms, by GitHub's clock in whole seconds; null: just now, at what is there. */
  readonly said: number | null;
  /** How far GitHub's clock is ahead of ours, as far as that is certain, ms. Absent: no difference is known. */
  readonly skew?: number;
  /** As it was typed, for the record. */
  readonly text: string;
  readonly allowed: { readonly yes: true } | { readonly yes: false; readonly reason: string };
  readonly command: OrderCommand;
}

export type OrderCommand =
  | { readonly name: "weight"; readonly percent: number }
  /** With `at` (epoch ms) it is planned, not done. */
  | { readonly name: "start"; readonly at: number | null }
  | { readonly name: "freeze"; readonly until: number | null; readonly reason: string | null }
  | {
      readonly name:
        | "pause"
        | "resume"
        | "approve"
        | "promote"
        | "rollback"
        | "retry"
        | "cancel"
        | "unfreeze";
    };

export type Decision =
  /** Nothing to write. `until` is the time by which something may change by itself; null: an event must come. */
  | {
      readonly kind: "wait";
      readonly until: number | null;
      readonly why: string;
      /** What must be asked before it can be decided: nothing else keeps the release. */
      readonly asks?: Asks;
    }
  | { readonly kind: "record"; readonly state: RolloutState; readonly why: string; readonly ended: boolean }
  /** `state` carries the intent as `pending`. */
  | { readonly kind: "effect"; readonly state: RolloutState; readonly why: string };

export interface Asks {
  readonly gates: readonly Gate[];
  /** The commit that they are asked about. */
  readonly commit: string;
}
