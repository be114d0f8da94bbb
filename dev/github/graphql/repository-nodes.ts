import { diff } from "../git/diff.ts";
import { mergeBase } from "../git/history.ts";
import { fromNodeId, iso, isoOrNull, nodeId } from "../json/basics.ts";
import { association } from "../json/pull.ts";
import { repositoryHtml } from "../json/repository.ts";
import type { Account, Comment, Pull } from "../model.ts";
import { mergeability } from "../pulls.ts";
import type { Repository } from "../repository.ts";
import { connection, type Paging } from "./connection.ts";
import type { GraphqlContext, Node } from "./context.ts";
import { notAccessible, unresolved } from "./errors.ts";
import { byExpression, objectNode, refNode } from "./git-nodes.ts";

export function accountNode({ world }: GraphqlContext, account: Account): Node {
  const types = { User: "User", Bot: "Bot", Organization: "Organization" } as const;
  return {
    __typename: types[account.type],
    id: nodeId(account.type === "Bot" ? "BOT" : account.type === "User" ? "U" : "O", account.id),
    databaseId: account.id,
    // GraphQL names a bot without the suffix that REST shows.
    login: account.login.replace(/\[bot\]$/, ""),
    name: account.name,
    email: "",
    url: `${world.url}/${account.login}`,
    resourcePath: `/${account.login}`,
    avatarUrl: `${world.url}/avatars/u/${account.id}`,
  };
}

function assertReads(context: GraphqlContext, permission: string): void {
  if (context.actor.kind === "installation" && context.actor.permissions[permission] === undefined) {
    throw notAccessible();
  }
}

export function repositoryNode(context: GraphqlContext, repository: Repository): Node {
  const { world } = context;
  const html = repositoryHtml(world.url, repository);
  const ref = async (name: string) => {
    assertReads(context, "contents");
    const oid = await repository.git.ref(name);
    return oid === null ? null : refNode(context, repository, name, oid);
  };
  return {
    __typename: "Repository",
    id: nodeId("R", repository.id),
    databaseId: repository.id,
    name: repository.name,
    nameWithOwner: repository.fullName,
    owner: () => accountNode(context, repository.owner),
    url: html,
    isArchived: repository.archived,
    isDisabled: false,
    isFork: false,
    isPrivate: true,
    isEmpty: false,
    createdAt: iso(repository.createdAt),
    pushedAt: iso(repository.pushedAt),
    defaultBranchRef: () => ref(`refs/heads/${repository.defaultBranch}`),
    ref: ({ qualifiedName }: { qualifiedName: string }) =>
      ref(qualifiedName.startsWith("refs/") ? qualifiedName : `refs/heads/${qualifiedName}`),
    object: ({ expression, oid }: { expression?: string | null; oid?: string | null }) => {
      assertReads(context, "contents");
      if (typeof oid === "string") return objectNode(context, repository, oid);
      return typeof expression === "string" ? byExpression(context, repository, expression) : null;
    },
    pullRequest: ({ number }: { number: number }) => {
      assertReads(context, "pull_requests");
      const pull = repository.pulls.get(number);
      if (pull === undefined) throw unresolved(`PullRequest with the number of ${number}`);
      return pullNode(context, repository, pull);
    },
    pullRequests: (args: PullArguments) => {
      assertReads(context, "pull_requests");
      return connection("pullRequests", args, selectPulls(repository, args), (pull) =>
        pullNode(context, repository, pull),
      );
    },
  };
}

type PullArguments = Paging & {
  readonly states?: readonly string[] | null;
  readonly headRefName?: string | null;
  readonly baseRefName?: string | null;
  readonly orderBy?: { readonly field: string; readonly direction: string } | null;
};

function stateOf(pull: Pull): "OPEN" | "CLOSED" | "MERGED" {
  return pull.merged !== null ? "MERGED" : pull.state === "open" ? "OPEN" : "CLOSED";
}

function selectPulls(repository: Repository, args: PullArguments): Pull[] {
  const found = [...repository.pulls.values()].filter(
    (pull) =>
      (args.states ?? null) === null ||
      args.states?.length === 0 ||
      args.states?.includes(stateOf(pull)) === true,
  );
  const selected = found.filter(
    (pull) =>
      (typeof args.headRefName !== "string" || pull.headBranch === args.headRefName) &&
      (typeof args.baseRefName !== "string" || pull.base === args.baseRefName),
  );
  const key = args.orderBy?.field === "UPDATED_AT" ? "updatedAt" : "createdAt";
  selected.sort((a, b) => a[key] - b[key] || a.number - b.number);
  return args.orderBy?.direction === "DESC" ? selected.reverse() : selected;
}

