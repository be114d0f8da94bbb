import type { RolloutState } from "./state.ts";

/** The commands that would be accepted now, as they are typed. */
export function legalCommands(state: RolloutState): readonly string[] {
  return names(state).map((name) => `/canary ${name}`);
}

function names({ release, hold, last, rollout }: RolloutState): readonly string[] {
  const idle = [`${rollout} start`, ...(last && last.outcome !== "promoted" ? [`${rollout} retry`] : [])];
  if (!release) return hold ? [`${rollout} resume`] : idle;
  const held = release.will !== null || release.blocked !== null || resumable(release.hold?.reason);
  switch (release.phase) {
    case "stepping":
      return [
        ...(release.hold?.reason === "approval" ? ["approve"] : []),
        ...(held ? ["resume"] : []),
        ...(release.will?.kind === "paused" ? [] : ["pause"]),
        "N",
        "promote",
        "rollback",
      ];
    case "promoting":
      return [
        ...(release.hold?.reason === "promotion-failed" ? ["promote"] : []),
        ...(held ? ["resume"] : ["pause"]),
        "rollback",
      ];
    case "rolling-back":
      return release.failure?.by ? [] : ["rollback"];
    case "returning":
      return held ? ["resume"] : [];
  }
}

function resumable(reason: string | undefined): boolean {
  return (
    reason === "hand-edit" ||
    reason === "workload-edit" ||
    reason === "inconclusive" ||
    reason === "unavailable" ||
    reason === "not-live"
  );
}
