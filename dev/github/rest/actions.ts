import { iso, nodeId } from "../json/basics.ts";
import { repositoryApi, repositoryHtml } from "../json/repository.ts";
import { page, type Route, repositoryRoute } from "../router.ts";

/** The settings of GitHub Actions, and its workflows. */
export const actionsRoutes: readonly Route[] = [
  repositoryRoute(
    "GET",
    "actions/permissions/workflow",
    { permission: "administration", access: "read", role: "admin" },
    async ({ repository }) => ({
      status: 200,
      body: {
        default_workflow_permissions: "read",
        can_approve_pull_request_reviews: repository.actions.mayOpenPulls,
      },
    }),
  ),
  repositoryRoute("GET", "actions/workflows", { permission: "actions", access: "read" }, async (call) => {
    const { world, repository } = call;
    const api = repositoryApi(world.url, repository);
    const html = repositoryHtml(world.url, repository);
    const { items, headers } = page(call, [...repository.actions.workflows]);
    return {
      status: 200,
      headers,
      body: {
        total_count: repository.actions.workflows.size,
        workflows: items.map(([path, { id, state }]) => ({
          id,
          node_id: nodeId("W", id),
          name: path,
          path,
          state,
          created_at: iso(repository.createdAt),
          updated_at: iso(repository.createdAt),
          url: `${api}/actions/workflows/${id}`,
          html_url: `${html}/blob/${repository.defaultBranch}/${path}`,
          badge_url: `${html}/workflows/${path}/badge.svg`,
        })),
      },
    };
  }),
];
