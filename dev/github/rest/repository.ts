import { forbidden, notFound } from "../errors.ts";
import { isAncestor } from "../git/history.ts";
import { zeroOid } from "../git/store.ts";
import { iso, nodeId } from "../json/basics.ts";
import { commitJson } from "../json/commit.ts";
import { fullRepositoryJson, permissionFlags, repositoryApi, repositoryHtml } from "../json/repository.ts";
import { publicUserJson, userJson } from "../json/user.ts";
import type { Activity, BranchRule, JsonObject, Role } from "../model.ts";
import type { Repository } from "../repository.ts";
import { type Need, page, type RepositoryCall, type Route, repositoryRoute } from "../router.ts";
import type { World } from "../world.ts";

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
  repositoryRoute("GET", "rules/branches/{branch}", metadata, async ({ repository, params }) => {
    const rule = repository.rules.get(params["branch"] ?? "");
    return { status: 200, body: rule?.ruleset === true ? rulesJson(repository, rule) : [] };
  }),
  repositoryRoute(
    "GET",
    "rulesets/{ruleset_id}",
    metadata,
    async ({ world, repository, account, params }) => {
      const [branch, rule] = [...repository.rules][Number(params["ruleset_id"]) - 1] ?? [];
      if (rule?.ruleset !== true || branch === undefined) throw notFound();
      const passes = rule.bypass?.includes(account.login) === true;
      return {
        status: 200,
        body: {
          id: Number(params["ruleset_id"]),
          name: `rules of ${branch}`,
          target: "branch",
          source_type: "Repository",
          source: repository.fullName,
          enforcement: "active",
          current_user_can_bypass: passes ? "always" : "never",
          created_at: iso(world.now()),
          updated_at: iso(world.now()),
        },
      };
    },
  ),
  repositoryRoute("GET", "activity", contents, async (call) => {
    const { world, repository, query } = call;
    const ref = query.get("ref");
    const wanted = ref === null || ref.startsWith("refs/") ? ref : `refs/heads/${ref}`;
    const all = repository.activity.filter((one) => wanted === null || one.ref === wanted).reverse();
    // Pages go by a cursor, which here is the last entry's id.
    const after = Number(query.get("after") ?? 0);
    const from = after === 0 ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(from, from + Math.min(Number(query.get("per_page") ?? 30), 100));
    const last = items.at(-1);
    const next = new URLSearchParams(query);
    next.set("after", String(last?.id ?? 0));
    const more = last !== undefined && last !== all.at(-1);
    return {
      status: 200,
      headers: more ? { link: `<${world.url}${call.path}?${next}>; rel="next"` } : {},
      body: await Promise.all(items.map((one) => activityJson(world, repository, one))),
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
    template: "/orgs/{org}/teams/{team_slug}/memberships/{username}",
    handle: async ({ world, actor, path, params }) => {
      const { org = "", team_slug: slug = "", username = "" } = params;
      const ours = actor.kind === "installation" && actor.installation.account.login === org;
      if (!ours || actor.permissions["members"] === undefined) throw forbidden();
      const state = world.teams.get(`${org}/${slug}`.toLowerCase())?.get(username.toLowerCase());
      if (state === undefined) throw notFound();
      return { status: 200, body: { url: `${world.url}${path}`, role: "member", state } };
    },
  },
  {
    method: "GET",
    template: "/users/{username}",
    handle: async ({ world, params }) => ({
      status: 200,
      body: publicUserJson(world.url, world.account(params["username"] ?? "")),
    }),
  },
];

async function activityJson(world: World, repository: Repository, one: Activity): Promise<JsonObject> {
  const { id, ref, before, after, at, actor } = one;
  return {
    id,
    node_id: nodeId("PSH", String(id)),
    before: before ?? zeroOid,
    after: after ?? zeroOid,
    ref,
    timestamp: iso(at),
    activity_type: await activityType(repository, one),
    actor: userJson(world.url, actor),
  };
}

async function activityType(repository: Repository, { before, after, merge }: Activity): Promise<string> {
  if (after === null) return "branch_deletion";
  if (before === null) return "branch_creation";
  if (merge) return "pr_merge";
  return (await isAncestor(repository.git, before, after)) ? "push" : "force_push";
}

/** As many as a rule of the model comes to; rulesets are numbered by their branch. */
function rulesJson(repository: Repository, rule: BranchRule): readonly JsonObject[] {
  const of = {
    ruleset_source_type: "Repository",
    ruleset_source: repository.fullName,
    ruleset_id: [...repository.rules.values()].indexOf(rule) + 1,
  };
  const reviews = {
    dismiss_stale_reviews_on_push: true,
    require_code_owner_review: false,
    require_last_push_approval: false,
    required_approving_review_count: rule.requiredReviews ?? 0,
    required_review_thread_resolution: false,
  };
  const checks = {
    required_status_checks: (rule.requiredChecks ?? []).map((context) => ({ context })),
    strict_required_status_checks_policy: false,
  };
  return [
    ...(rule.requirePullRequest === false ? [] : [{ type: "pull_request", parameters: reviews, ...of }]),
    ...(rule.restrictUpdates === true ? [{ type: "update", ...of }] : []),
    ...(rule.requiredChecks ? [{ type: "required_status_checks", parameters: checks, ...of }] : []),
    ...(rule.mergeQueue === true ? [{ type: "merge_queue", ...of }] : []),
  ];
}

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
