import type { Deployment, DeploymentStatus, JsonObject } from "../model.ts";
import type { Repository } from "../repository.ts";
import type { World } from "../world.ts";
import { appJson } from "./app.ts";
import { iso, nodeId } from "./basics.ts";
import { repositoryApi } from "./repository.ts";
import { userJson } from "./user.ts";

/** `deployment`. */
export function deploymentJson(world: World, repository: Repository, deployment: Deployment): JsonObject {
  const { url } = world;
  const api = repositoryApi(url, repository);
  const self = `${api}/deployments/${deployment.id}`;
  return {
    url: self,
    id: deployment.id,
    node_id: nodeId("DE", deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userJson(url, deployment.creator),
    created_at: iso(deployment.createdAt),
    updated_at: iso(deployment.updatedAt),
    statuses_url: `${self}/statuses`,
    repository_url: api,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: deployment.viaApp === null ? null : appJson(world, deployment.viaApp),
  };
}

/** `deployment-status`. */
export function deploymentStatusJson(
  world: World,
  repository: Repository,
  deployment: Deployment,
  status: DeploymentStatus,
): JsonObject {
  const { url } = world;
  const api = repositoryApi(url, repository);
  const parent = `${api}/deployments/${deployment.id}`;
  return {
    url: `${parent}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId("DES", status.id),
    state: status.state,
    creator: userJson(url, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: iso(status.createdAt),
    updated_at: iso(status.createdAt),
    deployment_url: parent,
    repository_url: api,
    performed_via_github_app: status.viaApp === null ? null : appJson(world, status.viaApp),
  };
}
