import type { GateReading } from "../analysis/gates.ts";
import type { Judgement } from "../analysis/judgement.ts";
import type { ManagedRoute } from "../config/types.ts";

/**
 * The release state document: `rollouts/<name>.json` on the branch `sluice/state`.
 * Times are epoch milliseconds; oids are git object ids.
 */

export const SCHEMA = 1;

export interface RolloutState {
  readonly schema: typeof SCHEMA;
  readonly rollout: string;
  /** What runs when nothing is released: the version last known good, and its canary workload file. */
  readonly rest: { readonly version: string; readonly canary: string };
  /** Number of the next release. */
  readonly next: number;
  /** How many effects were ever intended; makes their ids unique. */
  readonly effects: number;
  readonly release: Release | null;
  readonly pending: Pending | null;
  /** A change that waits in a pull request of ours to be merged; absent in documents of before. */
  readonly proposal?: Proposal | null;
  readonly last: Ended | null;
  /** How long the newest few that were promoted took, ms, newest last. Absent: none yet. */
  readonly took?: readonly number[];
  /** Person hold while nothing is released. */
  readonly hold: Hold | null;
  /** Epoch ms at which it began in the place of one that was lost: what was said before may have been done. */
  readonly anew?: number;
  /** Commands that were dealt with, newest last, bounded. */
  readonly handled: readonly Handled[];
  /** A person's `freeze`; over once `until` has come. Absent: none was ever said. */
  readonly freeze?: SaidFreeze | null;
  /** A start that somebody planned: of the version that was there then, and of no other. */
  readonly planned?: {
    readonly at: number;
    readonly by: string;
    /** Where it was said. */
    readonly pull: number;
    /** As in `Handled`. */
    readonly repository?: string;
    readonly version: string;
  } | null;
  /** The newest word on when the next release is to start: no older one changes it. Absent: none since the last began. */
  readonly planning?: (Word & { readonly kind: "planned" | "cancelled" }) | null;
  /** With `on: schedule`: the version that waits, for which schedule, and since when that is known. */
  readonly waits?: { readonly version: string; readonly schedule: string; readonly since: number } | null;
  /** With `from:`: what the code's repository asked for. Absent: never listened to. */
  readonly source?: {
    /** `acme/checkout` */
    readonly repository: string;
    readonly on: "merge" | "dispatch" | "deployment";
    /** Whose deployments count. */
    readonly environment?: string;
    /** Dealt with last, or there when it began to listen; null: nothing yet. */
    readonly last: Offer | null;
    /** Not brought yet. */
    readonly waits: Offer | null;
    /** What the canary workload became by the last image that was brought; any other is a person's. */
    readonly version?: string;
  };
}

/** What a person said, and stands. */
export interface Word {
  readonly by: string;
  /** When it was said, epoch ms; where it was heard after a newer one whose place it took, when that was. */
  readonly at: number;
  /** Whose that newer one was. */
  readonly after?: string;
}

interface SaidFreeze extends Word {
  /** null: until somebody says `unfreeze`. */
  readonly until: number | null;
  readonly reason: string | null;
}

/** An image that an event in the code's repository asks for. */
export interface Offer {
  /** The name that the rollout allows, with a tag or a digest. */
  readonly image: string;
  /** Of the code's repository. */
  readonly commit: string;
  /** The merged pull request there that brought the commit. */
  readonly pull: number | null;
  readonly actor: string | null;
  readonly deployment: number | null;
  /** When it was sent (epoch ms), where the sender said so. */
  readonly at: number | null;
}

type Phase = "stepping" | "promoting" | "returning" | "rolling-back";
export type Outcome = "promoted" | "rolled-back" | "superseded" | "cancelled";

