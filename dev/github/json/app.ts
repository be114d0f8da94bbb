import type { AppFacts, Installation, JsonObject, Permissions } from "../model.ts";
import type { World } from "../world.ts";
import { iso, nodeId } from "./basics.ts";
import { userJson } from "./user.ts";

/** GitHub's number for the App behind the token of a job. */
const ACTIONS_APP = 15_368;

/** `integration`: of ours, of the one behind a job's token, or of another on the same GitHub. */
export function appJson(world: World, slug: string = world.app.slug): JsonObject {
  const { app, url } = world;
  const ours = slug === app.slug;
  const actions = slug === "github-actions";
  const id = ours ? app.appId : actions ? ACTIONS_APP : app.appId + 1;
  return {
    id,
    client_id: ours ? app.clientId : `Iv1.${slug}`,
    slug,
    node_id: nodeId("A", id),
    owner: userJson(url, world.account(ours ? "sluice-maintainers" : "github")),
    name: ours ? "Sluice" : actions ? "GitHub Actions" : slug,
    description: null,
    external_url: `${url}/apps/${slug}`,
    html_url: `${url}/apps/${slug}`,
    created_at: iso(world.bot.createdAt),
    updated_at: iso(world.bot.createdAt),
    permissions: app.permissions,
    events: app.events,
  };
}

/** `installation`. */
export function installationJson(world: World, installation: Installation): JsonObject {
  const { app, url } = world;
  const { account } = installation;
  const organization = account.type === "Organization";
  return {
    id: installation.id,
    client_id: app.clientId,
    account: userJson(url, account),
    repository_selection: "all",
    access_tokens_url: `${url}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${url}/installation/repositories`,
    html_url: organization
      ? `${url}/organizations/${account.login}/settings/installations/${installation.id}`
      : `${url}/settings/installations/${installation.id}`,
    app_id: app.appId,
    app_slug: app.slug,
    target_id: account.id,
    target_type: organization ? "Organization" : "User",
    permissions: app.permissions,
    events: app.events,
    created_at: iso(installation.createdAt),
    updated_at: iso(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}

/** What the App asks for when it is not told otherwise: what its manifest asks for. */
export const defaultPermissions: Permissions = {
  checks: "write",
  contents: "write",
  deployments: "write",
  issues: "write",
  members: "read",
  metadata: "read",
  pull_requests: "write",
  statuses: "read",
};

export const defaultEvents: AppFacts["events"] = [
  "check_run",
  "deployment",
  "deployment_status",
  "repository_dispatch",
  "issue_comment",
  "pull_request",
  "push",
];
