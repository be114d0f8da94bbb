import { editsOf, signedCommit } from "../commits.ts";
import { ProtectedBranchError } from "../errors.ts";
import { isAncestor } from "../git/history.ts";
import { zeroOid } from "../git/store.ts";
import { decodeBase64 } from "../input.ts";
import { fromNodeId } from "../json/basics.ts";
import type { MergeMethod, Permissions, Pull } from "../model.ts";
import { roles } from "../model.ts";
import { mergeability } from "../pulls.ts";
import { assertUnprotected, moveRefs } from "../refs.ts";
import type { Repository } from "../repository.ts";
import type { GraphqlContext, Node } from "./context.ts";
import { notAccessible, typedError, unresolved } from "./errors.ts";
import { commitNode, refNode } from "./git-nodes.ts";
import { accountNode, pullNode } from "./repository-nodes.ts";

interface CommitInput {
  readonly branch: {
    readonly repositoryNameWithOwner?: string | null;
    readonly branchName?: string | null;
    readonly id?: string | null;
  };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[] | null;
    readonly deletions?: readonly { readonly path: string }[] | null;
  } | null;
  readonly clientMutationId?: string | null;
}

function assertWrites(context: GraphqlContext, repository: Repository, permission: keyof Permissions): void {
  const { actor } = context;
  if (actor.kind === "installation") {
    if (actor.permissions[permission] !== "write") throw notAccessible();
  } else if (roles.indexOf(repository.roleOf(actor.account.login)) < roles.indexOf("write")) {
    throw typedError(
      "FORBIDDEN",
      `${actor.account.login} does not have permission to write to ${repository.fullName}`,
    );
  }
  if (repository.archived) throw typedError("FORBIDDEN", "Repository was archived so is read-only.");
}

function repositoryNamed(context: GraphqlContext, nameWithOwner: string): Repository {
  const [owner = "", name = ""] = nameWithOwner.split("/");
  try {
    return context.world.repository(context.actor, owner, name);
  } catch {
    throw unresolved(`Repository with the name '${nameWithOwner}'`);
  }
}

function branchOf(
  context: GraphqlContext,
  branch: CommitInput["branch"],
): { repository: Repository; ref: string } {
  if (typeof branch.id === "string") {
    const [, id, ref = ""] = /^(\d+):(.+)$/.exec(fromNodeId("REF", branch.id) ?? "") ?? [];
    const repository = context.world.repositories.find((candidate) => String(candidate.id) === id);
    if (repository === undefined || !context.world.sees(context.actor, repository)) {
      throw unresolved(`node with the global id of '${branch.id}'`);
    }
    return { repository, ref };
  }
  const repository = repositoryNamed(context, branch.repositoryNameWithOwner ?? "");
  return { repository, ref: `refs/heads/${(branch.branchName ?? "").replace(/^refs\/heads\//, "")}` };
}

export async function createCommitOnBranch(input: CommitInput, context: GraphqlContext): Promise<Node> {
  const { world, actor } = context;
  const { repository, ref } = branchOf(context, input.branch);
  assertWrites(context, repository, "contents");
  const head = await repository.git.ref(ref);
  const base = head === null ? null : await repository.git.commit(head);
  if (head === null || base === null) {
    throw typedError(
      "NOT_FOUND",
      `Could not resolve to a Ref with the name '${ref.replace("refs/heads/", "")}'.`,
    );
  }
  const stale = () =>
    typedError(
      "STALE_DATA",
      `Expected branch to point to "${input.expectedHeadOid}" but it did not. Pull and try again.`,
    );
  if (head !== input.expectedHeadOid) throw stale();
  refuseProtected(context, repository, ref);
  const tree = await changedTree(context, repository, base.tree, input.fileChanges ?? {});
  const body = input.message.body ?? "";
  const commit = await signedCommit(world, repository, actor.account, {
    tree,
    parents: [head],
    message: body === "" ? input.message.headline : `${input.message.headline}\n\n${body}`,
  });
  const moved = await moveRefs(world, repository, actor.account, [{ ref, before: head, after: commit.oid }]);
  if (moved === "moved") throw stale();
  return {
    clientMutationId: input.clientMutationId ?? null,
    commit: commitNode(context, repository, commit),
    ref: refNode(context, repository, ref, commit.oid),
  };
}

function refuseProtected(context: GraphqlContext, repository: Repository, ref: string): void {
  try {
    assertUnprotected(repository, ref, context.actor.account);
  } catch (error) {
    if (!(error instanceof ProtectedBranchError)) throw error;
    // Of rulesets GitHub documents no type; all that is known is that it is not the classic one.
    throw typedError(error.ruleset ? "UNPROCESSABLE" : "BRANCH_PROTECTION_RULE_VIOLATION", error.message);
  }
}

/** The new tree. As on GitHub, whatever is added is a plain file (100644), even over an executable one. */
async function changedTree(
  context: GraphqlContext,
  repository: Repository,
  tree: string,
  changes: NonNullable<CommitInput["fileChanges"]>,
): Promise<string> {
  const files: Record<string, Buffer | null> = {};
  for (const { path } of changes.deletions ?? []) {
    const item = await repository.git.entry(tree, path);
    if (item === null) {
      throw typedError("NOT_FOUND", `The path '${path}' does not exist on the branch and cannot be deleted.`);
    }
    files[path] = null;
  }
  for (const { path, contents } of changes.additions ?? []) {
    const content = decodeBase64(contents);
    if (content === null) throw typedError("UNPROCESSABLE", `contents of '${path}' is not valid Base64`);
    if (path === "" || /(^|\/)(\.\.?|\.git)?(\/|$)/i.test(path)) {
      throw typedError("UNPROCESSABLE", `A path was requested for addition that is malformed: '${path}'`);
    }
    if (Buffer.isBuffer(files[path])) {
      throw typedError("UNPROCESSABLE", `A path was requested for addition twice: '${path}'`);
    }
    files[path] = content;
  }
  const { actor } = context;
  const workflow = Object.keys(files).find((path) => path.startsWith(".github/workflows/"));
  if (workflow !== undefined && actor.kind === "installation" && actor.permissions["workflows"] !== "write") {
    throw typedError(
      "FORBIDDEN",
      `refusing to allow a GitHub App to create or update workflow \`${workflow}\` without \`workflows\` permission`,
    );
  }
  return repository.git.editTree(tree, await editsOf(repository, files));
}

