import type { GateReading } from "../analysis/gates.ts";
import type { Judgement } from "../analysis/judgement.ts";
import type { Verdict } from "../analysis/types.ts";
import type { Clock } from "../ports/clock.ts";
import type { Cluster } from "../ports/cluster.ts";
import type { BranchLog, Forge, Wanted } from "../ports/forge.ts";
import type { Hooks } from "../ports/hooks.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { Pages } from "../ports/pages.ts";
import type { Release } from "../release/state.ts";
import type { Reader } from "./facts.ts";
import type { Repository } from "./happening.ts";
import { Lines } from "./lines.ts";
import { rememberingReader } from "./parsed.ts";
import type { Projector } from "./projector.ts";
import type { ConfigReading, Reading } from "./read.ts";
import type { parseState } from "./state-document.ts";
import type { Understandings } from "./understand.ts";

/** What a pass over one repository works with. */
export interface Ports {
  readonly forge: Forge;
  readonly metrics: Metrics;
  readonly cluster: Cluster;
  readonly notifier: Notifier;
  readonly pages: Pages;
  readonly hooks: Hooks;
  readonly clock: Clock;
  readonly log: Log;
  readonly memory: Memory;
  readonly projector: Projector;
  readonly settings: Settings;
  /**
   * Another repository of the same owner, by `acme/checkout`, if the same installation covers it; null for any other,
   * whatever the reason.
   */
  readonly beside: (repository: string) => Promise<Beside | null>;
}

export interface Beside {
  readonly where: Repository;
  readonly ports: Ports;
}

interface Settings {
  /** Between two looks at a running release, ms. */
  readonly lookEvery: number;
  /** How late a timer may come beside that, ms; where it is worth a word. */
  readonly late?: number;
  /** How long what another process began is left to it, ms; absent where this one is alone. */
  readonly standBy?: number;
  /** Nobody would hear of a click: GitHub tells only the App whose check it is. */
  readonly buttons?: "none";
  /** How long a waiting release may do without reading GitHub, ms. */
  readonly readEvery: number;
  /** How often the numbers of an unchanged release are shown anew, ms. */
  readonly showEvery: number;
}

export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** A pull request of ours, by the effect it is for. */
export interface Opened {
  readonly rollout: string;
  readonly pull: number;
  readonly effect: string;
  /** How many effects the state had had by then. */
  readonly effects: number;
}

/**
 * What one process remembers of one repository to save calls. Holds no truth:
 * everything here may be lost at any moment and only costs reads or an extra projection.
 */
export interface Memory {
  readonly blobs: Map<string, string>;
  /** By number: what this process opened, and has not seen in the state yet. */
  readonly opened: Map<number, Opened>;
  readonly readings: Map<string, Remembered>;
  /** State documents, each as it was read last. */
  readonly documents: Map<string, { readonly oid: string; readonly parsed: ReturnType<typeof parseState> }>;
  /** Configurations by object. */
  readonly configs: Map<string, ConfigReading>;
  /** What the files said that were looked at last. */
  readonly understood: Understandings;
  /** What the texts say that were read last, each understood once. */
  readonly reader: Reader;
  /** Files the last reading of a rollout needed. */
  readonly paths: Map<string, Wanted>;
  /** Heads of the state branch at which a document is known to be our own, by its path. */
  readonly verified: Map<string, string>;
  /**
   * Heads of the state branch (null: there was none) upon which this process wrote a state, or may have. Where the
   * branch is there once more, somebody brought it back, whatever was known of that head before.
   */
  readonly left: Map<string | null, Left>;
  /** GitHub's log of who moved the state branch to `head`, as deep as it was wanted. */
  stateLog: {
    readonly head: string | null;
    readonly log: BranchLog;
    readonly whole: boolean;
  } | null;
  /** Projection → hash of what it showed last. */
  readonly shown: Map<string, string>;
  /** Heads of the pull requests that brought releases, and whether they brought one alone. */
  readonly heads: Map<number, { readonly commit: string; readonly alone: boolean }>;
  /** The last release of a rollout, as it ended. */
  readonly ended: Map<string, Release>;
  /** The comment that shows a release, by its projection. */
  readonly stickies: Map<string, number>;
  /** Deployments of our own that this process made, by their release: GitHub shows them a moment later. */
  readonly deployments: Map<string, number>;
  /** Keys of commands that were answered. */
  readonly answered: Set<string>;
  /** Answers on their way, by comment. */
  readonly answering: Lines;
  /** Comments with an answer that this process wrote or read: it stands whatever others do, so it is never forgotten. */
  readonly replied: Set<number>;
  readonly verdicts: Map<string, Verdict>;
  /** What the gates of a rollout's release said, since when, and what they were asked about. */
  readonly gates: Map<string, GatesSaid>;
  /** What the judge knows of a rollout's release, and all that it rests on but the samples. */
  readonly judgements: Map<string, { readonly basis: string; readonly judgement: Judgement }>;
  /** Whether a revision that a GitOps tool applied has a commit of weights: `COMMIT REVISION` → answer. */
  readonly contained: Map<string, boolean>;
  /** When a rollout was shown last, and with which verdict of its release, or that none runs. */
  readonly showings: Map<string, { readonly at: number; readonly word: string | null }>;
  /** The state document of a rollout that this process wrote last, by its object id. */
  readonly own: Map<string, string>;
  /** And the one that it found last, written by another, with when it saw it first. */
  readonly found: Map<string, { readonly oid: string; readonly since: number }>;
}

