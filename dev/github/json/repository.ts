import type { JsonObject, Role } from "../model.ts";
import type { Repository } from "../repository.ts";
import { iso, nodeId } from "./basics.ts";
import { organizationJson, userJson } from "./user.ts";

export function repositoryApi(url: string, repository: Repository): string {
  return `${url}/repos/${repository.fullName}`;
}
export function repositoryHtml(url: string, repository: Repository): string {
  return `${url}/${repository.fullName}`;
}

/** `repository`, which webhooks and pull requests carry too. */
export function repositoryJson(url: string, repository: Repository): JsonObject {
  const api = repositoryApi(url, repository);
  const html = repositoryHtml(url, repository);
  const open = [...repository.pulls.values()].filter((pull) => pull.state === "open").length;
  return {
    id: repository.id,
    node_id: nodeId("R", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: true,
    owner: userJson(url, repository.owner),
    html_url: html,
    description: null,
    fork: false,
    url: api,
    archive_url: `${api}/{archive_format}{/ref}`,
    assignees_url: `${api}/assignees{/user}`,
    blobs_url: `${api}/git/blobs{/sha}`,
    branches_url: `${api}/branches{/branch}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    comments_url: `${api}/comments{/number}`,
    commits_url: `${api}/commits{/sha}`,
    compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`,
    contributors_url: `${api}/contributors`,
    deployments_url: `${api}/deployments`,
    downloads_url: `${api}/downloads`,
    events_url: `${api}/events`,
    forks_url: `${api}/forks`,
    git_commits_url: `${api}/git/commits{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    hooks_url: `${api}/hooks`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    issue_events_url: `${api}/issues/events{/number}`,
    issues_url: `${api}/issues{/number}`,
    keys_url: `${api}/keys{/key_id}`,
    labels_url: `${api}/labels{/name}`,
    languages_url: `${api}/languages`,
    merges_url: `${api}/merges`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    pulls_url: `${api}/pulls{/number}`,
    releases_url: `${api}/releases{/id}`,
    stargazers_url: `${api}/stargazers`,
    statuses_url: `${api}/statuses/{sha}`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    tags_url: `${api}/tags`,
    teams_url: `${api}/teams`,
    trees_url: `${api}/git/trees{/sha}`,
    clone_url: `${html}.git`,
    git_url: `git://${html.replace(/^\w+:\/\//, "")}.git`,
    ssh_url: `git@${html.replace(/^\w+:\/\//, "")}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    visibility: "private",
    default_branch: repository.defaultBranch,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    has_downloads: true,
    archived: repository.archived,
    disabled: false,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    forks: 0,
    forks_count: 0,
    open_issues: open,
    open_issues_count: open,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    size: 0,
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.pushedAt),
    pushed_at: iso(repository.pushedAt),
  };
}

/** `full-repository`. */
export function fullRepositoryJson(url: string, repository: Repository, role: Role | null): JsonObject {
  return {
    ...repositoryJson(url, repository),
    network_count: 0,
    subscribers_count: 0,
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
    allow_auto_merge: true,
    delete_branch_on_merge: false,
    ...(repository.owner.type === "Organization"
      ? { organization: { ...userJson(url, repository.owner), ...organizationJson(url, repository.owner) } }
      : {}),
    ...(role === null ? {} : { permissions: permissionFlags(role) }),
  };
}

export function permissionFlags(role: Role): JsonObject {
  const rank = ["none", "read", "triage", "write", "maintain", "admin"].indexOf(role);
  return { pull: rank >= 1, triage: rank >= 2, push: rank >= 3, maintain: rank >= 4, admin: rank >= 5 };
}
