import type { Account, JsonObject, Label, Pull } from "../model.ts";
import type { Repository } from "../repository.ts";
import type { World } from "../world.ts";
import { iso, isoOrNull, nodeId } from "./basics.ts";
import { repositoryApi, repositoryHtml, repositoryJson } from "./repository.ts";
import { userJson } from "./user.ts";

/** What takes git to find out; a webhook sends none of it but the counts. */
export interface PullMeasures {
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  readonly commits: number;
  /** Null while unknown, as for a closed pull request. */
  readonly mergeable: boolean | null;
  readonly mergeableState: string;
  /** The trial merge of an open pull request. */
  readonly trialMerge: string | null;
}

const unknown: PullMeasures = {
  additions: 0,
  deletions: 0,
  changedFiles: 0,
  commits: 1,
  mergeable: null,
  mergeableState: "unknown",
  trialMerge: null,
};

export function labelJson(url: string, repository: Repository, label: Label): JsonObject {
  return {
    id: label.id,
    node_id: nodeId("LA", label.id),
    url: `${repositoryApi(url, repository)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    description: label.description,
    default: false,
  };
}

export function association(repository: Repository, account: Account): string {
  if (account.id === repository.owner.id) return "OWNER";
  const role = repository.roleOf(account.login);
  return role === "none" ? "NONE" : role === "read" ? "CONTRIBUTOR" : "COLLABORATOR";
}

/** `pull-request-simple`, as lists give it. */
export function simplePullJson(world: World, repository: Repository, pull: Pull): JsonObject {
  const { url } = world;
  const api = repositoryApi(url, repository);
  const self = `${api}/pulls/${pull.number}`;
  const issue = `${api}/issues/${pull.number}`;
  const html = `${repositoryHtml(url, repository)}/pull/${pull.number}`;
  const whole = repositoryJson(url, repository);
  const owner = userJson(url, repository.owner);
  const end = (ref: string, sha: string) => ({
    label: `${repository.owner.login}:${ref}`,
    ref,
    sha,
    user: owner,
    repo: whole,
  });
  const assignees = pull.assignees.map((account) => userJson(url, account));
  return {
    url: self,
    id: pull.id,
    node_id: nodeId("PR", pull.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userJson(url, pull.author),
    body: pull.body,
    created_at: iso(pull.createdAt),
    updated_at: iso(pull.updatedAt),
    closed_at: isoOrNull(pull.closedAt),
    merged_at: isoOrNull(pull.merged?.at ?? null),
    merge_commit_sha: pull.merged?.sha ?? null,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: [],
    requested_teams: [],
    // A list's description of a label may not be null, unlike anywhere else.
    labels: pull.labels.map((label) => ({
      ...labelJson(url, repository, label),
      description: label.description ?? "",
    })),
    milestone: null,
    draft: pull.draft,
    commits_url: `${self}/commits`,
    review_comments_url: `${self}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${api}/statuses/${pull.head}`,
    head: end(pull.headBranch, pull.head),
    base: end(pull.base, pull.baseSha),
    _links: {
      self: { href: self },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${self}/comments` },
      review_comment: { href: `${api}/pulls/comments{/number}` },
      commits: { href: `${self}/commits` },
      statuses: { href: `${api}/statuses/${pull.head}` },
    },
    author_association: association(repository, pull.author),
    auto_merge:
      pull.autoMerge === null
        ? null
        : {
            enabled_by: userJson(url, pull.autoMerge.by),
            merge_method: pull.autoMerge.method,
            commit_title: `Merge pull request #${pull.number}`,
            commit_message: pull.title,
          },
    active_lock_reason: null,
  };
}

/** `pull-request`. */
export function pullJson(
  world: World,
  repository: Repository,
  pull: Pull,
  measures: PullMeasures | null,
): JsonObject {
  const found = measures ?? unknown;
  const comments = [...repository.comments.values()].filter(
    (comment) => comment.issue === pull.number,
  ).length;
  return {
    ...simplePullJson(world, repository, pull),
    ...(pull.merged === null && found.trialMerge !== null ? { merge_commit_sha: found.trialMerge } : {}),
    merged: pull.merged !== null,
    mergeable: found.mergeable,
    rebaseable: found.mergeable,
    mergeable_state: found.mergeableState,
    merged_by: pull.merged === null ? null : userJson(world.url, pull.merged.by),
    comments,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: found.commits,
    additions: found.additions,
    deletions: found.deletions,
    changed_files: found.changedFiles,
  };
}
