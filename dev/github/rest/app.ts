import { z } from "zod";
import { HttpError, notFound } from "../errors.ts";
import { parseBody } from "../input.ts";
import { appJson, installationJson } from "../json/app.ts";
import { iso } from "../json/basics.ts";
import { fullRepositoryJson, repositoryJson } from "../json/repository.ts";
import type { Installation, JsonObject, Permissions } from "../model.ts";
import { type Call, page, type Reply, type Route } from "../router.ts";
import type { Delivery } from "../webhooks.ts";
import type { World } from "../world.ts";

const tokenRequest = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.enum(["read", "write"])).optional(),
});

/** The App's own endpoints: authenticated by its JSON web token, except for the last. */
export const appRoutes: readonly Route[] = [
  appRoute("GET", "/app", async ({ world }) => ({ status: 200, body: appJson(world) })),
  appRoute("GET", "/app/installations", async (call) => {
    const { items, headers } = page(call, [...call.world.installations.values()]);
    return { status: 200, headers, body: items.map((item) => installationJson(call.world, item)) };
  }),
  appRoute("GET", "/app/installations/{installation_id}", async ({ world, params }) => ({
    status: 200,
    body: installationJson(world, installationById(world, params["installation_id"])),
  })),
  appRoute("GET", "/repos/{owner}/{repo}/installation", async ({ world, actor, params }) => {
    const repository = world.repository(actor, params["owner"] ?? "", params["repo"] ?? "");
    return { status: 200, body: installationJson(world, world.installationOf(repository.owner)) };
  }),
  appRoute("POST", "/app/installations/{installation_id}/access_tokens", async (call) => createToken(call)),
  appRoute("GET", "/app/hook/config", async ({ world }) => {
    const { url } = world.webhooks;
    const config = { content_type: "json", insecure_ssl: "0", secret: "********" };
    return { status: 200, body: url === null ? config : { ...config, url } };
  }),
  appRoute("GET", "/app/hook/deliveries", async (call) => {
    const { items, headers } = page(call, [...call.world.webhooks.deliveries].reverse());
    return {
      status: 200,
      headers,
      body: items.map(deliveryJson),
    };
  }),
  appRoute("GET", "/app/hook/deliveries/{delivery_id}", async ({ world, params }) => {
    const found = world.webhooks.deliveries.find(({ id }) => String(id) === params["delivery_id"]);
    if (found === undefined) throw notFound();
    const request = { headers: { "X-GitHub-Delivery": found.guid }, payload: found.payload };
    const response = { headers: null, payload: null };
    return { status: 200, body: { ...deliveryJson(found), url: "", request, response } };
  }),
  appRoute("POST", "/app/hook/deliveries/{delivery_id}/attempts", async ({ world, params }) => {
    if (world.webhooks.redeliver(Number(params["delivery_id"])) === null) throw notFound();
    return { status: 202, body: {} };
  }),
  {
    method: "GET",
    template: "/installation/repositories",
    handle: async (call) => {
      const { actor, world } = call;
      if (actor.kind !== "installation")
        throw new HttpError(403, "Resource not accessible by personal access token");
      const seen = world.repositories.filter((repository) => world.sees(actor, repository));
      const { items, headers } = page(call, seen);
      return {
        status: 200,
        headers,
        body: {
          total_count: seen.length,
          repository_selection: actor.repositories === null ? "all" : "selected",
          repositories: items.map((repository) => repositoryJson(world.url, repository)),
        },
      };
    },
  },
];

function appRoute(method: string, template: string, handle: (call: Call) => Promise<Reply>): Route {
  return {
    method,
    template,
    handle: async (call) => {
      if (call.actor.kind !== "app") throw new HttpError(401, "A JSON web token could not be decoded");
      return handle(call);
    },
  };
}

function deliveryJson(delivery: Delivery): JsonObject {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: iso(delivery.deliveredAt),
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status:
      delivery.error ?? (delivery.status !== null && delivery.status < 300 ? "OK" : "Invalid HTTP Response"),
    status_code: delivery.status ?? 0,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function installationById(world: World, id: string | undefined): Installation {
  const found = [...world.installations.values()].find((installation) => String(installation.id) === id);
  if (found === undefined) throw notFound();
  return found;
}

async function createToken({ world, params, body }: Call): Promise<Reply> {
  const installation = installationById(world, params["installation_id"]);
  const wanted = parseBody(tokenRequest, body);
  const permissions: Permissions = wanted.permissions ?? world.app.permissions;
  for (const [name, access] of Object.entries(permissions)) {
    const granted = world.app.permissions[name];
    if (granted === undefined || (granted === "read" && access === "write")) {
      throw new HttpError(422, "The permissions requested are not granted to this installation.");
    }
  }
  const own = world.repositories.filter((repository) => repository.owner.id === installation.account.id);
  const chosen = own.filter(
    (repository) =>
      wanted.repositories?.includes(repository.name) === true ||
      wanted.repository_ids?.includes(repository.id) === true,
  );
  const narrowed = wanted.repositories !== undefined || wanted.repository_ids !== undefined;
  if (narrowed && chosen.length < (wanted.repositories ?? wanted.repository_ids ?? []).length) {
    throw new HttpError(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  const { token, expiresAt } = world.installationToken(
    installation,
    permissions,
    narrowed ? new Set(chosen.map((repository) => repository.id)) : null,
  );
  return {
    status: 201,
    body: {
      token,
      expires_at: iso(expiresAt),
      permissions,
      repository_selection: narrowed ? "selected" : "all",
      ...(narrowed
        ? { repositories: chosen.map((repository) => fullRepositoryJson(world.url, repository, null)) }
        : {}),
    },
  };
}