export interface Release {
  readonly number: number;
  readonly version: string;
  readonly cause: Cause;
  /** Blob of `.github/sluice.yaml` this release runs by. */
  readonly config: string;
  readonly startedAt: number;
  /** As they were at the start: the stable side's version and file, and the canary's file. The stable side's later: as accepted, or as promotion found it. */
  readonly workloads: { readonly stableVersion: string; readonly stable: string; readonly canary: string };
  /** What the judge knew at the last change of this document; null before the first weight. */
  readonly judgement: Judgement | null;
  readonly phase: Phase;
  /** Index into the rollout's steps; -1 before the first. */
  readonly step: number;
  readonly shift: Shift;
  /** What the manifests must say, target by target; anything else was done by a person. */
  readonly expected: readonly Weights[];
  /** Routes of ours that stand in every target. */
  readonly routes: readonly ManagedRoute[];
  /** Names of those that a person changed and told the release to go on with. */
  readonly accepted: readonly string[];
  /** `World.beside` when the weight was last decided. */
  readonly beside: string;
  readonly approved: {
    readonly by: string;
    readonly at: number;
    /** Gates that they let it go on without, as those were then. */
    readonly without?: readonly Waived[];
  } | null;
  /** A person's word that stands until taken back. */
  readonly will: (Word & { readonly kind: "paused" | "manual-weight" | "proposal-closed" }) | null;
  readonly hold: Hold | null;
  /** For what it waits that only a person brings to an end, since when, and when it last said so again; epoch ms. */
  readonly waiting?: { readonly reason: string; readonly since: number; readonly reminded?: number };
  readonly failure: Failure | null;
  readonly rollback: Rollback | null;
  readonly promotion: {
    readonly copiedAt: number | null;
    /** The stable workload's file as the copy left it; absent in documents from before it was kept. */
    readonly copy?: string;
    /** Who let it go on after a failure, or without the evidence that was missing. */
    readonly forcedBy: string | null;
    /** Somebody let it go on before the copy: from then on only the stable workload can fail it. */
    readonly overruled?: true;
    /** Who promotes without what stable lacks, and what that was. */
    readonly without?: { readonly by: string; readonly what: readonly string[] };
    /** What failed meanwhile; holds until somebody decides. */
    readonly failed?: string;
  } | null;
  /** GitHub's sentence when a rule forbade a write; stands until somebody resumes. */
  readonly blocked: string | null;
  /** How the release ends once canary weight 0 is live. */
  readonly ending: Outcome | null;
  readonly timeline: readonly Entry[];
}

export interface Waived extends Pick<GateReading, "gate" | "status"> {
  readonly by: string;
}

export interface Weights {
  readonly stable: number;
  readonly canary: number;
}

/** The last change of weight or routes. */
interface Shift {
  readonly percent: number;
  /** Percent before it; the likelihood of the observed shares compares the two. */
  readonly before: number;
  /** Routes of ours came or went with it, or files had different weights: which requests those take is not known. */
  readonly rerouted: boolean;
  /** Since when the traffic had been as it was before it. */
  readonly baseline: number;
  readonly at: number;
  /** null before the first change. */
  readonly commit: string | null;
  readonly live: { readonly at: number; readonly how: string; readonly detail: string } | null;
}

export interface Cause {
  readonly kind: "merge" | "deployment" | "command" | "schedule";
  readonly commit: string;
  readonly pull: number | null;
  readonly actor: string | null;
  /** Set for `deployment`. */
  readonly deployment: number | null;
  /** Where the image came from, of which this repository has the manifests alone. */
  readonly source?: {
    /** `acme/checkout` */
    readonly repository: string;
    readonly commit: string;
    readonly pull: number | null;
    /** The one that brought it, whose statuses are ours to report. */
    readonly deployment: number | null;
  };
}

export type PersonHold =
  | "paused"
  | "manual-weight"
  | "approval"
  | "gate"
  | "window"
  | "freeze"
  | "hand-edit"
  | "workload-edit"
  | "superseded"
  | "rollback-closed"
  | "stable-behind"
  | "proposal-closed"
  | "promotion-failed"
  | "blocked"
  | "rollout-removed"
  | "bypass"
  | "drift"
  | "state-lost";
export type EvidenceHold = "not-live" | "not-ready" | "inconclusive" | "unavailable" | "cluster-unavailable";

export type Hold =
  | {
      readonly kind: "person";
      readonly reason: PersonHold;
      readonly since: number;
      readonly detail: string;
      /** With `gate`: those that are not open. */
      readonly gates?: readonly GateReading[];
      /** With `stable-behind`: what stable lacks. */
      readonly lacking?: readonly string[];
    }
  | {
      readonly kind: "evidence";
      readonly reason: EvidenceHold;
      readonly since: number;
      readonly detail: string;
    };

export interface Failure {
  readonly at: number;
  /** Why, with the numbers. */
  readonly words: string;
  /** The login when a person asked for the rollback. */
  readonly by: string | null;
  /** Rows for the rollback PR: what was measured against which limit. */
  readonly slos: readonly {
    readonly name: string;
    readonly limit: string;
    readonly canary: string | null;
    readonly stable: string | null;
    readonly requests: number | null;
    readonly verdict: string;
  }[];
}

export interface Rollback {
  readonly branch: string;
  /** Weights with canary at 0. */
  readonly to: readonly Weights[];
  /** Files it sets back: path → oid. */
  readonly restore: Readonly<Record<string, string>>;
  readonly pull: { readonly number: number; readonly head: string; readonly openedAt: number } | null;
  /** GitHub's sentence when opening or merging was refused. */
  readonly blocked: string | null;
  /** Weight 0 committed directly: done, refused by a rule, or not tried. */
  readonly direct: "no" | "done" | "refused";
  /** The PR was merged, or closed as fulfilled. */
  readonly settled: boolean;
}

