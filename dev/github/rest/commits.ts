import { HttpError, notFound } from "../errors.ts";
import { diff, emptyTree } from "../git/diff.ts";
import { aheadBehind, between, history, isAncestor, mergeBase } from "../git/history.ts";
import type { CommitObject } from "../git/objects.ts";
import { commitJson, fileJson } from "../json/commit.ts";
import { simplePullJson } from "../json/pull.ts";
import { repositoryApi, repositoryHtml } from "../json/repository.ts";
import type { Pull } from "../model.ts";
import type { Repository } from "../repository.ts";
import { type Need, page, type Reply, type RepositoryCall, type Route, repositoryRoute } from "../router.ts";

const contents: Need = { permission: "contents", access: "read" };

export const commitRoutes: readonly Route[] = [
  repositoryRoute("GET", "commits", contents, listCommits),
  repositoryRoute("GET", "commits/{ref}", contents, readCommit),
  repositoryRoute(
    "GET",
    "commits/{commit_sha}/pulls",
    { permission: "pull_requests", access: "read" },
    async (call) => {
      const { world, repository, params } = call;
      const sha = await repository.git.resolve(params["commit_sha"] ?? "");
      if (sha === null) throw new HttpError(422, `No commit found for SHA: ${params["commit_sha"] ?? ""}`);
      const { items, headers } = page(call, await pullsOfCommit(repository, sha));
      return { status: 200, headers, body: items.map((pull) => simplePullJson(world, repository, pull)) };
    },
  ),
  repositoryRoute("GET", "compare/{basehead}", contents, compare),
];

/** The merged pull requests that brought a commit to their base; for others, the open ones that contain it. */
export async function pullsOfCommit(repository: Repository, sha: string): Promise<Pull[]> {
  const found: Pull[] = [];
  for (const pull of [...repository.pulls.values()].reverse()) {
    if (pull.state === "closed" && pull.merged === null) continue;
    if (pull.merged?.sha === sha || pull.head === sha) found.push(pull);
    else if (
      (await isAncestor(repository.git, sha, pull.merged?.sha ?? pull.head)) &&
      !(await isAncestor(repository.git, sha, pull.baseSha))
    ) {
      found.push(pull);
    }
  }
  const merged = found.filter((pull) => pull.merged !== null);
  return merged.length > 0 ? merged : found;
}

async function listCommits(call: RepositoryCall): Promise<Reply> {
  const { world, repository, query } = call;
  const wanted = query.get("sha") ?? repository.defaultBranch;
  const from = await repository.git.resolve(wanted);
  if (from === null) {
    if (/^[0-9a-f]{40}$/.test(wanted)) throw new HttpError(422, `No commit found for SHA: ${wanted}`);
    throw notFound();
  }
  const time = (name: string) => {
    const value = Date.parse(query.get(name) ?? "");
    return Number.isNaN(value) ? undefined : value;
  };
  const oids = await history(repository.git, from, {
    path: query.get("path") ?? undefined,
    since: time("since"),
    until: time("until"),
    author: query.get("author") ?? undefined,
  });
  const { items, headers } = page(call, oids);
  const commits = await Promise.all(items.map((oid) => repository.git.commit(oid)));
  return {
    status: 200,
    headers,
    body: commits.flatMap((commit) => (commit === null ? [] : [commitJson(world, repository, commit)])),
  };
}

async function readCommit({ world, repository, params }: RepositoryCall): Promise<Reply> {
  const wanted = params["ref"] ?? "";
  const oid = await repository.git.resolve(wanted);
  const commit = oid === null ? null : await repository.git.commit(oid);
  if (commit === null) throw new HttpError(422, `No commit found for SHA: ${wanted}`);
  const files = await diff(repository.git, commit.parents[0] ?? emptyTree, commit.oid);
  const sum = (count: (file: (typeof files)[number]) => number) =>
    files.reduce((total, file) => total + count(file), 0);
  const additions = sum((file) => file.additions);
  const deletions = sum((file) => file.deletions);
  return {
    status: 200,
    body: {
      ...commitJson(world, repository, commit),
      stats: { total: additions + deletions, additions, deletions },
      files: files.map((file) => fileJson(world.url, repository, commit.oid, file)),
    },
  };
}

async function compare(call: RepositoryCall): Promise<Reply> {
  const { world, repository, params } = call;
  const [, baseName = "", headName = ""] = /^(.+?)\.\.\.(.+)$/.exec(params["basehead"] ?? "") ?? [];
  const bare = (name: string) =>
    name.startsWith(`${repository.owner.login}:`) ? (name.split(":")[1] ?? "") : name;
  const [base, head] = await Promise.all([
    commitAt(repository, bare(baseName)),
    commitAt(repository, bare(headName)),
  ]);
  const { ahead, behind } = await aheadBehind(repository.git, base.oid, head.oid);
  const fork = await mergeBase(repository.git, base.oid, head.oid);
  if (fork === null) throw new HttpError(404, `No common ancestor between ${baseName} and ${headName}.`);
  const forkCommit = await commitAt(repository, fork);
  const oids = await between(repository.git, base.oid, head.oid);
  const { items, headers } = page(call, oids);
  const commits = await Promise.all(items.map((oid) => commitAt(repository, oid)));
  const files = await diff(repository.git, fork, head.oid);
  const api = `${repositoryApi(world.url, repository)}/compare/${params["basehead"] ?? ""}`;
  const html = `${repositoryHtml(world.url, repository)}/compare/${params["basehead"] ?? ""}`;
  return {
    status: 200,
    headers,
    body: {
      url: api,
      html_url: html,
      permalink_url: `${repositoryHtml(world.url, repository)}/compare/${base.oid}...${head.oid}`,
      diff_url: `${html}.diff`,
      patch_url: `${html}.patch`,
      base_commit: commitJson(world, repository, base),
      merge_base_commit: commitJson(world, repository, forkCommit),
      status:
        ahead === 0 && behind === 0
          ? "identical"
          : behind === 0
            ? "ahead"
            : ahead === 0
              ? "behind"
              : "diverged",
      ahead_by: ahead,
      behind_by: behind,
      total_commits: oids.length,
      commits: commits.map((commit) => commitJson(world, repository, commit)),
      files: files.map((file) => fileJson(world.url, repository, head.oid, file)),
    },
  };
}

async function commitAt(repository: Repository, name: string): Promise<CommitObject> {
  const oid = await repository.git.resolve(name);
  const commit = oid === null ? null : await repository.git.commit(oid);
  if (commit === null) throw notFound();
  return commit;
}
