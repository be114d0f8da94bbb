import { z } from "zod";
import { authenticate } from "./auth.ts";
import { HttpError, ProtectedBranchError } from "./errors.ts";
import { executeGraphql } from "./graphql/execute.ts";
import { etagOf } from "./http.ts";
import type { Actor, Json, JsonObject } from "./model.ts";
import { type Budget, type RateLimits, rateLimitHeaders } from "./rate-limit.ts";
import { actionsRoutes } from "./rest/actions.ts";
import { appRoutes } from "./rest/app.ts";
import { checkRoutes } from "./rest/checks.ts";
import { commentRoutes } from "./rest/comments.ts";
import { commitRoutes } from "./rest/commits.ts";
import { contentsRoutes } from "./rest/contents.ts";
import { deploymentRoutes } from "./rest/deployments.ts";
import { dispatchRoutes } from "./rest/dispatches.ts";
import { gitDataRoutes } from "./rest/git-data.ts";
import { labelRoutes } from "./rest/labels.ts";
import { pullRoutes } from "./rest/pulls.ts";
import { repositoryRoutes } from "./rest/repository.ts";
import { statusRoutes } from "./rest/statuses.ts";
import { bySpecificity, decodeParams, type Reply, type Route, templatePattern } from "./router.ts";
import type { World } from "./world.ts";

export const routes: readonly Route[] = [
  ...actionsRoutes,
  ...appRoutes,
  ...checkRoutes,
  ...commentRoutes,
  ...commitRoutes,
  ...contentsRoutes,
  ...deploymentRoutes,
  ...dispatchRoutes,
  ...gitDataRoutes,
  ...labelRoutes,
  ...pullRoutes,
  ...repositoryRoutes,
  ...statusRoutes,
].sort(bySpecificity);

const table = routes.map((route) => ({ route, pattern: templatePattern(route.template) }));
const documentation = "https://docs.github.com/rest";

export interface Incoming {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly body: string;
}
export interface Outgoing {
  readonly reply: Reply;
  readonly text: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Who asked; null when nobody could be told. */
  readonly actor: Actor | null;
}

/** Answers one request. Never throws for what a caller can do wrong. */
export async function dispatch(
  world: World,
  limits: RateLimits,
  incoming: Incoming,
  unknown: (what: string) => void,
): Promise<Outgoing> {
  let actor: Actor | null = null;
  const [path = "/"] = incoming.url.split("?");
  const resource: Budget["resource"] = path === "/graphql" ? "graphql" : "core";
  let reply: Reply;
  try {
    // Nobody is signed in yet: the code is all there is.
    const code = /^\/app-manifests\/([^/]+)\/conversions$/.exec(path)?.[1];
    if (code !== undefined && incoming.method === "POST") {
      const body = world.manifests.convert(world, code);
      return { reply: { status: 201, body }, text: JSON.stringify(body), headers: {}, actor };
    }
    actor = authenticate(world, incoming.authorization);
    if (path !== "/rate_limit" && !limits.spend(actor, resource)) throw exhausted(actor);
    const body = parseJson(incoming.body);
    reply =
      path === "/graphql"
        ? await answerGraphql(world, limits, actor, body, unknown)
        : path === "/rate_limit"
          ? { status: 200, body: rateLimitJson(limits, actor) }
          : await answerRest(world, actor, incoming, path, body, unknown);
  } catch (error) {
    reply = errorReply(error);
  }
  const text = reply.body === undefined ? null : JSON.stringify(reply.body);
  const etag = incoming.method === "GET" && reply.status === 200 && text !== null ? etagOf(text) : null;
  const unchanged = etag !== null && incoming.ifNoneMatch?.split(/,\s*/).includes(etag) === true;
  if (unchanged && actor !== null) limits.giveBack(actor, resource);
  const headers = {
    ...(actor === null ? {} : rateLimitHeaders(limits.look(actor, resource))),
    ...(etag === null ? {} : { etag }),
  };
  if (unchanged) return { reply: { ...reply, status: 304 }, text: null, headers, actor };
  return { reply, text, headers, actor };
}

async function answerRest(
  world: World,
  actor: Actor,
  incoming: Incoming,
  path: string,
  body: unknown,
  unknown: (what: string) => void,
): Promise<Reply> {
  const method = incoming.method === "HEAD" ? "GET" : incoming.method;
  for (const { route, pattern } of table) {
    const match = route.method === method ? pattern.exec(path) : null;
    if (match === null) continue;
    const params = decodeParams(match.groups);
    const query = new URLSearchParams(incoming.url.slice(path.length + 1));
    return route.handle({ world, actor, method, path, params, query, body });
  }
  unknown(`${incoming.method} ${path}`);
  throw new HttpError(404, `THIS LOCAL GITHUB HAS NO ENDPOINT ${incoming.method} ${path}`);
}

const graphqlBody = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullable().optional(),
  operationName: z.string().nullable().optional(),
});

async function answerGraphql(
  world: World,
  limits: RateLimits,
  actor: Actor,
  body: unknown,
  unknown: (what: string) => void,
): Promise<Reply> {
  if (actor.kind === "app") throw new HttpError(401, "A JSON web token could not be decoded");
  const request = graphqlBody.safeParse(body);
  if (!request.success) throw new HttpError(400, "A query attribute must be specified and must be a string.");
  const budget = limits.look(actor, "graphql");
  const result = await executeGraphql(request.data, { world, actor, budget, unknown });
  return { status: 200, body: result as JsonObject };
}

function rateLimitJson(limits: RateLimits, actor: Actor): JsonObject {
  const { resource: _core, ...core } = limits.look(actor, "core");
  const { resource: _graphql, ...graphql } = limits.look(actor, "graphql");
  const search = { limit: 30, used: 0, remaining: 30, reset: core.reset };
  return { resources: { core, graphql, search }, rate: core };
}

function parseJson(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(400, "Problems parsing JSON");
  }
}

function exhausted(actor: Actor): HttpError {
  const who = actor.kind === "installation" ? ` for installation ID ${actor.installation.id}` : "";
  return new HttpError(403, `API rate limit exceeded${who}.`);
}

function errorReply(error: unknown): Reply {
  if (error instanceof ProtectedBranchError) return errorReply(new HttpError(422, error.message));
  if (!(error instanceof HttpError)) {
    console.error("dev/github: a request failed in the server itself:", error);
    return {
      status: 500,
      body: { message: "Server Error", documentation_url: documentation, status: "500" },
    };
  }
  const body: Json = {
    message: error.message,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    documentation_url: documentation,
    status: String(error.status),
  };
  return { status: error.status, body, headers: error.headers };
}
