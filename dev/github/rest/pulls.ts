import { z } from "zod";
import { githubItself } from "../commits.ts";
import { forbidden, HttpError, invalid, notFound } from "../errors.ts";
import { diff } from "../git/diff.ts";
import { between, mergeBase } from "../git/history.ts";
import { assertBodyFits, numberParam, parseBody } from "../input.ts";
import { fileJson } from "../json/commit.ts";
import { type PullMeasures, pullJson, simplePullJson } from "../json/pull.ts";
import { mergePull } from "../merge.ts";
import type { JsonObject, Pull } from "../model.ts";
import { closePull, emitPull, mergeability } from "../pulls.ts";
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
import type { World } from "../world.ts";

const read: Need = { permission: "pull_requests", access: "read" };
const write: Need = { permission: "pull_requests", access: "write", role: "read" };

export const pullRoutes: readonly Route[] = [
  repositoryRoute("GET", "pulls", read, listPulls),
  repositoryRoute("POST", "pulls", write, createPull),
  repositoryRoute("GET", "pulls/{pull_number}", read, async ({ world, repository, params }) => ({
    status: 200,
    body: await wholePull(world, repository, pullOf(repository, params["pull_number"])),
  })),
  repositoryRoute("PATCH", "pulls/{pull_number}", write, updatePull),
  repositoryRoute("GET", "pulls/{pull_number}/files", read, async (call) => {
    const { world, repository, params } = call;
    const pull = pullOf(repository, params["pull_number"]);
    const { items, headers } = page(call, await filesOf(repository, pull));
    return {
      status: 200,
      headers,
      body: items.map((file) => fileJson(world.url, repository, pull.head, file)),
    };
  }),
  repositoryRoute("PUT", "pulls/{pull_number}/merge", { permission: "contents", access: "write" }, merge),
];

export function pullOf(repository: Repository, number: string | undefined): Pull {
  const found = repository.pulls.get(numberParam(number));
  if (found === undefined) throw notFound();
  return found;
}

async function filesOf(repository: Repository, pull: Pull) {
  const fork = await mergeBase(repository.git, pull.baseSha, pull.head);
  return diff(repository.git, pull.merged === null && fork !== null ? fork : pull.baseSha, pull.head);
}

/** A pull request with what only git knows. */
async function wholePull(world: World, repository: Repository, pull: Pull): Promise<JsonObject> {
  const files = await filesOf(repository, pull);
  const oids = await between(repository.git, pull.baseSha, pull.head);
  let state: Pick<PullMeasures, "mergeable" | "mergeableState" | "trialMerge"> = {
    mergeable: null,
    mergeableState: "unknown",
    trialMerge: null,
  };
  if (pull.state === "open") {
    const found = await mergeability(repository, pull);
    const trialMerge =
      found.status === "dirty"
        ? null
        : await repository.git.writeCommit({
            tree: found.tree,
            parents: [pull.baseSha, pull.head],
            author: { ...githubItself(world), at: Math.floor(pull.updatedAt / 1000) },
            committer: { ...githubItself(world), at: Math.floor(pull.updatedAt / 1000) },
            message: `Merge ${pull.head} into ${pull.baseSha}`,
          });
    state = { mergeable: found.status !== "dirty", mergeableState: found.status, trialMerge };
  }
  return pullJson(world, repository, pull, {
    ...state,
    commits: oids.length,
    changedFiles: files.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
  });
}

async function listPulls(call: RepositoryCall): Promise<Reply> {
  const { world, repository, query } = call;
  const state = query.get("state") ?? "open";
  const head = query.get("head");
  const base = query.get("base");
  const matching = [...repository.pulls.values()].filter(
    (pull) =>
      (state === "all" || pull.state === state) &&
      (base === null || pull.base === base) &&
      (head === null || head === `${repository.owner.login}:${pull.headBranch}`),
  );
  const key = query.get("sort") === "updated" ? "updatedAt" : "createdAt";
  matching.sort((a, b) => a[key] - b[key] || a.number - b.number);
  // Newest first unless asked otherwise; a sort by update is ascending by itself.
  const direction =
    query.get("direction") ?? (query.get("sort") === null || key === "createdAt" ? "desc" : "asc");
  if (direction === "desc") matching.reverse();
  const { items, headers } = page(call, matching);
  return { status: 200, headers, body: items.map((pull) => simplePullJson(world, repository, pull)) };
}

