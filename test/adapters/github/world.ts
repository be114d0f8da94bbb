import type { Octokit } from "@octokit/rest";
import { expect } from "vitest";
import { type GitHub, type GitHubOptions, startGitHub } from "../../../dev/github/server.ts";
import { type Clients, createClients, createTokenClient } from "../../../src/adapters/github/client.ts";
import { createForge } from "../../../src/adapters/github/forge.ts";
import type { Forge } from "../../../src/ports/forge.ts";

export type Repository = Awaited<ReturnType<GitHub["createRepository"]>>;

const log = { debug() {}, warn() {} };
const self = { login: "sluice[bot]" };

/** A local GitHub, held to the published contract, and the adapter in front of it over real HTTP. */
export interface World {
  readonly github: GitHub;
  readonly clients: Clients;
  /** The App's forge of a repository. */
  forgeOf(repository: Repository): Forge;
  /** The same from another process: with its own token and queue. */
  racer(repository: Repository): Forge;
  /** A person's own octokit. */
  person(login: string): Octokit;
  octokitOf(token: string): Octokit;
  /** The forge of whoever has that token and that login. */
  forgeOfToken(repository: Repository, token: string, login: string): Forge;
  /** Stops everything, and fails when anything broke GitHub's contract or asked for what is not there. */
  close(): Promise<void>;
}

export async function startWorld(options: GitHubOptions = {}): Promise<World> {
  const github = await startGitHub({ validate: true, ...options });
  const connect = () => createClients({ ...github.app, baseUrl: github.url, writeIntervalMs: 0, log });
  const clients = connect();
  const forgeBy = (of: Clients, repository: Repository): Forge => {
    const installation = github.installationId(repository);
    return createForge({
      octokit: of.forInstallation(installation),
      queue: of.queueFor(installation),
      repository: { id: repository.id, owner: repository.owner.login, name: repository.name },
      self,
    });
  };
  const withToken = (token: string) =>
    createTokenClient({ token, baseUrl: github.url, writeIntervalMs: 0, log });
  return {
    github,
    clients,
    forgeOf: (repository) => forgeBy(clients, repository),
    racer: (repository) => forgeBy(connect(), repository),
    person: (login) => withToken(github.tokenFor(login)).octokit,
    octokitOf: (token) => withToken(token).octokit,
    forgeOfToken: ({ id, owner, name }, token, login) =>
      createForge({
        ...withToken(token),
        repository: { id, owner: owner.login, name },
        self: { login },
      }),
    async close() {
      await github.close();
      expect(github.unknown).toEqual([]);
      expect(github.violations).toEqual([]);
    },
  };
}

/** What must have worked for a test to go on. */
export function must<T>(value: T | null | undefined, what = "something"): T {
  if (value === null || value === undefined) {
    throw new Error(`${what} is missing`);
  }
  return value;
}
