import { z } from "zod";
import { notFound } from "../errors.ts";
import { parseBody } from "../input.ts";
import { issueJson } from "../json/comment.ts";
import { labelJson } from "../json/pull.ts";
import type { Label } from "../model.ts";
import { type Need, page, type Reply, type RepositoryCall, type Route, repositoryRoute } from "../router.ts";
import { pullOf } from "./pulls.ts";

const read: Need = { permission: "issues", access: "read" };
const write: Need = { permission: "issues", access: "write", role: "triage" };

export const labelRoutes: readonly Route[] = [
  repositoryRoute("GET", "labels", read, async (call) => {
    const { items, headers } = page(call, [...call.repository.labels.values()]);
    const body = items.map((label) => labelJson(call.world.url, call.repository, label));
    return { status: 200, headers, body };
  }),
  repositoryRoute("GET", "issues/{issue_number}/labels", read, async (call) => {
    const pull = pullOf(call.repository, call.params["issue_number"]);
    const { items, headers } = page(call, pull.labels);
    const body = items.map((label) => labelJson(call.world.url, call.repository, label));
    return { status: 200, headers, body };
  }),
  repositoryRoute("POST", "issues/{issue_number}/labels", write, addLabels),
  repositoryRoute("DELETE", "issues/{issue_number}/labels/{name}", write, async (call) => {
    const pull = pullOf(call.repository, call.params["issue_number"]);
    const at = pull.labels.findIndex((label) => label.name === call.params["name"]);
    if (at < 0) throw Object.assign(notFound(), { message: "Label does not exist" });
    pull.labels.splice(at, 1);
    return {
      status: 200,
      body: pull.labels.map((label) => labelJson(call.world.url, call.repository, label)),
    };
  }),
  repositoryRoute("POST", "issues/{issue_number}/assignees", write, addAssignees),
];

async function addLabels({ world, repository, params, body }: RepositoryCall): Promise<Reply> {
  const names = z.object({ labels: z.array(z.union([z.string(), z.object({ name: z.string() })])) });
  const input = parseBody(names, Array.isArray(body) ? { labels: body } : body);
  const pull = pullOf(repository, params["issue_number"]);
  for (const item of input.labels) {
    const name = typeof item === "string" ? item : item.name;
    const known: Label = repository.labels.get(name.toLowerCase()) ?? {
      id: world.id(),
      name,
      color: "ededed",
      description: null,
    };
    repository.labels.set(name.toLowerCase(), known);
    if (!pull.labels.includes(known)) pull.labels.push(known);
  }
  pull.updatedAt = world.now();
  return { status: 200, body: pull.labels.map((label) => labelJson(world.url, repository, label)) };
}

/** Logins that may not be assigned are ignored, as GitHub does. */
async function addAssignees({ world, repository, params, body }: RepositoryCall): Promise<Reply> {
  const { assignees = [] } = parseBody(z.object({ assignees: z.array(z.string()).optional() }), body);
  const pull = pullOf(repository, params["issue_number"]);
  for (const login of assignees) {
    const account = world.accounts.get(login.toLowerCase());
    const may = account !== undefined && !["none", "read"].includes(repository.roleOf(account.login));
    if (may && !pull.assignees.includes(account)) pull.assignees.push(account);
  }
  pull.updatedAt = world.now();
  return { status: 201, body: issueJson(world, repository, pull) };
}
