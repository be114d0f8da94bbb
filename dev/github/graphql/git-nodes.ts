import { aheadBehind, history } from "../git/history.ts";
import { type CommitObject, type Person, type TreeItem, treeType } from "../git/objects.ts";
import { iso, nodeId } from "../json/basics.ts";
import { accountOf, signatureOf } from "../json/commit.ts";
import { repositoryHtml } from "../json/repository.ts";
import { isUnprotected } from "../refs.ts";
import type { Repository } from "../repository.ts";
import { pullsOfCommit } from "../rest/commits.ts";
import { connection, type Paging } from "./connection.ts";
import type { GraphqlContext, Node } from "./context.ts";
import { accountNode, pullNode, repositoryNode } from "./repository-nodes.ts";

/** Longer texts are cut, and say so. */
const longestText = 512_000;

export async function objectNode(
  context: GraphqlContext,
  repository: Repository,
  name: string,
): Promise<Node | null> {
  const found = await repository.git.object(name);
  if (found === null) return null;
  const common = {
    oid: found.oid,
    abbreviatedOid: found.oid.slice(0, 7),
    repository: () => repositoryNode(context, repository),
    commitUrl: `${repositoryHtml(context.world.url, repository)}/commit/${found.oid}`,
  };
  if (found.type === "commit") {
    const commit = await repository.git.commit(found.oid);
    return commit === null ? null : commitNode(context, repository, commit);
  }
  if (found.type === "tree") {
    return {
      ...common,
      __typename: "Tree",
      id: nodeId("T", `${repository.id}:${found.oid}`),
      entries: async () =>
        ((await repository.git.tree(found.oid)) ?? []).map((item) =>
          entryNode(context, repository, item, item.name),
        ),
    };
  }
  if (found.type === "tag") return { ...common, __typename: "Tag", id: nodeId("TA", found.oid) };
  const isBinary = found.content.subarray(0, 8000).includes(0);
  const text = found.content.toString("utf8");
  return {
    ...common,
    __typename: "Blob",
    id: nodeId("B", `${repository.id}:${found.oid}`),
    byteSize: found.content.length,
    isBinary,
    isTruncated: !isBinary && text.length > longestText,
    text: isBinary ? null : text.slice(0, longestText),
  };
}

function entryNode(context: GraphqlContext, repository: Repository, item: TreeItem, path: string): Node {
  return {
    __typename: "TreeEntry",
    name: item.name,
    path,
    mode: Number.parseInt(item.mode, 8),
    type: treeType(item.mode),
    oid: item.oid,
    extension: /(\.[^./]+)$/.exec(item.name)?.[1] ?? "",
    size: async () => (await repository.git.object(item.oid))?.content.length ?? 0,
    object: () => objectNode(context, repository, item.oid),
    repository: () => repositoryNode(context, repository),
  };
}

function actorNode(context: GraphqlContext, person: Person): Node {
  const account = accountOf(context.world, person);
  return {
    __typename: "GitActor",
    name: person.name,
    email: person.email,
    date: iso(person.at * 1000),
    avatarUrl: `${context.world.url}/avatars/u/${account?.id ?? 0}`,
    // The schema's type is User even for a bot, and here a bot has its whole login.
    user:
      account === null
        ? null
        : { ...accountNode(context, account), __typename: "User", login: account.login },
  };
}

export function commitNode(context: GraphqlContext, repository: Repository, commit: CommitObject): Node {
  const { world } = context;
  const [headline = "", ...rest] = commit.message.split("\n");
  const html = repositoryHtml(world.url, repository);
  return {
    __typename: "Commit",
    id: nodeId("C", `${repository.id}:${commit.oid}`),
    oid: commit.oid,
    abbreviatedOid: commit.oid.slice(0, 7),
    message: commit.message,
    messageHeadline: headline,
    messageBody: rest.join("\n").trim(),
    url: `${html}/commit/${commit.oid}`,
    commitUrl: `${html}/commit/${commit.oid}`,
    authoredDate: iso(commit.author.at * 1000),
    committedDate: iso(commit.committer.at * 1000),
    pushedDate: null,
    committedViaWeb: repository.verified.has(commit.oid),
    author: () => actorNode(context, commit.author),
    committer: () => actorNode(context, commit.committer),
    signature: () =>
      repository.verified.has(commit.oid)
        ? {
            __typename: "GpgSignature",
            email: commit.committer.email,
            isValid: true,
            wasSignedByGitHub: true,
            state: "VALID",
            signer: null,
            verifiedAt: iso(commit.committer.at * 1000),
            keyId: "4AEE18F83AFDEB23",
            ...signatureOf(commit),
          }
        : null,
    tree: () => objectNode(context, repository, commit.tree),
    repository: () => repositoryNode(context, repository),
    file: async ({ path }: { path: string }) => {
      const item = await repository.git.entry(commit.oid, path);
      return item === null ? null : entryNode(context, repository, item, path);
    },
    parents: async (paging: Paging) => {
      const parents = await Promise.all(commit.parents.map((oid) => repository.git.commit(oid)));
      return connection(
        "parents",
        paging,
        parents.flatMap((parent) => (parent === null ? [] : [parent])),
        (parent) => commitNode(context, repository, parent),
      );
    },
    history: (args: HistoryArguments) => historyConnection(context, repository, commit.oid, args),
    associatedPullRequests: async (paging: Paging) =>
      connection("associatedPullRequests", paging, await pullsOfCommit(repository, commit.oid), (pull) =>
        pullNode(context, repository, pull),
      ),
  };
}

