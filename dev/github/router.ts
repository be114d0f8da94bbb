import { forbidden, HttpError, notFound } from "./errors.ts";
import { type Access, type Account, type Actor, type AppSlug, type Json, type Role, roles } from "./model.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

export interface Call {
  readonly world: World;
  readonly actor: Actor;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}
export interface RepositoryCall extends Call {
  readonly repository: Repository;
  /** Who acts: the App's bot or a person. */
  readonly account: Account;
}
export interface Reply {
  readonly status: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  /** As in GitHub's OpenAPI description: `/repos/{owner}/{repo}/git/ref/{ref}`. */
  readonly template: string;
  readonly handle: (call: Call) => Promise<Reply>;
}

/** A path template as a pattern; refs, paths, branches and comparisons may hold slashes, escaped or not. */
export function templatePattern(template: string): RegExp {
  const source = template
    .split(/(\{\w+\})/)
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      if (name === undefined) return part.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
      return /^(ref|path|basehead|branch)$/.test(name) ? `(?<${name}>.+?)` : `(?<${name}>[^/]+)`;
    })
    .join("")
    // The root folder: octokit sends no empty last part.
    .replace("/(?<path>.+?)", "(?:/(?<path>.*?))?");
  return new RegExp(`^${source}$`);
}

/** More literal parts first, so that `pulls/{n}/files` is not taken by a longer parameter. */
export function bySpecificity(a: { template: string }, b: { template: string }): number {
  const literals = (template: string) => template.split("/").filter((part) => !part.includes("{")).length;
  return literals(b.template) - literals(a.template);
}

export function decodeParams(
  groups: Readonly<Record<string, string | undefined>> | undefined,
): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value ?? "")]),
    );
  } catch {
    throw notFound();
  }
}

/** The App by which somebody acts; null for a person's own token. */
export function viaApp(actor: Actor): AppSlug | null {
  return actor.kind === "installation" ? actor.app : null;
}

/** What a call needs: an App permission for installations, a role for people (null: Apps only). */
export interface Need {
  readonly permission: string;
  readonly access: Access;
  readonly role?: Role | null;
}

/** A route below one repository: seen or 404, allowed or 403. */
export function repositoryRoute(
  method: string,
  template: string,
  need: Need,
  handle: (call: RepositoryCall) => Promise<Reply>,
): Route {
  return {
    method,
    template: template.startsWith("/")
      ? template
      : `/repos/{owner}/{repo}${template === "" ? "" : `/${template}`}`,
    handle: async (call) => {
      const { actor, world, params } = call;
      if (actor.kind === "app") throw new HttpError(401, "A JSON web token could not be decoded");
      const repository =
        params["repository_id"] === undefined
          ? world.repository(actor, params["owner"] ?? "", params["repo"] ?? "")
          : byId(world, actor, params["repository_id"]);
      assertAllowed(actor, repository, need);
      if (repository.archived && method !== "GET") {
        throw forbidden("Repository was archived so is read-only.");
      }
      return handle({ ...call, repository, account: actor.account });
    },
  };
}

function byId(world: World, actor: Actor, id: string): Repository {
  const found = world.repositories.find((repository) => String(repository.id) === id);
  if (found === undefined || !world.sees(actor, found)) throw notFound();
  return found;
}

function assertAllowed(actor: Actor, repository: Repository, need: Need): void {
  if (actor.kind === "installation") {
    const granted = actor.permissions[need.permission];
    if (granted === undefined || (need.access === "write" && granted !== "write")) throw forbidden();
  } else if (actor.kind === "user") {
    const wanted = need.role === undefined ? (need.access === "write" ? "write" : "read") : need.role;
    if (wanted === null) throw forbidden("You must authenticate via a GitHub App.");
    if (roles.indexOf(repository.roleOf(actor.account.login)) < roles.indexOf(wanted)) {
      throw forbidden("Must have write access to the repository.");
    }
  }
}

/** One page of a list, with GitHub's `Link` header. */
export function page<T>(call: Call, items: readonly T[]): { items: T[]; headers: Record<string, string> } {
  const number = (name: string, otherwise: number) => {
    const value = Number(call.query.get(name) ?? otherwise);
    return Number.isInteger(value) && value > 0 ? value : otherwise;
  };
  const size = Math.min(number("per_page", 30), 100);
  const current = number("page", 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (target: number, rel: string) => {
    const query = new URLSearchParams(call.query);
    query.set("page", String(target));
    return `<${call.world.url}${call.path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(current > 1 ? [link(Math.min(current - 1, last), "prev")] : []),
    ...(current < last ? [link(current + 1, "next"), link(last, "last")] : []),
    ...(current > 1 ? [link(1, "first")] : []),
  ];
  return {
    items: items.slice((current - 1) * size, current * size),
    headers: links.length === 0 ? {} : { link: links.join(", ") },
  };
}
