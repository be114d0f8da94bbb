import { ProtectedBranchError } from "./errors.ts";
import { diff, emptyTree } from "./git/diff.ts";
import { between, history, isAncestor } from "./git/history.ts";
import type { CommitObject } from "./git/objects.ts";
import { type RefUpdate, zeroOid } from "./git/store.ts";
import { iso } from "./json/basics.ts";
import { accountOf, personJson } from "./json/commit.ts";
import { repositoryHtml } from "./json/repository.ts";
import type { Account, JsonObject } from "./model.ts";
import { headMoved } from "./pulls.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

const shownCommits = 20;

/** Throws when the branch takes changes only through pull requests and this account may not go around that. */
export function assertUnprotected(repository: Repository, ref: string, account: Account): void {
  const branch = ref.replace(/^refs\/heads\//, "");
  const rule = ref.startsWith("refs/heads/") ? repository.rules.get(branch) : undefined;
  if (rule === undefined || rule.bypass?.includes(account.login) === true) return;
  if (rule.requirePullRequest !== false) {
    const how = rule.mergeQueue === true ? "the merge queue" : "a pull request";
    throw new ProtectedBranchError(branch, `Changes must be made through ${how}.`, rule.ruleset);
  }
  for (const name of rule.requiredChecks ?? []) {
    throw new ProtectedBranchError(branch, `Required status check "${name}" is expected.`, rule.ruleset);
  }
}

export function isUnprotected(repository: Repository, ref: string, account: Account): boolean {
  try {
    assertUnprotected(repository, ref, account);
    return true;
  } catch {
    return false;
  }
}

/**
 * Moves refs by compare-and-swap, all or none, and tells the world: push, create and delete events, and the
 * pull requests whose branch moved. `moved` when a ref was not where the caller read it.
 */
export async function moveRefs(
  world: World,
  repository: Repository,
  actor: Account,
  updates: readonly RefUpdate[],
  merge = false,
): Promise<"done" | "moved"> {
  if ((await repository.git.updateRefs(updates)) === "moved") return "moved";
  const at = world.now();
  repository.pushedAt = at;
  for (const { ref, before, after } of updates) {
    repository.activity.push({ id: world.id(), ref, before, after, at, actor, merge });
  }
  for (const update of updates) {
    await announce(world, repository, actor, update);
    if (update.ref.startsWith("refs/heads/")) {
      await headMoved(world, repository, actor, update.ref.slice("refs/heads/".length), update);
    }
  }
  return "done";
}

async function announce(
  world: World,
  repository: Repository,
  actor: Account,
  update: RefUpdate,
): Promise<void> {
  const kind = /^refs\/(head|tag)s\/(.+)$/.exec(update.ref);
  // GitHub tells of branches and tags only.
  if (kind === null || update.before === update.after || !world.webhooks.active) return;
  const named = {
    ref: kind[2],
    ref_type: kind[1] === "head" ? "branch" : "tag",
    pusher_type: "user",
  };
  world.webhooks.emit("push", repository, actor, await pushPayload(world, repository, actor, update));
  if (update.before === null) {
    const created = { ...named, master_branch: repository.defaultBranch, description: null };
    world.webhooks.emit("create", repository, actor, created);
  }
  if (update.after === null) world.webhooks.emit("delete", repository, actor, named);
}

async function pushPayload(
  world: World,
  repository: Repository,
  actor: Account,
  { ref, before, after }: RefUpdate,
): Promise<JsonObject> {
  const html = repositoryHtml(world.url, repository);
  const direct =
    after !== null && before !== null && (await repository.git.commit(after))?.parents[0] === before;
  const forced =
    !direct && before !== null && after !== null && !(await isAncestor(repository.git, before, after));
  const pushed =
    after === null
      ? []
      : direct
        ? [after]
        : before === null
          ? await history(repository.git, after, { limit: 1 })
          : await between(repository.git, before, after);
  const commits: JsonObject[] = [];
  for (const oid of pushed.slice(-shownCommits)) {
    const commit = await repository.git.commit(oid);
    if (commit !== null) commits.push(await pushedCommit(world, repository, commit));
  }
  const head = commits.at(-1) ?? null;
  return {
    ref,
    before: before ?? zeroOid,
    after: after ?? zeroOid,
    created: before === null,
    deleted: after === null,
    forced,
    base_ref: null,
    compare: `${html}/compare/${(before ?? zeroOid).slice(0, 12)}...${(after ?? zeroOid).slice(0, 12)}`,
    commits: before === null ? [] : commits,
    head_commit: head,
    pusher: { name: actor.login, email: actor.email },
  };
}

async function pushedCommit(world: World, repository: Repository, commit: CommitObject): Promise<JsonObject> {
  const files = await diff(repository.git, commit.parents[0] ?? emptyTree, commit.oid);
  const paths = (status: string) => files.filter((file) => file.status === status).map((file) => file.path);
  const person = (who: CommitObject["author"]) => {
    const login = accountOf(world, who)?.login;
    return { ...personJson(who), ...(login === undefined ? {} : { username: login }) };
  };
  return {
    id: commit.oid,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: iso(commit.committer.at * 1000),
    url: `${repositoryHtml(world.url, repository)}/commit/${commit.oid}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: [...paths("added"), ...files.filter((f) => f.status === "renamed").map((f) => f.path)],
    removed: [
      ...paths("removed"),
      ...files.flatMap((f) => (f.status === "renamed" && f.previousPath !== null ? [f.previousPath] : [])),
    ],
    modified: [...paths("modified"), ...paths("changed")],
  };
}
