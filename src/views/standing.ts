import type { GateReading } from "../analysis/gates.ts";
import type { Track } from "../analysis/track.ts";
import type { Verdict } from "../analysis/types.ts";
import type { Rollout } from "../config/types.ts";
import { exposureWords } from "../release/exposure.ts";
import {
  type Ended,
  type EvidenceHold,
  type Handled,
  type Hold,
  isShut,
  type Outcome,
  type PersonHold,
  type Release,
} from "../release/state.ts";
import { clock, percent } from "./format.ts";
import { gateShort } from "./gates.ts";

/** A place outside GitHub where people see more. */
export interface Page {
  /** As it is called: `Grafana`. */
  readonly title: string;
  /** The address, for this service and this time. */
  readonly link: string;
}

/** A release as its views show it. */
export interface ReleaseView {
  readonly rollout: Rollout;
  /** Running, or as it was when it ended. */
  readonly release: Release;
  /** Set when it has ended. */
  readonly ended: Ended | null;
  /** The latest one; null before the first. */
  readonly verdict: Verdict | null;
  /** What its gates said last; absent where they were not asked. */
  readonly gates?: readonly GateReading[];
  /** What both sides did so far; null before the first weight. */
  readonly track: Track | null;
  /** `https://github.com/acme/shop`. */
  readonly repositoryUrl: string;
  /** Where the operator lets people see more. */
  readonly pages: readonly Page[];
  /** The rollout's repository (`acme/deploy`), where it is shown in another one. */
  readonly elsewhere?: string;
  /** The address in that repository where the rest is told. */
  readonly details?: string;
  /** The pull request of ours in which the next change waits; null where none does. */
  readonly waitsIn: number | null;
  /** What it still waits for that only a person brings to an end, as noted in `release.waiting`; absent: nothing. */
  readonly asks?: string;
  /** The commands that would be accepted now, as they are typed: `/canary approve`. */
  readonly legal: readonly string[];
  /** Which file of the rollout cannot be read, and why; absent where all can. Until that is mended nothing is judged or obeyed. */
  readonly unreadable?: string;
  /** A button that somebody pressed last and that was not followed. */
  readonly refusedClick: Pick<Handled, "command" | "by" | "reason"> | null;
}

/** What a person is asked for, most fitting first; only those that are legal are shown. */
interface PersonWords {
  /** After the percentage in a headline. */
  readonly short: string;
  readonly words: string;
  readonly todo: string;
  readonly commands: readonly string[];
  /** Goes on by itself. */
  readonly waits?: true;
}

