import { githubItself, personOf, signedCommit } from "./commits.ts";
import { between } from "./git/history.ts";
import { rebaseOnto } from "./git/merge.ts";
import type { Account, MergeMethod, Pull } from "./model.ts";
import { emitPull, mergeability } from "./pulls.ts";
import { moveRefs } from "./refs.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

export interface MergeRequest {
  readonly method: MergeMethod;
  /** The head the caller looked at; null takes any. */
  readonly expectedHead: string | null;
  readonly title: string | null;
  readonly message: string | null;
  /** The merge queue itself asks. */
  readonly byQueue?: boolean;
}
type MergeOutcome =
  | { readonly status: "merged"; readonly sha: string }
  /** The head is not where the caller, or this merge, read it. */
  | { readonly status: "moved"; readonly reason: string }
  | { readonly status: "refused"; readonly reason: string };

/** Merges one pull request into its base; merges of a repository happen one after another. */
export function mergePull(
  world: World,
  repository: Repository,
  pull: Pull,
  account: Account,
  request: MergeRequest,
): Promise<MergeOutcome> {
  return repository.writes.run(async () => {
    if (pull.state !== "open") return { status: "refused", reason: "Pull Request is not mergeable" };
    if (pull.draft) return { status: "refused", reason: "Pull Request is still a draft" };
    if (request.expectedHead !== null && request.expectedHead !== pull.head) {
      return { status: "moved", reason: "Head branch was modified. Review and try the merge again." };
    }
    const state = await mergeability(repository, pull);
    if (state.status === "dirty") return { status: "refused", reason: "Pull Request is not mergeable" };
    if (state.status === "blocked") return { status: "refused", reason: state.reason };
    const rule = repository.rules.get(pull.base);
    if (rule?.mergeQueue === true && request.byQueue !== true) {
      return { status: "refused", reason: "Changes must be made through the merge queue." };
    }
    const { base, head } = state;
    const ref = `refs/heads/${pull.base}`;
    const sha = await mergedCommit(world, repository, pull, account, request, state);
    if (sha === null) return { status: "refused", reason: "This branch can't be rebased" };
    if (pull.head !== head) {
      return { status: "moved", reason: "Head branch was modified. Review and try the merge again." };
    }
    // Closed before the push is announced, so that the push does not look like a new base for it.
    const before = { state: pull.state, merged: pull.merged, closedAt: pull.closedAt };
    pull.state = "closed";
    pull.baseSha = base;
    pull.merged = { at: world.now(), by: account, sha };
    if ((await moveRefs(world, repository, account, [{ ref, before: base, after: sha }], true)) === "moved") {
      Object.assign(pull, before);
      // GitHub answers it as it does what a rule forbids; only the sentence says that it may be tried again.
      return { status: "refused", reason: "Base branch was modified. Review and try the merge again." };
    }
    pull.closedAt = pull.merged.at;
    pull.updatedAt = pull.merged.at;
    pull.closedBy = account;
    pull.autoMerge = null;
    emitPull(world, repository, pull, "closed", account);
    return { status: "merged", sha };
  });
}

async function mergedCommit(
  world: World,
  repository: Repository,
  pull: Pull,
  account: Account,
  request: MergeRequest,
  { base, head, tree }: { readonly base: string; readonly head: string; readonly tree: string },
): Promise<string | null> {
  const join = (title: string, body: string) => (body === "" ? title : `${title}\n\n${body}`);
  if (request.method === "rebase") {
    const moved = await rebaseOnto(repository.git, base, head, personOf(world, account));
    return moved.status === "clean" ? moved.head : null;
  }
  if (request.method === "merge") {
    const title =
      request.title ?? `Merge pull request #${pull.number} from ${repository.owner.login}/${pull.headBranch}`;
    const message = join(title, request.message ?? pull.title);
    return (await signedCommit(world, repository, account, { tree, parents: [base, head], message })).oid;
  }
  const oids = await between(repository.git, base, head);
  const commits = await Promise.all(oids.map((oid) => repository.git.commit(oid)));
  const only = commits.length === 1 ? commits[0]?.message : undefined;
  const [first = pull.title, ...rest] = only?.split("\n\n") ?? [pull.title];
  const listed = commits.map((commit) => `* ${commit?.message.trimEnd() ?? ""}`).join("\n\n");
  const title = request.title ?? `${first} (#${pull.number})`;
  const message = join(title, request.message ?? (only === undefined ? listed : rest.join("\n\n")));
  const squashed = { tree, parents: [base], message };
  const oid = await repository.git.writeCommit({
    ...squashed,
    author: personOf(world, pull.author),
    committer: githubItself(world),
  });
  repository.verified.set(oid, pull.author);
  return oid;
}

/** Merges what waits in the queue, the oldest first; what its rules or a later push forbid leaves it. */
export async function runMergeQueue(world: World, repository: Repository): Promise<void> {
  for (const pull of repository.pulls.values()) {
    if (!pull.queued || pull.state !== "open") continue;
    const { by, head } = pull.queued;
    pull.queued = null;
    const request = {
      method: "merge",
      expectedHead: head,
      title: null,
      message: null,
      byQueue: true,
    } as const;
    await mergePull(world, repository, pull, by, request);
  }
}

/** Merges what was told to merge itself, once nothing forbids it any more. */
export async function autoMerge(world: World, repository: Repository, pull: Pull): Promise<void> {
  if (pull.autoMerge === null) return;
  const { by, method } = pull.autoMerge;
  await mergePull(world, repository, pull, by, { method, expectedHead: null, title: null, message: null });
}
