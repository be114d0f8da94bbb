import { z } from "zod";
import { signedCommit } from "../commits.ts";
import { HttpError, notFound } from "../errors.ts";
import { aheadBehind } from "../git/history.ts";
import { mergeTrees } from "../git/merge.ts";
import { numberParam, parseBody } from "../input.ts";
import { deploymentJson, deploymentStatusJson } from "../json/deployment.ts";
import type { Deployment, DeploymentStatus, Json } from "../model.ts";
import { moveRefs } from "../refs.ts";
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

const read: Need = { permission: "deployments", access: "read" };
const write: Need = { permission: "deployments", access: "write" };

export const deploymentRoutes: readonly Route[] = [
  repositoryRoute("GET", "deployments", read, listDeployments),
  repositoryRoute("POST", "deployments", write, createDeployment),
  repositoryRoute("GET", "deployments/{deployment_id}", read, async ({ world, repository, params }) => ({
    status: 200,
    body: deploymentJson(world, repository, deploymentOf(repository, params["deployment_id"])),
  })),
  repositoryRoute("GET", "deployments/{deployment_id}/statuses", read, async (call) => {
    const { world, repository, params } = call;
    const deployment = deploymentOf(repository, params["deployment_id"]);
    const { items, headers } = page(call, [...deployment.statuses].reverse());
    const body = items.map((status) => deploymentStatusJson(world, repository, deployment, status));
    return { status: 200, headers, body };
  }),
  repositoryRoute("POST", "deployments/{deployment_id}/statuses", write, createStatus),
];

function deploymentOf(repository: Repository, id: string | undefined): Deployment {
  const found = repository.deployments.get(numberParam(id));
  if (found === undefined) throw notFound();
  return found;
}

async function listDeployments(call: RepositoryCall): Promise<Reply> {
  const { world, repository, query } = call;
  const is = (name: string, value: string) => {
    const wanted = query.get(name);
    return wanted === null || wanted === "" || wanted === "none" || wanted === value;
  };
  const matching = [...repository.deployments.values()]
    .filter(
      (item) =>
        is("environment", item.environment) &&
        is("sha", item.sha) &&
        is("ref", item.ref) &&
        is("task", item.task),
    )
    .reverse();
  const { items, headers } = page(call, matching);
  return { status: 200, headers, body: items.map((item) => deploymentJson(world, repository, item)) };
}

const newDeployment = z.object({
  ref: z.string(),
  task: z.string().optional(),
  auto_merge: z.boolean().optional(),
  required_contexts: z.array(z.string()).optional(),
  payload: z.union([z.record(z.string(), z.json()), z.string()]).optional(),
  environment: z.string().optional(),
  description: z.string().nullable().optional(),
  transient_environment: z.boolean().optional(),
  production_environment: z.boolean().optional(),
});

async function createDeployment(call: RepositoryCall): Promise<Reply> {
  const { world, repository, account, actor, body } = call;
  const input = parseBody(newDeployment, body);
  const sha = await repository.git.resolve(input.ref);
  if (sha === null) throw new HttpError(422, `No ref found for: ${input.ref}`);
  if ((input.description ?? "").length > 140) {
    throw new HttpError(422, "Validation Failed", {
      errors: [{ resource: "Deployment", field: "description", code: "invalid" }],
    });
  }
  if (input.auto_merge !== false) {
    const merged = await mergeDefaultBranch(call, input.ref, sha);
    if (merged !== null) return merged;
  }
  assertContexts(repository, input.ref, sha, input.required_contexts);
  const environment = input.environment ?? "production";
  const payload: Json = input.payload ?? {};
  const deployment: Deployment = {
    id: world.id(),
    sha,
    ref: input.ref,
    task: input.task ?? "deploy",
    environment,
    description: input.description ?? null,
    payload,
    creator: account,
    viaApp: viaApp(actor),
    createdAt: world.now(),
    updatedAt: world.now(),
    transient: input.transient_environment ?? false,
    production: input.production_environment ?? environment === "production",
    statuses: [],
  };
  repository.deployments.set(deployment.id, deployment);
  const event = { action: "created", deployment: deploymentJson(world, repository, deployment) };
  world.webhooks.emit("deployment", repository, account, { ...event, workflow: null, workflow_run: null });
  return { status: 201, body: deploymentJson(world, repository, deployment) };
}

