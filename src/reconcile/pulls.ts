import type { RolloutState } from "../release/state.ts";
import type { World } from "../release/world.ts";
import type { Cause, Ports } from "./ports.ts";

/** How the pull requests that we opened stand now. */

export async function rollbackPull(
  { forge }: Ports,
  branch: string,
  state: RolloutState | null,
): Promise<World["rollbackPull"]> {
  const release = state?.release;
  if (release?.phase !== "rolling-back" || !release.rollback?.pull) return null;
  const pull = await forge.pull(release.rollback.pull.number);
  // Merged into another branch it has taken nothing back.
  const elsewhere = pull.state === "merged" && pull.base !== branch;
  return { state: elsewhere ? "closed" : pull.state, by: pull.closedBy, mergeCommit: pull.mergeCommit };
}

/** Without a cause GitHub is not asked: it waits as it did. */
export async function proposalPull(
  { forge }: Ports,
  branch: string,
  state: RolloutState | null,
  cause: Cause | null,
): Promise<World["proposalPull"]> {
  const proposal = state?.proposal;
  if (!proposal) return null;
  if (!cause) return { state: "open", by: null, mergeCommit: null, mergeable: false, bringsMore: false };
  const pull = await forge.pull(proposal.pull);
  // Merged into another branch it has moved nothing, and what somebody added to it is not ours to merge.
  const elsewhere = pull.state === "merged" && pull.base !== branch;
  const asMade = pull.base === branch && pull.head === proposal.head;
  return {
    state: elsewhere ? "closed" : pull.state,
    by: pull.closedBy,
    mergeCommit: pull.mergeCommit,
    mergeable: pull.mergeable && asMade,
    bringsMore: asMade && (pull.commits ?? 1) > 1,
  };
}
