import type { Rollout } from "../config/types.ts";
import { plural } from "../views/format.ts";
import type { Ports } from "./ports.ts";
import { wordsOf } from "./words-of.ts";

/**
 * What the branch's rules mean for a release, before it begins: weights that could not be written at all, or that would
 * wait for people. A plan does not wait for what only warns.
 */
export async function ruleNotes(
  { forge, log }: Ports,
  branch: string,
  concerned: readonly Rollout[],
): Promise<(rollout: Rollout) => readonly string[]> {
  if (concerned.length === 0) return () => [];
  try {
    const rule = await forge.pushRule(branch);
    if (rule.status === "free") return () => [];
    const refused =
      `Sluice may not commit to \`${branch}\`, as ${rule.reason}. A release would be held at its first weight. ` +
      "Say `delivery: pull-request`, or put the App on the rule's bypass list.";
    const reviewed =
      `\`${branch}\` asks for ${plural(rule.reviews, "approving review")}: each change of weight or image waits for it in a pull request of its own, ` +
      "and so does a rollback, while the canary keeps its traffic. With the App on the rule's bypass list for pull requests neither waits.";
    return ({ delivery }) => (delivery === "commit" ? [refused] : rule.reviews === 0 ? [] : [reviewed]);
  } catch (error) {
    log.warn(`Rules of ${branch}: ${wordsOf(error)}`);
    return () => [];
  }
}
