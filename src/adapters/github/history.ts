import { z } from "zod";
import { type CommitFacts, ForgeError } from "../../ports/forge.ts";
import { revisionOf } from "./files.ts";
import type { Gateway } from "./gateway.ts";

const PAGE = 100;

const commitNode = z.object({
  oid: z.string(),
  message: z.string(),
  committedDate: z.string(),
  url: z.string(),
  author: z
    .object({ email: z.string().nullable(), user: z.object({ login: z.string() }).nullable() })
    .nullable(),
  signature: z.object({ isValid: z.boolean(), wasSignedByGitHub: z.boolean() }).nullable(),
});

const answer = z.object({
  repository: z.object({
    object: z
      .object({
        history: z
          .object({
            pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
            nodes: z.array(commitNode.nullable()).nullable(),
          })
          .optional(),
      })
      .nullable(),
  }),
});

const DOCUMENT = `query history(
  $owner: String!, $repo: String!, $revision: String!, $path: String, $first: Int!, $after: String
) {
  repository(owner: $owner, name: $repo) {
    object(expression: $revision) {
      ... on Commit {
        history(first: $first, path: $path, after: $after) {
          pageInfo { hasNextPage endCursor }
          nodes {
            oid message committedDate url
            author { email user { login } }
            signature { isValid wasSignedByGitHub }
          }
        }
      }
    }
  }
}`;

/** Newest first; a `from` that does not exist is a `not-found` error. */
export async function readHistory(
  gateway: Gateway,
  from: string,
  options: { readonly path?: string; readonly limit: number },
): Promise<readonly CommitFacts[]> {
  const commits: CommitFacts[] = [];
  const variables = { revision: revisionOf(from), path: options.path ?? null };
  let page: { hasNextPage: boolean; endCursor: string | null } = { hasNextPage: true, endCursor: null };
  while (page.hasNextPage && commits.length < options.limit) {
    const first = Math.min(PAGE, options.limit - commits.length);
    const { repository }: z.infer<typeof answer> = await gateway.query(
      DOCUMENT,
      { ...variables, first, after: page.endCursor },
      answer,
    );
    const history = repository.object?.history;
    if (history === undefined) {
      throw new ForgeError("not-found", `There is no branch or commit ${from}`);
    }
    const nodes = (history.nodes ?? []).filter((node) => node !== null);
    commits.push(...nodes.map((node) => factsOf(node, gateway.login)));
    page = history.pageInfo;
  }
  return commits;
}

/**
 * Whose a commit is.
 *
 * Anybody may write any name and address into a commit, so the author alone proves nothing. What proves it is
 * GitHub's own signature: GitHub signs only what it made itself, for an account it had authenticated, and for an
 * App only when the App set no author of its own. Its signature and our author together are our word.
 *
 * One gap is GitHub's own: a person's squash merge of a pull request that we opened has us as author and GitHub's
 * signature. What such a commit did to the manifests is judged by its content, as with every commit; where its origin
 * itself is what counts, `moves` says who pushed it.
 */
function factsOf(node: z.infer<typeof commitNode>, login: string): CommitFacts {
  const signedByGithub = node.signature?.isValid === true && node.signature.wasSignedByGitHub;
  const author = authorOf(node.author, signedByGithub);
  return {
    oid: node.oid,
    message: node.message,
    author,
    ours: signedByGithub && author === login,
    committedAt: Date.parse(node.committedDate),
    url: node.url,
  };
}

/**
 * GraphQL has no user behind an App's commits, or one without the `[bot]` of its login; the address
 * `<id>+<slug>[bot]@users.noreply.github.com` names it in full. Under GitHub's signature the address is GitHub's
 * word; without one it only completes the login of a user whom GitHub named itself.
 */
function authorOf(author: z.infer<typeof commitNode>["author"], signedByGithub: boolean): string | null {
  const user = author?.user?.login ?? null;
  const bot = BOT_ADDRESS.exec(author?.email ?? "")?.[1] ?? null;
  if (user === null) {
    return signedByGithub ? bot : null;
  }
  return bot === `${user}[bot]` ? bot : user;
}

const BOT_ADDRESS = /^(?:\d+\+)?([\w-]+\[bot\])@users\.noreply\.[\w.-]+$/;
