import { createPrivateKey } from "node:crypto";
import { Probot } from "probot";
import { createClients } from "../adapters/github/client.ts";
import { createDirectory } from "../adapters/github/directory.ts";
import { createForge } from "../adapters/github/forge.ts";
import { InProcessScheduler } from "../adapters/in-process/scheduler.ts";
import { createPrometheus } from "../adapters/prometheus/prometheus.ts";
import { Bot, type Repository } from "../reconcile/bot.ts";
import { emptyMemory, type Ports } from "../reconcile/ports.ts";
import { Projector } from "../reconcile/projector.ts";
import { sluice } from "./app.ts";
import type { Environment } from "./environment.ts";
import { type Answer, type Delivery, receive } from "./webhook.ts";

/** GitHub asks for few writes, and a comment that changes all the time is read by nobody. */
const SHOW_EVERY = 60_000;

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** The whole bot in one process: adapters wired to ports, webhooks to looks. */
export interface Sluice {
  receive(delivery: Delivery): Promise<Answer>;
  /** Looks at every rollout of every installation: timers and lost deliveries are made up for. */
  recover(): Promise<void>;
  /** Resolves when nothing is in hand any more: no look, and nothing left to show. Timers stay set. */
  idle(): Promise<void>;
  /** Finishes the looks in hand. */
  stop(): Promise<void>;
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
  const metrics = createPrometheus(environment.sources);
  const known = new Map<string, Ports>();
  const working = new Set<Promise<void>>();

  // One memory a repository of an installation: nothing of one is ever seen by another.
  function portsFor({ installation, repository }: Repository): Promise<Ports> {
    const id = `${installation}/${repository.id}/${repository.owner}/${repository.name}`;
    const ports = known.get(id) ?? {
      forge: createForge({
        octokit: clients.forInstallation(installation),
        queue: clients.queueFor(installation),
        repository,
        self,
      }),
      metrics,
      clock: { now: Date.now },
      log,
      memory: emptyMemory(),
      projector: new Projector(log),
      settings: { lookEvery, readEvery, showEvery: Math.max(readEvery, SHOW_EVERY) },
    };
    known.set(id, ports);
    return Promise.resolve(ports);
  }

  function run(work: Promise<void>, what: string): void {
    const done = work
      .catch((error: unknown) =>
        log.warn(`${what}: ${error instanceof Error ? error.message : String(error)}`),
      )
      .finally(() => working.delete(done));
    working.add(done);
  }

  async function idle(): Promise<void> {
    do {
      await Promise.all(working);
      await Promise.all([...known.values()].map(({ projector }) => projector.idle()));
    } while (working.size > 0);
  }

  const scheduler = new InProcessScheduler((key) => run(bot.due(key), key.rollout));
  const bot = new Bot({ portsFor, scheduler });
  const probot = new Probot({
    appId,
    privateKey,
    secret: environment.webhookSecret,
    baseUrl: githubUrl,
    // It would log a failed delivery with its payload; `receive` throws it for us to say in our own words.
    logLevel: "fatal",
  });
  await probot.load(sluice(bot, { self: self.login, run }));

  return {
    receive: (delivery) => receive(probot, delivery),

    async recover() {
      for (const installation of await directory.installations()) {
        for (const repository of await directory.repositories(installation)) {
          run(
            bot.repositoryChanged({ installation, repository }, { kind: "start-up" }),
            `${repository.owner}/${repository.name}`,
          );
        }
      }
    },

    idle,

    async stop() {
      scheduler.stop();
      await bot.stop();
      await idle();
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