const newPull = z.object({
  title: z.string().optional(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullable().optional(),
  draft: z.boolean().optional(),
});

async function createPull(call: RepositoryCall): Promise<Reply> {
  const { world, repository, account, actor } = call;
  if (viaApp(actor) === "github-actions" && !repository.actions.mayOpenPulls) {
    throw forbidden("GitHub Actions is not permitted to create or approve pull requests.");
  }
  const input = parseBody(newPull, call.body);
  assertBodyFits("PullRequest", input.body);
  const branch = input.head.startsWith(`${repository.owner.login}:`)
    ? input.head.slice(repository.owner.login.length + 1)
    : input.head;
  const head = await repository.git.branch(branch);
  const base = await repository.git.branch(input.base);
  if (head === null) throw new HttpError(422, "Validation Failed", { errors: [field("head", "invalid")] });
  if (base === null) throw new HttpError(422, "Validation Failed", { errors: [field("base", "invalid")] });
  if (input.title === undefined || input.title.trim() === "") {
    throw new HttpError(422, "Validation Failed", { errors: [field("title", "missing_field")] });
  }
  if ((await between(repository.git, base, head)).length === 0) {
    throw invalid("PullRequest", "base", `No commits between ${input.base} and ${branch}`);
  }
  const label = `${repository.owner.login}:${branch}`;
  for (const other of repository.pulls.values()) {
    if (other.state === "open" && other.headBranch === branch && other.base === input.base) {
      throw invalid("PullRequest", "head", `A pull request already exists for ${label}.`);
    }
  }
  const now = world.now();
  const pull: Pull = {
    id: world.id(),
    number: repository.nextNumber++,
    author: account,
    viaApp: viaApp(actor),
    createdAt: now,
    headBranch: branch,
    base: input.base,
    head,
    baseSha: base,
    title: input.title,
    body: input.body ?? null,
    draft: input.draft ?? false,
    state: "open",
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    merged: null,
    labels: [],
    assignees: [],
    approvals: new Map(),
    autoMerge: null,
  };
  repository.pulls.set(pull.number, pull);
  emitPull(world, repository, pull, "opened", account);
  return { status: 201, body: await wholePull(world, repository, pull) };
}

function field(name: string, code: string): JsonObject {
  return { resource: "PullRequest", field: name, code };
}

const pullChange = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(["open", "closed"]).optional(),
  base: z.string().optional(),
});

async function updatePull({
  world,
  repository,
  account,
  actor,
  params,
  body,
}: RepositoryCall): Promise<Reply> {
  const input = parseBody(pullChange, body);
  const pull = pullOf(repository, params["pull_number"]);
  const role = repository.roleOf(account.login);
  const mayEdit =
    actor.kind === "installation" || pull.author.id === account.id || !["none", "read"].includes(role);
  if (!mayEdit) throw new HttpError(403, "Must have triage access to the repository.");
  assertBodyFits("PullRequest", input.body);
  const changes: Record<string, JsonObject> = {};
  if (input.title !== undefined && input.title !== pull.title) {
    changes["title"] = { from: pull.title };
    pull.title = input.title;
  }
  if (input.body !== undefined && input.body !== pull.body) {
    changes["body"] = { from: pull.body ?? "" };
    pull.body = input.body;
  }
  if (input.base !== undefined && input.base !== pull.base) {
    const base = await repository.git.branch(input.base);
    if (base === null) throw new HttpError(422, "Validation Failed", { errors: [field("base", "invalid")] });
    changes["base"] = { ref: { from: pull.base }, sha: { from: pull.baseSha } };
    pull.base = input.base;
    pull.baseSha = base;
  }
  if (Object.keys(changes).length > 0) {
    pull.updatedAt = world.now();
    emitPull(world, repository, pull, "edited", account, { changes });
  }
  if (input.state === "closed" && pull.state === "open") closePull(world, repository, pull, account);
  if (input.state === "open" && pull.state === "closed") await reopen(world, repository, pull, account);
  return { status: 200, body: await wholePull(world, repository, pull) };
}

async function reopen(
  world: World,
  repository: Repository,
  pull: Pull,
  account: RepositoryCall["account"],
): Promise<void> {
  if (pull.merged !== null) throw invalid("PullRequest", "state", "The pull request cannot be reopened.");
  const head = await repository.git.branch(pull.headBranch);
  if (head === null) throw invalid("PullRequest", "state", `The ${pull.headBranch} branch has been deleted.`);
  pull.state = "open";
  pull.head = head;
  pull.baseSha = (await repository.git.branch(pull.base)) ?? pull.baseSha;
  pull.closedAt = null;
  pull.closedBy = null;
  pull.updatedAt = world.now();
  emitPull(world, repository, pull, "reopened", account);
}

const mergeInput = z.object({
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(["merge", "squash", "rebase"]).optional(),
});

async function merge({ world, repository, account, params, body }: RepositoryCall): Promise<Reply> {
  const input = parseBody(mergeInput, body);
  const pull = pullOf(repository, params["pull_number"]);
  const outcome = await mergePull(world, repository, pull, account, {
    method: input.merge_method ?? "merge",
    expectedHead: input.sha ?? null,
    title: input.commit_title ?? null,
    message: input.commit_message ?? null,
  });
  if (outcome.status === "merged") {
    return {
      status: 200,
      body: { sha: outcome.sha, merged: true, message: "Pull Request successfully merged" },
    };
  }
  throw new HttpError(outcome.status === "moved" ? 409 : 405, outcome.reason);
}
