import type { Rollout } from "../config/types.ts";
import {
  type Ended,
  isShut,
  type Outcome,
  type PersonHold,
  type Release,
  type RolloutState,
  releaseName,
} from "./state.ts";

/** Lowest first. */
export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export type NoticeKind = "started" | "weight" | "waits" | "reminder" | "failed" | "blocked" | Outcome;

/** What people are told outside GitHub: one for each transition that they would want to hear of. */
export interface Notice {
  /** The same for the same transition, and for no other of the repository: `checkout#7.failed.1746353053000`. */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly severity: Severity;
  readonly release: Pick<Release, "number" | "version">;
  /** Canary percent as it was committed last. */
  readonly percent: number;
  /** Why, with the numbers; may quote text from outside. */
  readonly why: string;
  /** The login of whoever said so, where somebody did. */
  readonly by: string | null;
  /** Epoch ms. */
  readonly at: number;
  /** The pull request where the release is told. */
  readonly pull: number | null;
  readonly rollbackPull: number | null;
}

const ENDS: Readonly<Record<Outcome, Severity>> = {
  promoted: "info",
  "rolled-back": "warning",
  superseded: "info",
  cancelled: "info",
};

/** Holds that end by themselves, or that whoever waits has asked for: nobody is called for them. */
const QUIET: readonly PersonHold[] = ["window", "freeze", "paused", "manual-weight"];

/**
 * What a recorded transition tells people. Evidence that is missing for a while tells nobody: it comes back, or the
 * release goes back and says so, or it is told to stay and reminds of it.
 */
export function noticesOf(
  { rollback: asked }: Pick<Rollout, "rollback">,
  before: RolloutState | null,
  after: RolloutState,
  ended: Ended | null,
): readonly Notice[] {
  const { release } = after;
  if (release === null) return [];
  const was = before?.release?.number === release.number ? before.release : null;
  const notice = noticeOf(after.rollout, release);
  const reminded = release.waiting?.reminded;
  return [
    ...(was === null ? [notice("started", "info", release.startedAt)] : []),
    ...(was !== null && release.shift.percent > was.shift.percent
      ? [notice("weight", "info", release.shift.at)]
      : []),
    ...(waitsFor(release) !== null && waitsFor(release) !== waitsFor(was) && ended === null
      ? [notice("waits", "warning", release.hold?.since ?? release.startedAt, release.hold?.detail)]
      : []),
    ...(reminded !== undefined && reminded !== was?.waiting?.reminded
      ? [notice("reminder", release.failure === null ? "warning" : "critical", reminded)]
      : []),
    ...(release.failure !== null && (was?.failure ?? null) === null
      ? [notice("failed", "critical", release.failure.at, release.failure.words)]
      : []),
    ...(asked.merge === "manual" && pullOf(release) !== null && pullOf(was) === null
      ? [notice("blocked", "critical", lastAt(release), "This rollout asks a person to merge its rollback.")]
      : []),
    ...(blockedBy(release) !== null && blockedBy(was) === null
      ? [notice("blocked", "critical", lastAt(release), blockedBy(release) ?? "")]
      : []),
    ...(ended === null ? [] : [notice(ended.outcome, ENDS[ended.outcome], ended.at)]),
  ];
}

function noticeOf(rollout: string, release: Release) {
  const last = release.timeline.at(-1);
  return (kind: NoticeKind, severity: Severity, at: number, why = last?.text ?? ""): Notice => ({
    id: `${releaseName(rollout, release.number)}.${kind}.${at}`,
    kind,
    severity,
    release: { number: release.number, version: release.version },
    percent: release.shift.percent,
    why,
    by: kind === "failed" ? (release.failure?.by ?? null) : (last?.by ?? null),
    at,
    pull: release.cause.pull,
    rollbackPull: pullOf(release),
  });
}

/** The reason for which a person is needed. */
function waitsFor(release: Release | null): PersonHold | null {
  const hold = release?.hold;
  if (hold?.reason === "gate" && !isShut(hold)) return null;
  return hold?.kind === "person" && !QUIET.includes(hold.reason) ? hold.reason : null;
}

/** Why the rollback does not go through by itself. */
function blockedBy(release: Release | null): string | null {
  const { rollback = null } = release ?? {};
  return rollback === null || rollback.settled ? null : rollback.blocked;
}

/** The rollback pull request while it is open. */
function pullOf(release: Release | null): number | null {
  const { rollback = null } = release ?? {};
  return rollback === null || rollback.settled ? null : (rollback.pull?.number ?? null);
}

function lastAt({ timeline, startedAt }: Release): number {
  return timeline.at(-1)?.at ?? startedAt;
}
