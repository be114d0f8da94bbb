import { createPrivateKey } from "node:crypto";
import { Probot } from "probot";
import { createClients } from "../adapters/github/client.ts";
import { createDirectory } from "../adapters/github/directory.ts";
import { createForge } from "../adapters/github/forge.ts";
import { InProcessScheduler } from "../adapters/in-process/scheduler.ts";
import { createKubernetes } from "../adapters/kubernetes/kubernetes.ts";
import { createNotifications } from "../adapters/notify/notifications.ts";
import { pagesFor } from "../adapters/pages.ts";
import { createPrometheus } from "../adapters/prometheus/prometheus.ts";
import { type Assembled, assemble } from "./assemble.ts";
import type { Environment } from "./environment.ts";
import { afterwards } from "./sweep.ts";
import { type Answer, type Delivery, receive } from "./webhook.ts";

/** GitHub asks for few writes, and a comment that changes all the time is read by nobody. */
const SHOW_EVERY = 60_000;

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** The whole bot in one process, on GitHub and Prometheus, with webhooks as they come from GitHub. */
export interface Sluice extends Pick<Assembled, "recover" | "idle" | "stop"> {
  receive(delivery: Delivery): Promise<Answer>;
}

export async function createSluice(environment: Environment, log: Log): Promise<Sluice> {
  const { appId, privateKey, githubUrl, writeInterval, lookEvery, readEvery } = environment;
  checkKey(privateKey);
  const clients = createClients({
    appId,
    privateKey,
    baseUrl: githubUrl,
    writeIntervalMs: writeInterval,
    log,
  });
  const directory = createDirectory(clients);
  const self = await directory.self();
  const prometheus = createPrometheus(environment.sources);
  const kubernetes = createKubernetes(environment.clusters);
  const notifications = createNotifications(environment.channels, log);
  const { app, recover, idle, stop } = assemble({
    login: self.login,
    directory,
    forgeFor: ({ installation, repository }) =>
      createForge({
        octokit: clients.forInstallation(installation),
        queue: clients.queueFor(installation),
        repository,
        self,
      }),
    metricsFor: ({ repository }) => prometheus.for(`${repository.owner}/${repository.name}`),
    clusterFor: ({ repository }) => kubernetes.for(`${repository.owner}/${repository.name}`),
    notifierFor: ({ repository }) => notifications.for(`${repository.owner}/${repository.name}`),
    pagesFor: ({ repository }) => pagesFor(environment.pages, `${repository.owner}/${repository.name}`),
    clock: { now: Date.now },
    later: afterwards,
    schedulerFor: (due) => new InProcessScheduler(due),
    settings: { lookEvery, readEvery, showEvery: Math.max(readEvery, SHOW_EVERY) },
    log,
  });
  const probot = new Probot({
    appId,
    privateKey,
    secret: environment.webhookSecret,
    baseUrl: githubUrl,
    // It would log a failed delivery with its payload; `receive` throws it for us to say in our own words.
    logLevel: "fatal",
  });
  await probot.load(app);
  return {
    receive: (delivery) => receive(probot, delivery),
    recover,
    async idle() {
      await idle();
      await notifications.idle();
    },
    async stop() {
      notifications.stop();
      await stop();
      await notifications.idle();
    },
  };
}

/** The libraries' own words for a damaged key name no variable. */
function checkKey(pem: string): void {
  try {
    createPrivateKey(pem);
  } catch {
    throw new Error(
      "PRIVATE_KEY is not a private key in PEM form. Use the file that GitHub gave when the App's key was made.",
    );
  }
}
