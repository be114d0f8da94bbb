import { mergeTrees } from "./git/merge.ts";
import type { RefUpdate } from "./git/store.ts";
import { pullJson } from "./json/pull.ts";
import type { Account, JsonObject, Pull } from "./model.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

/** `tree` is the merge of exactly `base` and `head`: branches may have moved since. */
export type Mergeability = { readonly base: string; readonly head: string } & (
  | { readonly status: "clean" | "unstable"; readonly tree: string }
  | { readonly status: "blocked"; readonly reason: string; readonly tree: string }
  | { readonly status: "dirty" }
);

/** Whether a pull request can be merged now, by git's own merge and the rules of its base branch. */
export async function mergeability(repository: Repository, pull: Pull): Promise<Mergeability> {
  const base = (await repository.git.branch(pull.base)) ?? pull.baseSha;
  const ends = { base, head: pull.head };
  const merged = await mergeTrees(repository.git, base, ends.head);
  if (merged.status === "conflict") return { ...ends, status: "dirty" };
  const { tree } = merged;
  const rule = repository.rules.get(pull.base);
  const missing = (rule?.requiredReviews ?? 0) - approvals(repository, pull);
  if (missing > 0) {
    const found = rule?.ruleset === true ? "Repository rule violations found\n\n" : "";
    const reviews = missing === 1 ? "1 approving review is" : `${missing} approving reviews are`;
    return {
      ...ends,
      status: "blocked",
      reason: `${found}At least ${reviews} required by reviewers with write access.`,
      tree,
    };
  }
  const runs = [...repository.checkRuns.values()].filter((run) => run.sha === ends.head);
  for (const name of rule?.requiredChecks ?? []) {
    const run = runs.filter((candidate) => candidate.name === name).at(-1);
    if (run?.conclusion !== "success" && run?.conclusion !== "neutral" && run?.conclusion !== "skipped") {
      const state = run === undefined ? "expected" : run.status === "completed" ? "failing" : "in progress";
      return { ...ends, status: "blocked", reason: `Required status check "${name}" is ${state}.`, tree };
    }
  }
  const failing = runs.some((run) => run.conclusion === "failure" || run.status !== "completed");
  return { ...ends, status: failing ? "unstable" : "clean", tree };
}

/** Approvals of the present head by people who may write. */
function approvals(repository: Repository, pull: Pull): number {
  return [...pull.approvals].filter(([login, sha]) => {
    const role = repository.roleOf(login);
    return sha === pull.head && (role === "write" || role === "maintain" || role === "admin");
  }).length;
}

export function emitPull(
  world: World,
  repository: Repository,
  pull: Pull,
  action: string,
  sender: Account,
  extra: JsonObject = {},
): void {
  if (!world.webhooks.active) return;
  world.webhooks.emit("pull_request", repository, sender, {
    action,
    number: pull.number,
    pull_request: pullJson(world, repository, pull, null),
    ...extra,
  });
}

/** What GitHub does with the open pull requests of a branch that moved or disappeared. */
export async function headMoved(
  world: World,
  repository: Repository,
  actor: Account,
  branch: string,
  { before, after }: RefUpdate,
): Promise<void> {
  for (const pull of repository.pulls.values()) {
    if (pull.state !== "open") continue;
    if (pull.base === branch && after !== null) pull.baseSha = after;
    if (after === null && (pull.headBranch === branch || pull.base === branch)) {
      closePull(world, repository, pull, actor);
    } else if (after !== null && pull.headBranch === branch && pull.head !== after) {
      pull.head = after;
      pull.updatedAt = world.now();
      emitPull(world, repository, pull, "synchronize", actor, { before: before ?? "", after });
    }
  }
}

export function closePull(world: World, repository: Repository, pull: Pull, actor: Account): void {
  pull.state = "closed";
  pull.closedAt = world.now();
  pull.updatedAt = pull.closedAt;
  pull.closedBy = actor;
  emitPull(world, repository, pull, "closed", actor);
}
