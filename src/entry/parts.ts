import { kmsJwt } from "../adapters/aws/kms.ts";
import { type Clients, createClients } from "../adapters/github/client.ts";
import { createDirectory, type Directory } from "../adapters/github/directory.ts";
import { createForge } from "../adapters/github/forge.ts";
import { concerned } from "../adapters/github/heads.ts";
import { hooksFor } from "../adapters/hooks/hooks.ts";
import { pagesFor } from "../adapters/pages.ts";
import type { Parts } from "./assemble.ts";
import type { BotEnvironment, WorldEnvironment } from "./environment.ts";
import { afterwards } from "./sweep.ts";

/** GitHub asks for few writes, and a comment that changes all the time is read by nobody. */
const SHOW_EVERY = 60_000;

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** GitHub as the App, before anything is asked of it. */
export function connectGitHub(
  environment: Pick<BotEnvironment, "appId" | "key" | "githubUrl" | "writeInterval">,
  log: Log,
  fetch?: typeof globalThis.fetch,
): { readonly clients: Clients; readonly directory: Directory } {
  const { appId, key, githubUrl: baseUrl, writeInterval: writeIntervalMs } = environment;
  const clients = createClients({
    appId,
    ...(key.kind === "pem" ? { privateKey: key.pem } : { createJwt: kmsJwt(key.id) }),
    baseUrl,
    writeIntervalMs,
    log,
    ...(fetch && { fetch }),
  });
  return { clients, directory: createDirectory(clients) };
}

/** The bot's ports on GitHub, Prometheus, clusters and channels: all but its timers. */
export function createParts(environment: BotEnvironment, log: Log) {
  const { clients, directory } = connectGitHub(environment, log);
  return partsOn(
    {
      self: () => directory.self(),
      directory: {
        ...directory,
        async repositories(installation) {
          const all = await directory.repositories(installation);
          // Functions never get here, and start without it.
          const [{ CONFIG_FILE: file }, { STATE_BRANCH: branch }] = await Promise.all([
            import("../reconcile/read.ts"),
            import("../reconcile/state-document.ts"),
          ]);
          return concerned(clients.forInstallation(installation), all, { file, branch });
        },
      },
      clientFor: (installation) => ({
        octokit: clients.forInstallation(installation),
        queue: clients.queueFor(installation),
        watch: clients.watchFor(installation),
      }),
    },
    environment,
    log,
  );
}

/** Whoever the bot is on GitHub. */
interface Connected {
  self(): Promise<{ readonly login: string }>;
  readonly directory: Parts["directory"];
  readonly clientFor: (
    installation: number,
  ) => Pick<Parameters<typeof createForge>[0], "octokit" | "queue" | "watch">;
}

/** The bot's ports for one who is known to GitHub. */
export async function partsOn(connected: Connected, environment: WorldEnvironment, log: Log) {
  const { lookEvery, readEvery } = environment;
  const { directory, clientFor } = connected;
  // While GitHub is asked.
  const [self, { createPrometheus }, { createKubernetes }, { createNotifications }] = await Promise.all([
    connected.self(),
    import("../adapters/prometheus/prometheus.ts"),
    import("../adapters/kubernetes/kubernetes.ts"),
    import("../adapters/notify/notifications.ts"),
  ]);
  const prometheus = createPrometheus(environment.sources);
  const kubernetes = createKubernetes(environment.clusters);
  const notifications = createNotifications(environment.channels, log);
  const parts: Omit<Parts, "schedulerFor"> = {
    login: self.login,
    directory,
    forgeFor: ({ installation, repository }) => createForge({ ...clientFor(installation), repository, self }),
    metricsFor: ({ repository }) => prometheus.for(`${repository.owner}/${repository.name}`),
    clusterFor: ({ repository }) => kubernetes.for(`${repository.owner}/${repository.name}`),
    notifierFor: ({ repository }) => notifications.for(`${repository.owner}/${repository.name}`),
    pagesFor: ({ repository }) => pagesFor(environment.pages, `${repository.owner}/${repository.name}`),
    hooksFor: ({ repository }) => hooksFor(environment.hooks, `${repository.owner}/${repository.name}`),
    clock: { now: Date.now },
    later: afterwards,
    settings: { lookEvery, readEvery, showEvery: Math.max(readEvery, SHOW_EVERY) },
    log,
  };
  return { parts, notifications };
}