const PERSON: Readonly<Record<PersonHold, PersonWords>> = {
  paused: {
    short: "paused",
    words: "A person paused this release.",
    todo: "It stays here until it is resumed.",
    commands: ["resume"],
  },
  "manual-weight": {
    short: "weight set by hand",
    words: "A person set this weight by command.",
    todo: "It stays here, watched, until it is resumed.",
    commands: ["resume"],
  },
  approval: {
    short: "waits for approval",
    words: "This step is good and waits for a person's approval.",
    todo: "Approve it to go on.",
    commands: ["approve"],
  },
  gate: {
    short: "waits for its gates",
    words: "Something outside has to agree before this step is left.",
    todo: "It goes on by itself when that does.",
    commands: ["approve", "rollback"],
  },
  window: {
    short: "waits for its window",
    words: "Outside the hours in which this rollout may move.",
    todo: "It goes on by itself when the window opens.",
    commands: [],
    waits: true,
  },
  freeze: {
    short: "frozen",
    words: "A freeze is in force: no weight rises.",
    todo: "It goes on by itself when the freeze ends.",
    commands: ["approve"],
    waits: true,
  },
  "hand-edit": {
    short: "held: weights edited by hand",
    words: "The weights in the repository are not the ones this release wrote; they are left alone.",
    todo: "Put the weights back, or resume to accept them.",
    commands: ["resume", "rollback"],
  },
  "workload-edit": {
    short: "held: workload edited",
    words: "A workload file changed while this release was running.",
    todo: "Put the file back and resume, or roll back.",
    commands: ["resume", "rollback"],
  },
  superseded: {
    short: "held: newer version merged",
    words: "A newer version was merged while this one was being released.",
    todo: "Roll this release back, or put its version back and resume.",
    commands: ["rollback", "resume"],
  },
  "rollback-closed": {
    short: "held: rollback PR closed",
    words: "The rollback pull request was closed without a merge. The canary keeps its traffic.",
    todo: "Reopen that pull request to take the version back.",
    commands: ["rollback"],
  },
  "stable-behind": {
    short: "held: stable lacks what was tested",
    words: "Promotion copies images only, and this release changed more than images.",
    todo: "Put the rest into the stable workload's file; it goes on by itself.",
    commands: ["promote", "rollback"],
  },
  "proposal-closed": {
    short: "held: pull request closed",
    words: "The pull request of the next change was closed without a merge; that is taken as a no.",
    todo: "Resume to have it proposed anew, or roll back.",
    commands: ["resume", "rollback"],
  },
  "promotion-failed": {
    short: "held: promotion failed",
    words: "The promotion failed; the canary keeps its weight.",
    todo: "Decide: roll back, or promote again.",
    commands: ["rollback", "promote"],
  },
  blocked: {
    short: "held: not written",
    words: "The commit could not be made.",
    todo: "Mend that, then resume.",
    commands: ["resume"],
  },
  "rollout-removed": {
    short: "held: rollout removed",
    words: "`.github/sluice.yaml` no longer names this rollout.",
    todo: "Put it back, or roll back.",
    commands: ["rollback"],
  },
  bypass: {
    short: "held: a route still reaches the failed version",
    words: "Canary weight 0 is live, but a route of your own still sends requests to the failed version.",
    todo: "Take the route out or set the canary workload back, or resume to end the release as it is.",
    commands: ["resume"],
  },
  drift: {
    short: "held: the cluster differs from git",
    words: "Something writes other weights to the cluster than the repository has.",
    todo: "Stop whatever writes them, or roll back.",
    commands: ["rollback"],
  },
  "state-lost": {
    short: "held: state not trusted",
    words: "The release state is missing or was not written by Sluice.",
    todo: "Check the branch `sluice/state` and the weights, then resume.",
    commands: ["resume", "rollback"],
  },
};

const EVIDENCE: Readonly<Record<EvidenceHold, { readonly short: string; readonly words: string }>> = {
  "not-live": {
    short: "not live yet",
    words: "The committed weight does not show in the traffic.",
  },
  "not-ready": {
    short: "workload not ready",
    words: "The workload has not rolled out this version.",
  },
  inconclusive: { short: "not enough data yet", words: "There is too little traffic to judge." },
  unavailable: { short: "metrics unavailable", words: "The metrics source does not answer." },
  "cluster-unavailable": { short: "cluster unavailable", words: "The cluster does not answer." },
};

const OUTCOME: Readonly<Record<Outcome, string>> = {
  promoted: "promoted",
  "rolled-back": "rolled back",
  superseded: "superseded",
  cancelled: "cancelled",
};

export function outcomeWords(outcome: Outcome): string {
  return OUTCOME[outcome];
}

export function personWords(reason: PersonHold): PersonWords {
  return PERSON[reason];
}

export function evidenceWords(reason: EvidenceHold): { readonly short: string; readonly words: string } {
  return EVIDENCE[reason];
}

/** A hold in the words of a headline, by its reason; null for what is none. */
export function holdShort(reason: string): string | null {
  const known: Readonly<Record<string, { readonly short: string }>> = { ...PERSON, ...EVIDENCE };
  return Object.hasOwn(known, reason) ? (known[reason]?.short ?? null) : null;
}

/** A pull request beside the rollout. */
export function pullWords({ elsewhere = "" }: Pick<ReleaseView, "elsewhere">, number: number): string {
  return `${elsewhere}#${number}`;
}

/** Something that only a person can bring forward. */
export function needsPerson(view: ReleaseView): boolean {
  const { release, ended, rollout } = view;
  if (ended !== null) return false;
  if (view.unreadable) return true;
  const { rollback } = release;
  if (rollback !== null && !rollback.settled) {
    return (
      rollback.blocked !== null || rollout.rollback.merge === "manual" || release.hold?.kind === "person"
    );
  }
  const { hold } = release;
  if (hold?.reason === "gate") return isShut(hold);
  return hold?.kind === "person" && PERSON[hold.reason].waits !== true;
}