interface RefsInput {
  readonly repositoryId: string;
  readonly refUpdates: readonly {
    readonly name: string;
    readonly beforeOid?: string | null;
    readonly afterOid: string;
    readonly force?: boolean | null;
  }[];
  readonly clientMutationId?: string | null;
}

/** All of the refs or none; the zero id stands for "does not exist". */
export async function updateRefs(input: RefsInput, context: GraphqlContext): Promise<Node> {
  const { world, actor } = context;
  const id = fromNodeId("R", input.repositoryId);
  const repository = world.repositories.find((candidate) => String(candidate.id) === id);
  if (repository === undefined || !world.sees(actor, repository)) {
    throw unresolved(`node with the global id of '${input.repositoryId}'`);
  }
  assertWrites(context, repository, "contents");
  const updates = [];
  for (const update of input.refUpdates) {
    refuseProtected(context, repository, update.name);
    const present = await repository.git.ref(update.name);
    const expected = update.beforeOid === zeroOid ? null : (update.beforeOid ?? present);
    const after = update.afterOid === zeroOid ? null : update.afterOid;
    if (expected !== present) {
      throw typedError(
        "UNPROCESSABLE",
        `Expected "${update.name}" to point to "${expected ?? zeroOid}" but it did not.`,
      );
    }
    if (after !== null && (await repository.git.object(after)) === null) {
      throw typedError("UNPROCESSABLE", `Object ${after} does not exist.`);
    }
    if (update.force !== true && after !== null && present !== null) {
      if (!(await isAncestor(repository.git, present, after))) {
        throw typedError("UNPROCESSABLE", `Update of "${update.name}" is not a fast forward.`);
      }
    }
    updates.push({ ref: update.name, before: present, after });
  }
  if ((await moveRefs(world, repository, actor.account, updates)) === "moved") {
    throw typedError("UNPROCESSABLE", "A ref moved while it was being updated.");
  }
  return { clientMutationId: input.clientMutationId ?? null };
}

interface AutoMergeInput {
  readonly pullRequestId: string;
  readonly mergeMethod?: string | null;
  readonly expectedHeadOid?: string | null;
  readonly clientMutationId?: string | null;
}

function pullById(context: GraphqlContext, node: string): { repository: Repository; pull: Pull } {
  const id = fromNodeId("PR", node);
  for (const repository of context.world.repositories) {
    if (!context.world.sees(context.actor, repository)) continue;
    for (const pull of repository.pulls.values()) if (String(pull.id) === id) return { repository, pull };
  }
  throw unresolved(`node with the global id of '${node}'`);
}

interface EnqueueInput {
  readonly pullRequestId: string;
  readonly expectedHeadOid?: string | null;
  readonly jump?: boolean | null;
  readonly clientMutationId?: string | null;
}

export async function enqueuePullRequest(input: EnqueueInput, context: GraphqlContext): Promise<Node> {
  const { repository, pull } = pullById(context, input.pullRequestId);
  assertWrites(context, repository, "pull_requests");
  if (repository.rules.get(pull.base)?.mergeQueue !== true) {
    throw typedError("UNPROCESSABLE", "The target branch has no merge queue.");
  }
  if (pull.state !== "open") throw typedError("UNPROCESSABLE", "Pull request is closed");
  if (typeof input.expectedHeadOid === "string" && input.expectedHeadOid !== pull.head) {
    throw typedError("UNPROCESSABLE", "Head oid does not match the expected head oid");
  }
  const state = await mergeability(repository, pull);
  if (state.status === "dirty" || state.status === "blocked") {
    const reason = state.status === "dirty" ? "Pull request has merge conflicts" : state.reason;
    throw typedError("UNPROCESSABLE", reason);
  }
  pull.queued = { by: context.actor.account, head: pull.head };
  return { clientMutationId: input.clientMutationId ?? null, mergeQueueEntry: null };
}

/** Only for a pull request that cannot be merged yet: GitHub refuses it for one that could be. */
export async function enablePullRequestAutoMerge(
  input: AutoMergeInput,
  context: GraphqlContext,
): Promise<Node> {
  const { repository, pull } = pullById(context, input.pullRequestId);
  assertWrites(context, repository, "pull_requests");
  if (pull.state !== "open") throw typedError("UNPROCESSABLE", "Pull request is closed");
  if (typeof input.expectedHeadOid === "string" && input.expectedHeadOid !== pull.head) {
    throw typedError("UNPROCESSABLE", "Head oid does not match the expected head oid");
  }
  const state = await mergeability(repository, pull);
  if (state.status !== "blocked") {
    throw typedError("UNPROCESSABLE", `Pull request Pull request is in ${state.status} status`);
  }
  const methods: Readonly<Record<string, MergeMethod>> = { SQUASH: "squash", REBASE: "rebase" };
  pull.autoMerge = { by: context.actor.account, method: methods[input.mergeMethod ?? ""] ?? "merge" };
  pull.updatedAt = context.world.now();
  return {
    clientMutationId: input.clientMutationId ?? null,
    actor: accountNode(context, context.actor.account),
    pullRequest: pullNode(context, repository, pull),
  };
}
