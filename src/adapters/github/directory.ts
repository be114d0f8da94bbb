import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import { ForgeError } from "../../ports/forge.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import type { Clients } from "./client.ts";
import { statusOf, toForgeError } from "./errors.ts";
import { held } from "./gateway.ts";

/** Permissions as `name → "read" | "write"`, and events. */
export interface Granted {
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

export interface Installed extends Granted {
  readonly id: number;
  /** Login of the person or organization. */
  readonly account: string;
  readonly suspended: boolean;
  /** Where people see and change it. */
  readonly url: string;
}

/** What the App knows of itself and of where it is installed. Failures are ForgeErrors. */
export interface Directory {
  /** Our login, `<slug>[bot]`, and what the App may do, as `name → "read" | "write"`. */
  self(): Promise<{
    readonly login: string;
    readonly permissions: Granted["permissions"];
    readonly events: Granted["events"];
    /** How far GitHub's clock was ahead of ours when it answered, ms; null where it did not say. */
    readonly skew: number | null;
  }>;
  /** The installation that covers a repository; null when there is none. */
  installationOf(owner: string, name: string): Promise<number | null>;
  /** Every installation that is not suspended. */
  installations(): Promise<readonly number[]>;
  /** Every installation, with what its account has granted so far. */
  installed(): Promise<readonly Installed[]>;
  repositories(installation: number): Promise<readonly RepositoryId[]>;
}

export function createDirectory(clients: Clients): Directory {
  const { asApp } = clients;

  async function installed(): Promise<readonly Installed[]> {
    const found = await called(() => asApp.paginate(asApp.rest.apps.listInstallations, { per_page: 100 }));
    return found.map(({ id, account, suspended_at: suspendedAt, html_url: url, permissions, events }) => ({
      id,
      account: nameOf(account) ?? String(id),
      suspended: suspendedAt !== null && suspendedAt !== undefined,
      url,
      permissions: granted(permissions),
      events,
    }));
  }

  return {
    installed,

    async self() {
      const { data, headers } = await called(() => asApp.rest.apps.getAuthenticated());
      if (data === null || data.slug === undefined) {
        throw new ForgeError("invalid", "GitHub knows no App behind these credentials");
      }
      const said = Date.parse(headers.date ?? "");
      return {
        login: `${data.slug}[bot]`,
        permissions: granted(data.permissions),
        events: data.events,
        skew: Number.isNaN(said) ? null : said - Date.now(),
      };
    },

    async installationOf(owner, name) {
      try {
        const { data } = await called(() => asApp.rest.apps.getRepoInstallation({ owner, repo: name }));
        return data.id;
      } catch (error) {
        if (statusOf(error) === 404) {
          return null;
        }
        throw error;
      }
    },

    async installations() {
      return (await installed()).filter(({ suspended }) => !suspended).map(({ id }) => id);
    },

    async repositories(installation) {
      const octokit: Octokit = clients.forInstallation(installation);
      const found = await called(() =>
        octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, { per_page: 100 }),
      );
      return found.map(({ id, owner, name }) => ({ id, owner: owner.login, name }));
    },
  };
}

/** An enterprise has a slug where people and organizations have a login. */
function nameOf(account: object | null): string | null {
  if (account === null) return null;
  const { login, slug } = account as { readonly login?: string; readonly slug?: string };
  return login ?? slug ?? null;
}

function granted(permissions: object): Granted["permissions"] {
  return Object.fromEntries(
    Object.entries(permissions).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Whom a token acts as: a person's login, or `<slug>[bot]`. */
export async function loginOf(octokit: Octokit): Promise<string> {
  const answer = await called(() => octokit.graphql<unknown>("query viewer { viewer { login } }"));
  return held(viewerAnswer, answer).viewer.login;
}

const viewerAnswer = z.object({ viewer: z.object({ login: z.string() }) });

/** A call whose failure is a ForgeError. */
export async function called<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toForgeError(error, Date.now());
  }
}
