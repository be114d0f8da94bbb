import type { Rollout } from "../config/types.ts";
import type { Ports } from "./ports.ts";

/** A release that could not write its first weight says so before it begins. A plan does not wait for what only warns. */
export async function pushNotes(
  { forge, log }: Ports,
  branch: string,
  concerned: readonly Rollout[],
): Promise<(rollout: Rollout) => readonly string[]> {
  const commits = concerned.filter(({ delivery }) => delivery === "commit");
  if (commits.length === 0) return () => [];
  try {
    const rule = await forge.pushRule(branch);
    if (rule.status === "free") return () => [];
    const words =
      `Sluice may not commit to \`${branch}\`, as ${rule.reason}. A release would be held at its first weight. ` +
      "Say `delivery: pull-request`, or put the App on the rule's bypass list.";
    return (rollout) => (commits.includes(rollout) ? [words] : []);
  } catch (error) {
    log.warn(`Rules of ${branch}: ${error instanceof Error ? error.message : String(error)}`);
    return () => [];
  }
}
