import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import { type CommentFacts, ForgeError, type Reaction } from "../../ports/forge.ts";
import { type Gateway, held } from "./gateway.ts";
import { BODY_BYTES, withinBytes } from "./text.ts";

type Comment = Awaited<ReturnType<Octokit["rest"]["issues"]["getComment"]>>["data"];

export async function readComment(gateway: Gateway, id: number): Promise<CommentFacts | null> {
  try {
    const { data } = await gateway.read(() =>
      gateway.octokit.rest.issues.getComment({ ...gateway.repo, comment_id: id }),
    );
    const facts = factsOf(data);
    return { ...facts, edited: facts.edited || (await wasEdited(gateway, data.node_id)) };
  } catch (error) {
    // Deleted before it was read, or between the two questions.
    if (error instanceof ForgeError && error.code === "not-found") {
      return null;
    }
    throw error;
  }
}

const editAnswer = z.object({
  node: z.object({ lastEditedAt: z.string().nullable(), includesCreatedEdit: z.boolean() }).nullable(),
});

/**
 * Times of REST have whole seconds, so an edit within the second of the comment does not show there. Asked after
 * the text was read: whatever was done to that text before is known here.
 */
async function wasEdited(gateway: Gateway, nodeId: string): Promise<boolean> {
  const answer = await gateway.read(() =>
    gateway.octokit.graphql<unknown>(
      `query edits($nodeId: ID!) {
        node(id: $nodeId) { ... on IssueComment { lastEditedAt includesCreatedEdit } }
      }`,
      { nodeId },
    ),
  );
  const { node } = held(editAnswer, answer);
  return node === null || node.lastEditedAt !== null || node.includesCreatedEdit;
}

export async function readComments(
  gateway: Gateway,
  pull: number,
  since: number | null,
): Promise<readonly CommentFacts[]> {
  const comments = await gateway.read(() =>
    gateway.octokit.paginate(gateway.octokit.rest.issues.listComments, {
      ...gateway.repo,
      issue_number: pull,
      per_page: 100,
      ...(since === null ? {} : { since: new Date(since).toISOString() }),
    }),
  );
  return comments.map(factsOf).toSorted((a, b) => a.id - b.id);
}

export async function createComment(gateway: Gateway, pull: number, body: string): Promise<CommentFacts> {
  const { data } = await gateway.write(
    "answer",
    () =>
      gateway.octokit.rest.issues.createComment({
        ...gateway.repo,
        issue_number: pull,
        body: withinBytes(body, BODY_BYTES),
      }),
    { notifies: true },
  );
  return factsOf(data);
}

export async function updateComment(gateway: Gateway, id: number, body: string): Promise<void> {
  await gateway.write("comment", () =>
    gateway.octokit.rest.issues.updateComment({
      ...gateway.repo,
      comment_id: id,
      body: withinBytes(body, BODY_BYTES),
    }),
  );
}

/** The same reaction twice is one: GitHub answers 200 for the second. */
export async function react(gateway: Gateway, comment: number, reaction: Reaction): Promise<boolean> {
  const { status } = await gateway.write("answer", () =>
    gateway.octokit.rest.reactions.createForIssueComment({
      ...gateway.repo,
      comment_id: comment,
      content: reaction,
    }),
  );
  return status === 201;
}

export function factsOf(comment: Comment): CommentFacts {
  return {
    id: comment.id,
    pull: Number(comment.issue_url.slice(comment.issue_url.lastIndexOf("/") + 1)),
    author: comment.user?.login ?? "ghost",
    authorIsBot: comment.user?.type === "Bot",
    body: comment.body ?? "",
    createdAt: Date.parse(comment.created_at),
    edited: comment.updated_at !== comment.created_at,
    url: comment.html_url,
  };
}
