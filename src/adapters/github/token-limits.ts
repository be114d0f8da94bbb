import type { Octokit } from "@octokit/rest";
import { ForgeError } from "../../ports/forge.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import { called } from "./directory.ts";
import { createGateway } from "./gateway.ts";
import { readPushRule } from "./push-rules.ts";
import type { WriteQueue } from "./queue.ts";

/** A limit of the token that Sluice runs with, and what would lift it; a sentence each, our own words. */
export interface TokenLimit {
  readonly what: string;
  readonly fix: string;
}

/** Whom the token of a workflow's job acts as. */
const ACTIONS = "github-actions[bot]";
const APP_TOKEN =
  "Give the action the token of a GitHub App of your own (docs/actions.md, “With an App's token”).";

/** What a token cannot do in a repository, as far as GitHub tells it to that token. Writes nothing. */
export async function limitsOfToken(
  client: { readonly octokit: Octokit; readonly queue: WriteQueue },
  repository: RepositoryId,
  login: string,
  branches: readonly string[],
): Promise<readonly TokenLimit[]> {
  const { octokit } = client;
  const where = { owner: repository.owner, repo: repository.name };
  const gateway = createGateway({ ...client, repository, login });
  const limits: TokenLimit[] =
    login === ACTIONS ? [...OF_ACTIONS, ...(await pullRequests(octokit, where))] : [];
  limits.push(...(await schedule(octokit, where)));
  for (const branch of branches) {
    const rule = await readPushRule(gateway, branch);
    if (rule.status === "free") continue;
    limits.push({
      what: `${login} may not commit to ${branch}: ${rule.reason}.`,
      fix: `Put the App on the bypass list of that rule${login === ACTIONS ? `; GitHub Actions itself cannot be put there. ${APP_TOKEN}` : "."}`,
    });
  }
  return limits;
}

const OF_ACTIONS: readonly TokenLimit[] = [
  {
    what: "Every workflow of this repository can write as github-actions[bot]: who wrote the state, or a commit of weights, cannot be proven.",
    fix: APP_TOKEN,
  },
  {
    what: "What this token pushes starts no workflow: a CI that applies manifests on push does not run for weights.",
    fix: `Let a GitOps tool apply the branch. Or: ${APP_TOKEN}`,
  },
  {
    what: "Gates that wait for a workflow of `on: push` never open on a weight: none runs for what this token pushes.",
    fix: `Use a hook, or a check of another system. Or: ${APP_TOKEN}`,
  },
  {
    what: "Teams among `approvers` cannot be asked for: whoever is allowed by a team alone is refused.",
    fix: `List people by their logins. Or: ${APP_TOKEN}`,
  },
];

type Where = { readonly owner: string; readonly repo: string };

async function pullRequests(octokit: Octokit, where: Where): Promise<readonly TokenLimit[]> {
  const fix =
    "Settings → Actions → General: tick “Allow GitHub Actions to create and approve pull requests”. Without it a rollback commits weight 0 alone, and the workload stays as it is.";
  const settings = await readable(() =>
    octokit.rest.actions.getGithubActionsDefaultWorkflowPermissionsRepository(where),
  );
  if (settings === null) {
    return [{ what: "Whether this token may open pull requests cannot be read; only an admin may.", fix }];
  }
  return settings.can_approve_pull_request_reviews
    ? []
    : [{ what: "This token may not open pull requests.", fix }];
}

/** GitHub stops the schedules of a public repository after 60 days without activity. */
async function schedule(octokit: Octokit, where: Where): Promise<readonly TokenLimit[]> {
  const known = await readable(() => octokit.rest.actions.listRepoWorkflows({ ...where, per_page: 100 }));
  if (known === null) return [];
  return known.workflows
    .filter(({ state }) => state === "disabled_inactivity")
    .map(({ path }) => ({
      what: `GitHub has stopped ${path}, as the repository was not active for 60 days.`,
      fix: "Enable it on the Actions page if it is Sluice's.",
    }));
}

/** null where this token may not read it. */
async function readable<T>(call: () => Promise<{ readonly data: T }>): Promise<T | null> {
  try {
    return (await called(call)).data;
  } catch (error) {
    if (error instanceof ForgeError && (error.code === "forbidden" || error.code === "not-found"))
      return null;
    throw error;
  }
}
