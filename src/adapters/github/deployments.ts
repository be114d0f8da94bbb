import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import { type DeploymentFacts, type DeploymentState, type Forge, ForgeError } from "../../ports/forge.ts";
import type { Gateway } from "./gateway.ts";
import { oneLine } from "./text.ts";

type Deployment = Awaited<ReturnType<Octokit["rest"]["repos"]["getDeployment"]>>["data"];

const DESCRIPTION_LIMIT = 140;

export async function readDeployments(
  gateway: Gateway,
  environment: string,
  limit: number,
): Promise<readonly DeploymentFacts[]> {
  const found = await gateway.read(() => {
    let seen = 0;
    return gateway.octokit.paginate(
      gateway.octokit.rest.repos.listDeployments,
      { ...gateway.repo, environment, per_page: Math.min(limit, 100) },
      ({ data }, done) => {
        seen += data.length;
        if (seen >= limit) {
          done();
        }
        return data;
      },
    );
  });
  return Promise.all(
    found
      .slice(0, limit)
      .map(async (deployment) => factsOf(deployment, await stateOf(gateway, deployment.id))),
  );
}

/**
 * GitHub's defaults would merge the default branch into `ref` and refuse while any status is not green; neither is
 * wanted for a commit that is already being released.
 */
export async function createDeployment(
  gateway: Gateway,
  request: {
    readonly ref: string;
    readonly environment: string;
    readonly description: string;
    readonly payload: Readonly<Record<string, string>>;
  },
): Promise<DeploymentFacts> {
  const { data } = await gateway.write("state", () =>
    gateway.octokit.rest.repos.createDeployment({
      ...gateway.repo,
      ref: request.ref,
      environment: request.environment,
      description: oneLine(request.description, DESCRIPTION_LIMIT),
      payload: { ...request.payload },
      auto_merge: false,
      required_contexts: [],
    }),
  );
  if (!("id" in data)) {
    throw new ForgeError("invalid", "GitHub accepted a deployment and made none");
  }
  return factsOf(data, null);
}

export async function setDeploymentStatus(
  gateway: Gateway,
  id: number,
  status: Parameters<Forge["deploymentStatus"]>[1],
): Promise<void> {
  await gateway.write("check", () =>
    gateway.octokit.rest.repos.createDeploymentStatus({
      ...gateway.repo,
      deployment_id: id,
      state: status.state,
      description: oneLine(status.description, DESCRIPTION_LIMIT),
      auto_inactive: status.retires,
      ...(status.url === null ? {} : { environment_url: status.url }),
    }),
  );
}

/** GitHub lists statuses newest first. */
async function stateOf(gateway: Gateway, id: number): Promise<DeploymentState | null> {
  const { data } = await gateway.read(() =>
    gateway.octokit.rest.repos.listDeploymentStatuses({
      ...gateway.repo,
      deployment_id: id,
      per_page: 1,
    }),
  );
  const state = data[0]?.state;
  return state === undefined ? null : stateIn(state);
}

function stateIn(state: string): DeploymentState {
  switch (state) {
    case "queued":
    case "in_progress":
    case "success":
    case "failure":
    case "error":
    case "inactive":
      return state;
    default:
      // "pending", and "waiting" for somebody's approval.
      return "pending";
  }
}

function factsOf(deployment: Deployment, state: DeploymentState | null): DeploymentFacts {
  return {
    id: deployment.id,
    commit: deployment.sha,
    environment: deployment.environment,
    description: deployment.description ?? "",
    creator: deployment.creator?.login ?? "ghost",
    createdAt: Date.parse(deployment.created_at),
    state,
    ...imageIn(deployment.payload),
  };
}

/** GitHub gives it as it was sent: an object, or text, which some tools write JSON into. */
function imageIn(payload: unknown): { readonly image?: string } {
  const said = typeof payload === "string" ? parsed(payload) : payload;
  const { success, data } = payloadShape.safeParse(said);
  return success && data.image !== undefined ? { image: data.image } : {};
}

const payloadShape = z.object({ image: z.string().max(1000).optional() });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
