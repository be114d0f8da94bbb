import { notFound } from "../errors.ts";
import { commitJson } from "../json/commit.ts";
import { fullRepositoryJson, permissionFlags, repositoryApi, repositoryHtml } from "../json/repository.ts";
import { publicUserJson, userJson } from "../json/user.ts";
import type { JsonObject, Role } from "../model.ts";
import { type Need, page, type RepositoryCall, type Route, repositoryRoute } from "../router.ts";

const metadata: Need = { permission: "metadata", access: "read" };
const contents: Need = { permission: "contents", access: "read" };

const readRepository = async ({ world, actor, repository }: RepositoryCall) => ({
  status: 200,
  body: fullRepositoryJson(
    world.url,
    repository,
    actor.kind === "user" ? repository.roleOf(actor.account.login) : null,
  ),
});

/** What `permission` says for a role: it knows only four. */
const collapsed: Readonly<Record<Role, string>> = {
  none: "none",
  read: "read",
  triage: "read",
  write: "write",
  maintain: "write",
  admin: "admin",
};

export const repositoryRoutes: readonly Route[] = [
  repositoryRoute("GET", "", metadata, readRepository),
  repositoryRoute("GET", "/repositories/{repository_id}", metadata, readRepository),
  repositoryRoute("GET", "branches", contents, async (call) => {
    const { world, repository } = call;
    const all = await repository.git.refs("refs/heads/");
    const { items, headers } = page(call, all);
    return {
      status: 200,
      headers,
      body: items.map(({ ref, oid }) => {
        const name = ref.slice("refs/heads/".length);
        return {
          name,
          commit: { sha: oid, url: `${repositoryApi(world.url, repository)}/commits/${oid}` },
          protected: repository.rules.has(name),
        };
      }),
    };
  }),
  repositoryRoute("GET", "branches/{branch}", contents, async ({ world, repository, params }) => {
    const name = params["branch"] ?? "";
    const head = await repository.git.branch(name);
    const commit = head === null ? null : await repository.git.commit(head);
    if (commit === null) throw Object.assign(notFound(), { message: "Branch not found" });
    const self = `${repositoryApi(world.url, repository)}/branches/${encodeURIComponent(name)}`;
    return {
      status: 200,
      body: {
        name,
        commit: commitJson(world, repository, commit),
        _links: { self, html: `${repositoryHtml(world.url, repository)}/tree/${encodeURIComponent(name)}` },
        protected: repository.rules.has(name),
        protection: protectionJson(
          requiredChecksJson(repository.rules.get(name)?.requiredChecks ?? []),
          repository.rules.has(name),
        ),
        protection_url: `${self}/protection`,
      },
    };
  }),
  repositoryRoute(
    "GET",
    "collaborators/{username}/permission",
    metadata,
    async ({ world, repository, params }) => {
      const account = world.account(params["username"] ?? "");
      const role = repository.roleOf(account.login);
      return {
        status: 200,
        body: {
          permission: collapsed[role],
          role_name: role,
          user: {
            ...userJson(world.url, account),
            permissions: permissionFlags(role),
            role_name: role,
          },
        },
      };
    },
  ),
  {
    method: "GET",
    template: "/users/{username}",
    handle: async ({ world, params }) => ({
      status: 200,
      body: publicUserJson(world.url, world.account(params["username"] ?? "")),
    }),
  },
];

function requiredChecksJson(checks: readonly string[]): JsonObject {
  return {
    enforcement_level: checks.length === 0 ? "off" : "everyone",
    contexts: checks,
    checks: checks.map((context) => ({ context, app_id: null })),
  };
}

function protectionJson(required: JsonObject, enabled: boolean): JsonObject {
  return { enabled, required_status_checks: required };
}
