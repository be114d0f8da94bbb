import type { Release, RolloutState } from "./state.ts";

/** The commands that would be accepted now, as they are typed. */
export function legalCommands(state: RolloutState): readonly string[] {
  return names(state).map((name) => `/canary ${name}`);
}

function names({ release, hold, last, rollout }: RolloutState): readonly string[] {
  if (release) return during(release);
  if (hold) return [`${rollout} resume`];
  return [`${rollout} start`, ...(last && last.outcome !== "promoted" ? [`${rollout} retry`] : [])];
}

function during(release: Release): readonly string[] {
  const { phase, will, blocked, failure } = release;
  const reason = release.hold?.reason;
  const resume = will || blocked !== null || (reason && RESUMABLE.has(reason)) ? ["resume"] : [];
  const pause = will?.kind === "paused" ? [] : ["pause"];
  switch (phase) {
    case "stepping":
      return [
        ...(reason === "approval" ? ["approve"] : []),
        ...resume,
        ...pause,
        // Never over what a person did to the files.
        ...(reason === "hand-edit" || reason === "superseded" ? [] : ["N", "promote"]),
        "rollback",
      ];
    case "promoting":
      return [...(reason === "promotion-failed" ? ["promote"] : []), ...resume, ...pause, "rollback"];
    case "rolling-back": {
      const stopped = reason === "paused" || reason === "hand-edit" || reason === "blocked";
      return [...(stopped ? ["resume"] : []), ...(stopped || !failure?.by ? ["rollback"] : [])];
    }
    case "returning":
      return resume;
  }
}

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