/** GitHub's default: a branch that lacks commits of the default branch gets them first, and no deployment. */
async function mergeDefaultBranch(
  { world, repository, account }: RepositoryCall,
  branch: string,
  head: string,
): Promise<Reply | null> {
  const base = await repository.git.branch(repository.defaultBranch);
  const ref = `refs/heads/${branch}`;
  if (base === null || (await repository.git.ref(ref)) !== head) return null;
  if ((await aheadBehind(repository.git, base, head)).behind === 0) return null;
  const conflict = new HttpError(409, `Conflict merging ${repository.defaultBranch} into ${branch}.`);
  const merged = await mergeTrees(repository.git, head, base);
  if (merged.status === "conflict") throw conflict;
  const commit = await signedCommit(world, repository, account, {
    tree: merged.tree,
    parents: [head, base],
    message: `Merge branch '${repository.defaultBranch}' into ${branch}`,
  });
  if ((await moveRefs(world, repository, account, [{ ref, before: head, after: commit.oid }])) === "moved") {
    throw conflict;
  }
  return {
    status: 202,
    body: { message: `Auto-merged ${repository.defaultBranch} into ${branch} on deployment.` },
  };
}

/** Absent: every check there is must have succeeded; else the named ones, which an empty list waives. */
function assertContexts(
  repository: Repository,
  ref: string,
  sha: string,
  required: readonly string[] | undefined,
): void {
  const latest = new Map(
    [...repository.checkRuns.values()].filter((run) => run.sha === sha).map((run) => [run.name, run]),
  );
  const unmet = (required ?? [...latest.keys()]).filter((name) => {
    const conclusion = latest.get(name)?.conclusion ?? null;
    return conclusion === null || !["success", "neutral", "skipped"].includes(conclusion);
  });
  if (unmet.length === 0) return;
  throw new HttpError(409, `Conflict: Commit status checks failed for ${ref}.`, {
    errors: unmet.map((context) => ({
      resource: "Deployment",
      field: "required_contexts",
      code: "invalid",
      context,
    })),
  });
}

const newStatus = z.object({
  state: z.enum(["error", "failure", "inactive", "in_progress", "queued", "pending", "success"]),
  target_url: z.string().optional(),
  log_url: z.string().optional(),
  description: z.string().optional(),
  environment: z.string().optional(),
  environment_url: z.string().optional(),
  auto_inactive: z.boolean().optional(),
});

async function createStatus(call: RepositoryCall): Promise<Reply> {
  const { world, repository, account, actor, params, body } = call;
  const input = parseBody(newStatus, body);
  const deployment = deploymentOf(repository, params["deployment_id"]);
  if ((input.description ?? "").length > 140) {
    throw new HttpError(422, "Validation Failed", {
      errors: [{ resource: "DeploymentStatus", field: "description", code: "invalid" }],
    });
  }
  const status: DeploymentStatus = {
    id: world.id(),
    state: input.state,
    description: input.description ?? "",
    environment: input.environment ?? deployment.environment,
    environmentUrl: input.environment_url ?? "",
    logUrl: input.log_url ?? input.target_url ?? "",
    creator: account,
    viaApp: viaApp(actor),
    createdAt: world.now(),
  };
  deployment.statuses.push(status);
  deployment.updatedAt = status.createdAt;
  // GitHub tells nobody of `inactive`.
  if (status.state !== "inactive") {
    world.webhooks.emit("deployment_status", repository, account, {
      action: "created",
      deployment: deploymentJson(world, repository, deployment),
      deployment_status: deploymentStatusJson(world, repository, deployment, status),
      check_run: null,
      workflow: null,
      workflow_run: null,
    });
  }
  if (status.state === "success" && input.auto_inactive !== false) retire(call, deployment);
  return { status: 201, body: deploymentStatusJson(world, repository, deployment, status) };
}

/** `auto_inactive`: earlier successful deployments of the environment, unless transient or production. */
function retire({ world, repository, account, actor }: RepositoryCall, newer: Deployment): void {
  for (const older of repository.deployments.values()) {
    const stays =
      older.id >= newer.id ||
      older.environment !== newer.environment ||
      older.transient ||
      older.production ||
      older.statuses.at(-1)?.state !== "success";
    if (stays) continue;
    older.statuses.push({
      id: world.id(),
      state: "inactive",
      description: "",
      environment: older.environment,
      environmentUrl: "",
      logUrl: "",
      creator: account,
      viaApp: viaApp(actor),
      createdAt: world.now(),
    });
  }
}