/** The one command that most likely comes next; null when none is needed or legal. */
export function nextCommand(view: ReleaseView): string | null {
  const { hold } = view.release;
  if (view.ended !== null || hold?.kind !== "person") return null;
  if (hold.gates && !isShut(hold)) return null;
  return fitting(PERSON[hold.reason].commands, view.legal)[0] ?? null;
}

/** Those of the wanted commands that are legal, as they are typed. */
export function fitting(wanted: readonly string[], legal: readonly string[]): readonly string[] {
  return wanted.flatMap((name) => legal.find((typed) => typed.split(" ").includes(name)) ?? []);
}

/** Where the release stands, without its name: `25 % · healthy · next 50 %`. */
export function standing(view: ReleaseView): string {
  const { release, ended } = view;
  if (ended !== null) return OUTCOME[ended.outcome];
  return [exposureWords(percent(release.shift.percent), release.routes), ...movement(view)].join(" · ");
}

function movement(view: ReleaseView): readonly string[] {
  const { release, rollout, verdict } = view;
  if (view.unreadable) return ["held: a file cannot be read"];
  if (release.failure !== null || release.phase === "rolling-back") return rollingBack(view);
  if (release.hold?.kind === "person") return [shortOf(release.hold)];
  const merge = view.waitsIn === null ? [] : [`waits for the merge of ${pullWords(view, view.waitsIn)}`];
  if (release.phase === "promoting") return ["promoting to stable", ...merge];
  if (release.phase === "returning") return ["returning traffic to stable", ...merge];
  if (release.step < 0) return ["starting", ...merge];
  const following = rollout.steps[release.step + 1];
  if (following === undefined) return [health(view), `next promotion${due(view)}`];
  if (!rollout.auto) {
    return [health(view), `next ${exposureWords(percent(following.weight), following.routes)}${due(view)}`];
  }
  return [
    health(view),
    verdict?.advance === undefined ? "next by evidence" : `next ${percent(verdict.advance)}`,
    ...merge,
  ];
}

/** Why a person's word, or something else outside, is waited for. */
export function shortOf(hold: Extract<Hold, { kind: "person" }>): string {
  return hold.gates === undefined ? PERSON[hold.reason].short : gateShort(hold.gates);
}

/**
 * When the present step may end, as a time of day: what counts down would have to be written anew each minute.
 * Nothing once that has passed, as it then waits for what cannot be foretold.
 */
function due(view: ReleaseView): string {
  const { release, rollout, verdict, waitsIn } = view;
  if (waitsIn !== null) return ` when ${pullWords(view, waitsIn)} is merged`;
  const { live } = release.shift;
  const step = rollout.steps[release.step];
  if (release.hold !== null || live === null || step === undefined) return "";
  if (step.approval && release.approved === null) return " once approved";
  const at = live.at + step.bake;
  return (verdict?.window?.asOf ?? live.at) < at ? ` about ${clock(at)}` : " once the evidence is enough";
}

function rollingBack(view: ReleaseView): readonly string[] {
  const { release, rollout } = view;
  const { rollback } = release;
  const why = release.failure?.by === null ? "failed" : "taken back";
  if (rollback?.pull === null || rollback === null || rollback.settled) return [why, "rolling back"];
  const pull = pullWords(view, rollback.pull.number);
  if (rollback.blocked !== null) return [why, `rollback PR ${pull} is blocked`];
  if (rollout.rollback.merge === "manual" || release.hold?.kind === "person")
    return [why, `merge rollback PR ${pull}`];
  return [why, `rolling back by ${pull}`];
}

function health({ release, verdict }: ReleaseView): string {
  if (release.hold?.kind === "evidence") return EVIDENCE[release.hold.reason].short;
  if (release.shift.live === null) return EVIDENCE["not-live"].short;
  switch (verdict?.verdict) {
    case undefined:
      return "measuring";
    case "pass":
      return "healthy";
    case "fail":
      return "failing";
    case "inconclusive":
      return EVIDENCE.inconclusive.short;
    case "unavailable":
      return EVIDENCE.unavailable.short;
  }
}