export function pullNode(context: GraphqlContext, repository: Repository, pull: Pull): Node {
  const html = `${repositoryHtml(context.world.url, repository)}/pull/${pull.number}`;
  const branch = async (name: string) => {
    const oid = await repository.git.branch(name);
    return oid === null ? null : refNode(context, repository, `refs/heads/${name}`, oid);
  };
  const files = async () => {
    const fork = await mergeBase(repository.git, pull.baseSha, pull.head);
    return diff(repository.git, pull.merged === null && fork !== null ? fork : pull.baseSha, pull.head);
  };
  return {
    __typename: "PullRequest",
    id: nodeId("PR", pull.id),
    databaseId: pull.id,
    number: pull.number,
    title: pull.title,
    body: pull.body ?? "",
    url: html,
    state: stateOf(pull),
    merged: pull.merged !== null,
    closed: pull.state === "closed",
    isDraft: pull.draft,
    isCrossRepository: false,
    locked: false,
    isMergeQueueEnabled: repository.rules.get(pull.base)?.mergeQueue === true,
    isInMergeQueue: pull.queued != null,
    createdAt: iso(pull.createdAt),
    updatedAt: iso(pull.updatedAt),
    closedAt: isoOrNull(pull.closedAt),
    mergedAt: isoOrNull(pull.merged?.at ?? null),
    mergedBy: pull.merged === null ? null : accountNode(context, pull.merged.by),
    mergeCommit: pull.merged === null ? null : () => objectNode(context, repository, pull.merged?.sha ?? ""),
    author: () => accountNode(context, pull.author),
    authorAssociation: association(repository, pull.author),
    baseRefName: pull.base,
    baseRefOid: pull.baseSha,
    headRefName: pull.headBranch,
    headRefOid: pull.head,
    baseRef: () => branch(pull.base),
    headRef: () => branch(pull.headBranch),
    headRepository: () => repositoryNode(context, repository),
    headRepositoryOwner: () => accountNode(context, repository.owner),
    repository: () => repositoryNode(context, repository),
    mergeable: async () => {
      if (pull.state === "closed") return "UNKNOWN";
      return (await mergeability(repository, pull)).status === "dirty" ? "CONFLICTING" : "MERGEABLE";
    },
    mergeStateStatus: async () =>
      pull.state === "closed" ? "UNKNOWN" : (await mergeability(repository, pull)).status.toUpperCase(),
    autoMergeRequest: () => autoMergeNode(context, pull),
    changedFiles: async () => (await files()).length,
    files: async (paging: Paging) =>
      connection("files", paging, await files(), (file) => ({
        path: file.path,
        additions: file.additions,
        deletions: file.deletions,
        changeType: file.status === "removed" ? "DELETED" : file.status.toUpperCase(),
      })),
    labels: (paging: Paging) =>
      connection("labels", paging, pull.labels, (label) => ({
        id: nodeId("LA", label.id),
        name: label.name,
        color: label.color,
        description: label.description,
      })),
    assignees: (paging: Paging) =>
      connection("assignees", paging, pull.assignees, (account) => accountNode(context, account)),
    comments: (paging: Paging) =>
      connection(
        "comments",
        paging,
        [...repository.comments.values()].filter((comment) => comment.issue === pull.number),
        (comment) => commentNode(context, repository, pull, comment),
      ),
  };
}

function autoMergeNode(context: GraphqlContext, pull: Pull): Node | null {
  if (pull.autoMerge === null) return null;
  return {
    mergeMethod: pull.autoMerge.method.toUpperCase(),
    enabledAt: iso(pull.updatedAt),
    enabledBy: accountNode(context, pull.autoMerge.by),
  };
}

/** The comment with a node id; null when the repository has none. */
export function commentById(context: GraphqlContext, repository: Repository, id: string): Node | null {
  const comment = repository.comments.get(Number(fromNodeId("IC", id)));
  const pull = comment === undefined ? undefined : repository.pulls.get(comment.issue);
  if (comment === undefined || pull === undefined) return null;
  assertReads(context, "issues");
  return commentNode(context, repository, pull, comment);
}

function commentNode(context: GraphqlContext, repository: Repository, pull: Pull, comment: Comment): Node {
  return {
    __typename: "IssueComment",
    id: nodeId("IC", comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    body: comment.body,
    url: `${repositoryHtml(context.world.url, repository)}/pull/${pull.number}#issuecomment-${comment.id}`,
    author: () => accountNode(context, comment.author),
    authorAssociation: association(repository, comment.author),
    createdAt: iso(comment.createdAt),
    updatedAt: iso(comment.updatedAt),
    lastEditedAt: isoOrNull(comment.lastEditedAt),
    includesCreatedEdit: comment.lastEditedAt !== null,
    isMinimized: false,
    viewerDidAuthor: comment.author.id === context.actor.account.id,
  };
}