export interface Entry {
  readonly at: number;
  readonly text: string;
  readonly by: string | null;
}

export interface Ended {
  readonly number: number;
  readonly version: string;
  readonly outcome: Outcome;
  readonly at: number;
  readonly pull: number | null;
}

export interface Handled {
  /** `comment:123`, or `click:456:pause:1a2b3c4d` of a check run, an action and where the release stood. */
  readonly key: string;
  readonly pull: number;
  /** Where that pull request is, if not beside the rollout: `acme/checkout`. */
  readonly repository?: string;
  readonly by: string;
  /** As it was typed. */
  readonly command: string;
  readonly outcome: "done" | "refused";
  readonly reason: string;
  /** Its reason is said although it was followed: what was understood, such as a time, may not be what was meant. */
  readonly told?: true;
}

/** An effect that was intended and may or may not have happened. */
export interface Pending {
  /** `checkout#7.3`; carried by the effect as trailer `Sluice-Effect`. */
  readonly id: string;
  readonly effect: Effect;
  /** Head of the deployment branch when it was intended: the effect can only be newer. */
  readonly head: string;
  /** Objects the decision was made on: path → oid. */
  readonly bases: Readonly<Record<string, string>>;
  readonly at: number;
}

/** With `delivery: pull-request`: a change as it was decided, and where it waits. */
export interface Proposal {
  /** Of the effect that opened it. */
  readonly id: string;
  readonly change: Change;
  /** As in `Pending`: when one of these changes, it is decided again. */
  readonly bases: Readonly<Record<string, string>>;
  readonly pull: number;
  /** The commit that was decided; nothing else is ever merged by us. */
  readonly head: string;
  /** Of an image that is brought: as in `RolloutState.source`, once it is merged. */
  readonly version?: string;
  /** Of a copy of images: as in `Release.promotion`, once it is merged. */
  readonly copy?: string;
  readonly openedAt: number;
  /** Who ordered it by name; null when the evidence decided. */
  readonly by: string | null;
  /** The last try to merge it, with GitHub's sentence; null before the first. */
  readonly refused: { readonly at: number; readonly reason: string; readonly queued: boolean } | null;
}

/** What moves the deployment branch forward. */
export type Change = Extract<Effect, { readonly kind: "set-weights" | "copy-images" | "bring-image" }>;

export type Effect =
  | {
      readonly kind: "set-weights";
      readonly percent: number;
      /** Index of the step it begins; null otherwise. */
      readonly step: number | null;
      readonly from: readonly Weights[];
      readonly to: readonly Weights[];
      /** Routes of ours that stand afterwards. */
      readonly routes: readonly ManagedRoute[];
    }
  | { readonly kind: "copy-images"; readonly images: Readonly<Record<string, string>> }
  /** `images`: by container of the canary workload. */
  | {
      readonly kind: "bring-image";
      readonly offer: Offer;
      readonly repository: string;
      readonly images: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: "open-rollback";
      readonly branch: string;
      readonly restore: Readonly<Record<string, string>>;
      readonly to: readonly Weights[];
    }
  | { readonly kind: "merge-rollback"; readonly pull: number; readonly head: string }
  | { readonly kind: "close-rollback"; readonly pull: number }
  | { readonly kind: "merge-proposal"; readonly pull: number; readonly head: string }
  | { readonly kind: "close-proposal"; readonly pull: number; readonly reason: string };

/** What became of an effect. */
export type EffectResult =
  /** `copy`: the stable workload's file after a copy of images; `version`: the canary's after one was brought. */
  | {
      readonly status: "committed";
      readonly commit: string;
      readonly at: number;
      readonly copy?: string;
      readonly version?: string;
    }
  | {
      readonly status: "opened";
      readonly pull: number;
      readonly head: string;
      readonly at: number;
      readonly copy?: string;
      readonly version?: string;
    }
  | { readonly status: "merged"; readonly commit: string; readonly at: number }
  | { readonly status: "closed"; readonly at: number }
  /** A rule of the repository forbids it. */
  | {
      readonly status: "blocked";
      readonly reason: string;
      readonly at: number;
      /** It is in the merge queue instead. */
      readonly queued?: boolean;
    }
  /** What it was decided upon has changed: decide again. */
  | { readonly status: "abandoned"; readonly reason: string; readonly at: number };

export function releaseName(rollout: string, number: number): string {
  return `${rollout}#${number}`;
}

/** At a gate somebody must do something; one that is only not finished opens by itself. */
export function isShut(hold: Hold): boolean {
  return hold.reason === "gate" && (hold.gates ?? []).some(({ status }) => status === "closed");
}
