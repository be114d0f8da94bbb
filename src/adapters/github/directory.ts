import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import { ForgeError } from "../../ports/forge.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import type { Clients } from "./client.ts";
import { statusOf, toForgeError } from "./errors.ts";
import { held } from "./gateway.ts";

/** What the App knows of itself and of where it is installed. Failures are ForgeErrors. */
export interface Directory {
  /** Our login, `<slug>[bot]`, and what the App may do, as `name → "read" | "write"`. */
  self(): Promise<{
    readonly login: string;
    readonly permissions: Readonly<Record<string, string>>;
    readonly events: readonly string[];
  }>;
  /** The installation that covers a repository; null when there is none. */
  installationOf(owner: string, name: string): Promise<number | null>;
  /** Every installation that is not suspended. */
  installations(): Promise<readonly number[]>;
  repositories(installation: number): Promise<readonly RepositoryId[]>;
}

export function createDirectory(clients: Clients): Directory {
  const { asApp } = clients;
  return {
    async self() {
      const { data } = await called(() => asApp.rest.apps.getAuthenticated());
      if (data === null || data.slug === undefined) {
        throw new ForgeError("invalid", "GitHub knows no App behind these credentials");
      }
      const permissions = Object.entries(data.permissions).flatMap(([name, level]) =>
        level === undefined ? [] : [[name, level] as const],
      );
      return {
        login: `${data.slug}[bot]`,
        permissions: Object.fromEntries(permissions),
        events: data.events,
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
      const found = await called(() => asApp.paginate(asApp.rest.apps.listInstallations, { per_page: 100 }));
      return found.filter(({ suspended_at: at }) => at === null || at === undefined).map(({ id }) => id);
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