/** What this process made of a head of the state branch. */
export interface Left {
  /** null: no answer came. */
  readonly next: string | null;
  /** Epoch ms. */
  readonly at: number;
}

interface GatesSaid {
  readonly about: string;
  readonly answers: ReadonlyMap<string, { readonly at: number; readonly reading: GateReading }>;
}

/** A reading, and since when nothing of it has moved, epoch ms. */
export interface Remembered {
  readonly at: number;
  readonly reading: Reading;
  /** Of before it was read; null where none was asked for. */
  readonly stamp: string | null;
}

/** Texts of one repository that are remembered, as the little that was looked for in them. */
const TEXTS = 1000;

export function emptyMemory(): Memory {
  return {
    blobs: new Map(),
    readings: new Map(),
    documents: new Map(),
    configs: new Map(),
    understood: new Map(),
    reader: rememberingReader(TEXTS),
    paths: new Map(),
    verified: new Map(),
    left: new Map(),
    opened: new Map(),
    stateLog: null,
    shown: new Map(),
    heads: new Map(),
    ended: new Map(),
    stickies: new Map(),
    deployments: new Map(),
    answered: new Set(),
    answering: new Lines(),
    replied: new Set(),
    verdicts: new Map(),
    gates: new Map(),
    judgements: new Map(),
    contained: new Map(),
    showings: new Map(),
    own: new Map(),
    found: new Map(),
  };
}

/** Something happened out there, maybe unseen by this process: whose the state is will be asked again. */
export function doubt(memory: Memory): void {
  memory.verified.clear();
  memory.stateLog = null;
}

/**
 * Another process may have looked, written and shown since: only what is named by its contents, or stands with what
 * it rests on, is still known.
 */
export function forget(memory: Memory): void {
  doubt(memory);
  const { readings, shown, heads, stickies, answered, showings } = memory;
  for (const one of [readings, shown, heads, stickies, answered, showings]) one.clear();
}

/** Why a rollout is looked at. Carries no truth, only, for a command, where to find it. */
export interface Cause {
  readonly kind:
    | "timer"
    | "again"
    | "push"
    | "pull"
    | "comment"
    | "deployment"
    | "dispatch"
    | "start-up"
    | "check"
    | "click";
  readonly comment?: number;
  /** Where the comment is, if not beside the rollout: `acme/checkout`. */
  readonly repository?: string | undefined;
  /** GitHub keeps none, so it is carried. */
  readonly dispatch?: Dispatch;
  /** The person's word itself: what GitHub says of a click is said once. */
  readonly click?: Click;
}

/** A `repository_dispatch` of type `sluice`, as its sender wrote it: nothing of it is checked yet. */
export interface Dispatch {
  readonly rollout: string | null;
  readonly image: string;
  readonly sha: string | null;
  /** Seconds since 1970. */
  readonly at: number | null;
  readonly by: string;
}

/** A button of a check run of ours, pressed by somebody. */
export interface Click {
  readonly run: number;
  /** `checkout#7`: whose check it is. */
  readonly release: string;
  /** The button's identifier. */
  readonly action: string;
  readonly by: string;
}
