import type { Rollout } from "../config/types.ts";
import { frozenAt } from "./freeze.ts";
import type { Release, RolloutState } from "./state.ts";

/**
 * The commands that would be accepted at `now` (epoch ms), as they are typed. Left out is `freeze`, which always is.
 */
export function legalCommands(state: RolloutState, rollout: Rollout, now: number): readonly string[] {
  return names(state, rollout, now).map((name) => `/canary ${name}`);
}

function names(state: RolloutState, rollout: Rollout, now: number): readonly string[] {
  const { release, hold, last } = state;
  const { name } = rollout;
  const frozen = frozenAt(rollout.freezes, state, now) !== null;
  const lift = frozenAt([], state, now) ? ["unfreeze"] : [];
  if (release) return [...during(release, rollout, frozen), ...lift];
  const idle = hold ? ["resume"] : frozen ? [] : startable(last);
  return [...idle, ...(state.planned ? ["cancel"] : []), ...lift].map((verb) => `${name} ${verb}`);
}

function startable(last: RolloutState["last"]): readonly string[] {
  return ["start", ...(last && last.outcome !== "promoted" ? ["retry"] : [])];
}

function during(release: Release, { steps }: Rollout, frozen: boolean): readonly string[] {
  const { phase, will, blocked, failure } = release;
  const reason = release.hold?.reason;
  const resume = will || blocked !== null || (reason && RESUMABLE.has(reason)) ? ["resume"] : [];
  // An approval may be given while it does not act yet.
  const asks = reason === "freeze" && steps[release.step]?.approval && release.approved === null;
  const pause = will?.kind === "paused" ? [] : ["pause"];
  switch (phase) {
    case "stepping":
      return [
        ...(reason === "approval" || reason === "gate" || asks ? ["approve"] : []),
        ...resume,
        ...pause,
        // Never over what a person did to the files.
        ...(frozen || reason === "hand-edit" || reason === "superseded" ? [] : ["N", "promote"]),
        "rollback",
      ];
    case "promoting":
      return [...(reason && FORCED.has(reason) ? ["promote"] : []), ...resume, ...pause, "rollback"];
    case "rolling-back": {
      const stopped = reason === "paused" || reason === "hand-edit" || reason === "blocked";
      return [...(stopped ? ["resume"] : []), ...(stopped || !failure?.by ? ["rollback"] : [])];
    }
    case "returning":
      return resume;
  }
}

/** A person may promote over these. */
const FORCED: ReadonlySet<string> = new Set(["stable-behind", "promotion-failed"]);

const RESUMABLE: ReadonlySet<string> = new Set([
  "hand-edit",
  "workload-edit",
  "inconclusive",
  "unavailable",
  "not-live",
  "not-ready",
  "cluster-unavailable",
  "bypass",
]);