type HistoryArguments = Paging & {
  readonly path?: string | null;
  readonly since?: string | null;
  readonly until?: string | null;
};

async function historyConnection(
  context: GraphqlContext,
  repository: Repository,
  from: string,
  args: HistoryArguments,
): Promise<Node> {
  const time = (text: string | null | undefined) => (typeof text === "string" ? Date.parse(text) : undefined);
  const oids = await history(repository.git, from, {
    path: args.path ?? undefined,
    since: time(args.since),
    until: time(args.until),
  });
  return connection("history", args, oids, async (oid) => {
    const commit = await repository.git.commit(oid);
    return commit === null ? null : commitNode(context, repository, commit);
  });
}

/** Classic protection, as whoever is no admin is told of it. */
function updateRule({ actor }: GraphqlContext, repository: Repository, ref: string): Node | null {
  const branch = ref.replace(/^refs\/heads\//, "");
  const rule = repository.rules.get(branch);
  if (rule === undefined || rule.ruleset === true) return null;
  const { account } = actor;
  return {
    __typename: "RefUpdateRule",
    pattern: branch,
    allowsDeletions: false,
    allowsForcePushes: false,
    blocksCreations: false,
    requiredApprovingReviewCount: rule.requiredReviews ?? null,
    requiredStatusCheckContexts: rule.requiredChecks ?? [],
    requiresCodeOwnerReviews: false,
    requiresConversationResolution: false,
    requiresLinearHistory: false,
    requiresSignatures: false,
    viewerAllowedToDismissReviews: false,
    viewerCanPush: isUnprotected(repository, ref, account),
  };
}

export function refNode(context: GraphqlContext, repository: Repository, ref: string, oid: string): Node {
  const [, prefix = "refs/", name = ref] = /^(refs\/(?:heads|tags)\/|refs\/)(.+)$/.exec(ref) ?? [];
  return {
    __typename: "Ref",
    id: nodeId("REF", `${repository.id}:${ref}`),
    name,
    prefix,
    target: () => objectNode(context, repository, oid),
    refUpdateRule: () => updateRule(context, repository, ref),
    repository: () => repositoryNode(context, repository),
    compare: async ({ headRef }: { headRef: string }) => {
      const head = await repository.git.resolve(headRef);
      if (head === null) return null;
      const { ahead, behind } = await aheadBehind(repository.git, oid, head);
      return {
        __typename: "Comparison",
        aheadBy: ahead,
        behindBy: behind,
        status: ahead === 0 ? (behind === 0 ? "IDENTICAL" : "BEHIND") : behind === 0 ? "AHEAD" : "DIVERGED",
      };
    },
    associatedPullRequests: (paging: Paging) =>
      connection(
        "associatedPullRequests",
        paging,
        [...repository.pulls.values()].filter((pull) => pull.headBranch === name),
        (pull) => pullNode(context, repository, pull),
      ),
  };
}

/** `HEAD:dir/file`, a ref, an object id: what git understands. */
export async function byExpression(
  context: GraphqlContext,
  repository: Repository,
  expression: string,
): Promise<Node | null> {
  const colon = expression.indexOf(":");
  if (colon < 0) {
    const oid = (await repository.git.resolve(expression)) ?? expression;
    return objectNode(context, repository, oid);
  }
  const commit = await repository.git.resolve(expression.slice(0, colon));
  if (commit === null) return null;
  const item = await repository.git.entry(commit, expression.slice(colon + 1));
  return item === null ? null : objectNode(context, repository, item.oid);
}
