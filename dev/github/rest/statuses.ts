import { z } from "zod";
import { HttpError } from "../errors.ts";
import { parseBody } from "../input.ts";
import { iso, nodeId } from "../json/basics.ts";
import { repositoryApi } from "../json/repository.ts";
import { userJson } from "../json/user.ts";
import type { CommitStatus, JsonObject } from "../model.ts";
import { type Need, page, type Reply, type RepositoryCall, type Route, repositoryRoute } from "../router.ts";

const read: Need = { permission: "statuses", access: "read" };
const write: Need = { permission: "statuses", access: "write" };

/** Commit statuses: what reports on a commit without being an App. */
export const statusRoutes: readonly Route[] = [
  repositoryRoute("GET", "commits/{ref}/statuses", read, listStatuses),
  repositoryRoute("POST", "statuses/{sha}", write, createStatus),
];

const newStatus = z.object({
  state: z.enum(["error", "failure", "pending", "success"]),
  target_url: z.string().nullable().optional(),
  description: z.string().max(140).nullable().optional(),
  context: z.string().optional(),
});

async function createStatus(call: RepositoryCall): Promise<Reply> {
  const { world, repository, account, params, body } = call;
  const input = parseBody(newStatus, body);
  const sha = params["sha"] ?? "";
  if ((await repository.git.commit(sha)) === null)
    throw new HttpError(422, `No commit found for SHA: ${sha}`);
  const status: CommitStatus = {
    id: world.id(),
    sha,
    context: input.context ?? "default",
    state: input.state,
    description: input.description ?? null,
    targetUrl: input.target_url ?? null,
    creator: account,
    createdAt: world.now(),
  };
  repository.statuses.push(status);
  return { status: 201, body: statusJson(call, status) };
}

async function listStatuses(call: RepositoryCall): Promise<Reply> {
  const { repository, params } = call;
  const sha = await repository.git.resolve(params["ref"] ?? "");
  if (sha === null) throw new HttpError(422, `No commit found for SHA: ${params["ref"] ?? ""}`);
  const all = repository.statuses.filter((status) => status.sha === sha).reverse();
  const { items, headers } = page(call, all);
  return { status: 200, headers, body: items.map((status) => statusJson(call, status)) };
}

/** `status`. */
function statusJson({ world: { url }, repository }: RepositoryCall, status: CommitStatus): JsonObject {
  return {
    url: `${repositoryApi(url, repository)}/statuses/${status.sha}`,
    avatar_url: `${url}/avatars/${status.creator.id}`,
    id: status.id,
    node_id: nodeId("SC", status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: iso(status.createdAt),
    updated_at: iso(status.createdAt),
    creator: userJson(url, status.creator),
  };
}
