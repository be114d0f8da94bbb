import type { Comment, JsonObject, Pull } from "../model.ts";
import type { Repository } from "../repository.ts";
import type { World } from "../world.ts";
import { appJson } from "./app.ts";
import { iso, isoOrNull, nodeId } from "./basics.ts";
import { association, labelJson } from "./pull.ts";
import { repositoryApi, repositoryHtml } from "./repository.ts";
import { userJson } from "./user.ts";

export const reactionContents = [
  "+1",
  "-1",
  "laugh",
  "confused",
  "heart",
  "hooray",
  "rocket",
  "eyes",
] as const;

function rollup(url: string, reactions: Comment["reactions"]): JsonObject {
  const counts = reactionContents.map((content) => [
    content,
    reactions.filter((reaction) => reaction.content === content).length,
  ]);
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) };
}

/** `issue-comment`. */
export function commentJson(world: World, repository: Repository, comment: Comment): JsonObject {
  const { url } = world;
  const self = `${repositoryApi(url, repository)}/issues/comments/${comment.id}`;
  return {
    url: self,
    html_url: `${repositoryHtml(url, repository)}/pull/${comment.issue}#issuecomment-${comment.id}`,
    issue_url: `${repositoryApi(url, repository)}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId("IC", comment.id),
    user: userJson(url, comment.author),
    created_at: iso(comment.createdAt),
    updated_at: iso(comment.updatedAt),
    author_association: association(repository, comment.author),
    body: comment.body,
    reactions: rollup(self, comment.reactions),
    performed_via_github_app: comment.viaApp === null ? null : appJson(world, comment.viaApp),
  };
}

export function reactionJson(url: string, reaction: Comment["reactions"][number]): JsonObject {
  return {
    id: reaction.id,
    node_id: nodeId("REA", reaction.id),
    user: userJson(url, reaction.author),
    content: reaction.content,
    created_at: iso(reaction.at),
  };
}

/** `issue`: the face every pull request shows to comments. */
export function issueJson(world: World, repository: Repository, pull: Pull): JsonObject {
  const { url } = world;
  const api = repositoryApi(url, repository);
  const self = `${api}/issues/${pull.number}`;
  const html = `${repositoryHtml(url, repository)}/pull/${pull.number}`;
  const assignees = pull.assignees.map((account) => userJson(url, account));
  return {
    url: self,
    repository_url: api,
    labels_url: `${self}/labels{/name}`,
    comments_url: `${self}/comments`,
    events_url: `${self}/events`,
    html_url: html,
    id: pull.id,
    node_id: nodeId("PR", pull.id),
    number: pull.number,
    title: pull.title,
    user: userJson(url, pull.author),
    labels: pull.labels.map((label) => labelJson(url, repository, label)),
    state: pull.state,
    state_reason: null,
    locked: false,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: [...repository.comments.values()].filter((comment) => comment.issue === pull.number).length,
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.updatedAt),
    closed_at: isoOrNull(pull.closedAt),
    closed_by: pull.closedBy === null ? null : userJson(url, pull.closedBy),
    author_association: association(repository, pull.author),
    active_lock_reason: null,
    draft: pull.draft,
    pull_request: {
      url: `${api}/pulls/${pull.number}`,
      html_url: html,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      merged_at: isoOrNull(pull.merged?.at ?? null),
    },
    body: pull.body,
    reactions: rollup(self, []),
    timeline_url: `${self}/timeline`,
    performed_via_github_app: pull.viaApp === null ? null : appJson(world, pull.viaApp),
  };
}
