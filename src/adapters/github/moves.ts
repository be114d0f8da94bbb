import type { Octokit } from "@octokit/rest";
import { type BranchLog, type BranchMove, ForgeError } from "../../ports/forge.ts";
import type { Gateway } from "./gateway.ts";

type Activity = Awaited<ReturnType<Octokit["rest"]["repos"]["listActivities"]>>["data"][number];

const PAGE = 100;
const LIMIT = 1000;
const NOTHING = /^0+$/;

/**
 * GitHub's log of pushes: written by GitHub alone, with the account that was signed in, so that no commit's author
 * line, no squash merge of a pull request of ours and no force-push can pass for a push of our own.
 */
export async function readMoves(
  gateway: Gateway,
  branch: string,
  until: (move: BranchMove) => boolean,
): Promise<BranchLog | null> {
  const { octokit, repo, login } = gateway;
  try {
    return await gateway.read(async () => {
      const moves: BranchMove[] = [];
      const pages = octokit.paginate.iterator(octokit.rest.repos.listActivities, {
        ...repo,
        ref: `refs/heads/${branch}`,
        per_page: PAGE,
      });
      for await (const { data } of pages) {
        const page = data.map((activity) => moveOf(activity, login));
        moves.push(...page);
        if (page.some(until)) break;
        if (moves.length >= LIMIT) return { moves, cut: true };
      }
      return { moves, cut: false };
    });
  } catch (error) {
    // An older GitHub has no such log, and an App that was granted less may not read it.
    const none = error instanceof ForgeError && (error.code === "not-found" || error.code === "forbidden");
    if (none) return null;
    throw error;
  }
}

function moveOf(activity: Activity, login: string): BranchMove {
  const { before, after, actor, activity_type: kind, timestamp } = activity;
  const by = actor?.login ?? null;
  return {
    before: NOTHING.test(before) ? null : before,
    after: NOTHING.test(after) ? null : after,
    ours: by === login && (kind === "push" || kind === "branch_creation"),
    by,
    at: Date.parse(timestamp),
  };
}
