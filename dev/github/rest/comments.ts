import { z } from "zod";
import { forbidden, HttpError, notFound } from "../errors.ts";
import { assertBodyFits, numberParam, parseBody } from "../input.ts";
import { commentJson, issueJson, reactionContents, reactionJson } from "../json/comment.ts";
import type { Comment, JsonObject } from "../model.ts";
import type { Repository } from "../repository.ts";
import {
  type Need,
  page,
  type Reply,
  type RepositoryCall,
  type Route,
  repositoryRoute,
  viaApp,
} from "../router.ts";
import { pullOf } from "./pulls.ts";

const read: Need = { permission: "issues", access: "read" };
const write: Need = { permission: "issues", access: "write", role: "read" };

export const commentRoutes: readonly Route[] = [
  repositoryRoute("GET", "issues/{issue_number}", read, async ({ world, repository, params }) => ({
    status: 200,
    body: issueJson(world, repository, pullOf(repository, params["issue_number"])),
  })),
  repositoryRoute("GET", "issues/{issue_number}/comments", read, async (call) => {
    const { world, repository, params, query } = call;
    const pull = pullOf(repository, params["issue_number"]);
    const since = Date.parse(query.get("since") ?? "1970-01-01T00:00:00Z");
    const matching = [...repository.comments.values()].filter(
      (comment) => comment.issue === pull.number && comment.updatedAt >= since,
    );
    const { items, headers } = page(call, matching);
    return { status: 200, headers, body: items.map((comment) => commentJson(world, repository, comment)) };
  }),
  repositoryRoute("POST", "issues/{issue_number}/comments", write, createComment),
  repositoryRoute("GET", "issues/comments", read, async (call) => {
    const { world, repository, query } = call;
    const since = Date.parse(query.get("since") ?? "1970-01-01T00:00:00Z");
    const sign = query.get("direction") === "desc" ? -1 : 1;
    const at = ({ createdAt, updatedAt }: Comment) =>
      query.get("sort") === "updated" ? updatedAt : createdAt;
    const matching = [...repository.comments.values()]
      .filter(({ updatedAt }) => updatedAt >= since)
      .sort((a, b) => sign * (at(a) - at(b) || a.id - b.id));
    const { items, headers } = page(call, matching);
    return { status: 200, headers, body: items.map((comment) => commentJson(world, repository, comment)) };
  }),
  repositoryRoute("GET", "issues/comments/{comment_id}", read, async ({ world, repository, params }) => ({
    status: 200,
    body: commentJson(world, repository, commentOf(repository, params["comment_id"])),
  })),
  repositoryRoute("PATCH", "issues/comments/{comment_id}", write, updateComment),
  repositoryRoute("DELETE", "issues/comments/{comment_id}", write, deleteComment),
  repositoryRoute("GET", "issues/comments/{comment_id}/reactions", read, async (call) => {
    const comment = commentOf(call.repository, call.params["comment_id"]);
    const content = call.query.get("content");
    const matching = comment.reactions.filter((reaction) => content === null || reaction.content === content);
    const { items, headers } = page(call, matching);
    return { status: 200, headers, body: items.map((item) => reactionJson(call.world.url, item)) };
  }),
  repositoryRoute("POST", "issues/comments/{comment_id}/reactions", write, react),
  repositoryRoute("DELETE", "issues/comments/{comment_id}/reactions/{reaction_id}", write, async (call) => {
    const comment = commentOf(call.repository, call.params["comment_id"]);
    const at = comment.reactions.findIndex((reaction) => String(reaction.id) === call.params["reaction_id"]);
    if (at < 0) throw notFound();
    if (comment.reactions[at]?.author.id !== call.account.id) throw forbidden();
    comment.reactions.splice(at, 1);
    return { status: 204 };
  }),
];

function commentOf(repository: Repository, id: string | undefined): Comment {
  const found = repository.comments.get(numberParam(id));
  if (found === undefined) throw notFound();
  return found;
}

const commentBody = z.object({ body: z.string() });

function emit(
  { world, repository, account }: RepositoryCall,
  action: string,
  comment: Comment,
  extra: JsonObject = {},
): void {
  const pull = repository.pulls.get(comment.issue);
  if (pull === undefined) return;
  world.webhooks.emit("issue_comment", repository, account, {
    action,
    issue: issueJson(world, repository, pull),
    comment: commentJson(world, repository, comment),
    ...extra,
  });
}

async function createComment(call: RepositoryCall): Promise<Reply> {
  const { world, repository, account, actor, params } = call;
  const { body } = parseBody(commentBody, call.body);
  if (body.trim() === "") {
    throw new HttpError(422, "Validation Failed", {
      errors: [{ resource: "IssueComment", field: "body", code: "missing_field" }],
    });
  }
  assertBodyFits("IssueComment", body);
  const pull = pullOf(repository, params["issue_number"]);
  const now = world.now();
  const comment: Comment = {
    id: world.id(),
    issue: pull.number,
    author: account,
    viaApp: viaApp(actor),
    createdAt: now,
    updatedAt: now,
    lastEditedAt: null,
    body,
    reactions: [],
  };
  repository.comments.set(comment.id, comment);
  pull.updatedAt = now;
  emit(call, "created", comment);
  return { status: 201, body: commentJson(world, repository, comment) };
}

/** A comment may be changed by its author and by people who may write. */
function assertMayEdit({ actor, repository, account }: RepositoryCall, comment: Comment): void {
  if (actor.kind === "installation" || comment.author.id === account.id) return;
  if (!["write", "maintain", "admin"].includes(repository.roleOf(account.login))) {
    throw forbidden("Must have write access to the repository.");
  }
}

async function updateComment(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params } = call;
  const { body } = parseBody(commentBody, call.body);
  assertBodyFits("IssueComment", body);
  const comment = commentOf(repository, params["comment_id"]);
  assertMayEdit(call, comment);
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = world.now();
  if (from !== body) {
    comment.lastEditedAt = comment.updatedAt;
    emit(call, "edited", comment, { changes: { body: { from } } });
  }
  return { status: 200, body: commentJson(world, repository, comment) };
}

async function deleteComment(call: RepositoryCall): Promise<Reply> {
  const comment = commentOf(call.repository, call.params["comment_id"]);
  assertMayEdit(call, comment);
  call.repository.comments.delete(comment.id);
  emit(call, "deleted", comment);
  return { status: 204 };
}

async function react({ world, repository, account, params, body }: RepositoryCall): Promise<Reply> {
  const { content } = parseBody(z.object({ content: z.enum(reactionContents) }), body);
  const comment = commentOf(repository, params["comment_id"]);
  const existing = comment.reactions.find(
    (reaction) => reaction.author.id === account.id && reaction.content === content,
  );
  if (existing !== undefined) return { status: 200, body: reactionJson(world.url, existing) };
  const reaction = { id: world.id(), author: account, content, at: world.now() };
  comment.reactions.push(reaction);
  return { status: 201, body: reactionJson(world.url, reaction) };
}
