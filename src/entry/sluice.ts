import { createPrivateKey } from "node:crypto";
import { Probot } from "probot";
import { createClients } from "../adapters/github/client.ts";
import { createDirectory } from "../adapters/github/directory.ts";
import { createForge } from "../adapters/github/forge.ts";
import { InProcessScheduler } from "../adapters/in-process/scheduler.ts";
import { createPrometheus } from "../adapters/prometheus/prometheus.ts";
import { ForgeError, isPassing } from "../ports/forge.ts";
import { Bot, type Repository } from "../reconcile/bot.ts";
import { emptyMemory, type Ports } from "../reconcile/ports.ts";
import { Projector } from "../reconcile/projector.ts";
import { sluice } from "./app.ts";
import type { Environment } from "./environment.ts";
import { type Answer, type Delivery, receive } from "./webhook.ts";

/** GitHub asks for few writes, and a comment that changes all the time is read by nobody. */
const SHOW_EVERY = 60_000;

const RETRY_FIRST = 2_000;
/** Half an hour of trying; after that it is left to the next look at everything. */
const TRIES = 10;

export interface Log {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
}

/** The whole bot in one process: adapters wired to ports, webhooks to looks. */
export interface Sluice {
  receive(delivery: Delivery): Promise<Answer>;
  /**
   * Looks at every rollout of every installation, to the end: timers and lost deliveries are made up for. Rejects,
   * after all that could be looked at was, when something could not: to be called again.
   */
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
  const retries = new Set<NodeJS.Timeout>();
  let stopping = false;

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

  /** Resolves when the work was done or failed; what GitHub could not answer is tried again later. */
  function run(work: () => Promise<unknown>, what: string, failures = 0): Promise<void> {
    const done = work().then(
      () => undefined,
      (error: unknown) => {
        const wait = patience(error, failures);
        log.warn(
          `${what}: ${wordsOf(error)}${wait === null ? "" : `; trying again in ${Math.ceil(wait / 1000)} s`}`,
        );
        if (wait !== null) later(wait, () => run(work, what, failures + 1));
      },
    );
    return tracked(done);
  }

  /** Waited for by `idle`. The work must never reject. */
  function tracked<T>(work: Promise<T>): Promise<T> {
    const done: Promise<void> = work.then(() => undefined).finally(() => working.delete(done));
    working.add(done);
    return work;
  }

  function later(wait: number, then: () => void): void {
    if (stopping) return;
    const timer = setTimeout(() => {
      retries.delete(timer);
      then();
    }, wait);
    retries.add(timer);
  }

  async function idle(): Promise<void> {
    do {
      await Promise.all(working);
      await Promise.all([...known.values()].map(({ projector }) => projector.idle()));
    } while (working.size > 0);
  }

  const scheduler = new InProcessScheduler((key) => run(() => bot.due(key), key.rollout));
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

  /** The repositories that could not be looked at. Never rejects; trying again is left to the next look at everything. */
  async function lookAt(installation: number): Promise<Missed> {
    try {
      const repositories = await directory.repositories(installation);
      const looked = await Promise.all(repositories.map((repository) => look({ installation, repository })));
      return { repositories: looked.filter((well) => !well).length, installations: 0 };
    } catch (error) {
      log.warn(`installation ${installation}: ${wordsOf(error)}`);
      return { repositories: 0, installations: isPassing(error) ? 1 : 0 };
    }
  }

  async function look(where: Repository): Promise<boolean> {
    try {
      return await bot.repositoryChanged(where, { kind: "start-up" });
    } catch (error) {
      log.warn(`${where.repository.owner}/${where.repository.name}: ${wordsOf(error)}`);
      // One that is forbidden for good must not keep the others from being served.
      return !isPassing(error);
    }
  }

  return {
    receive: (delivery) => receive(probot, delivery),

    async recover() {
      const installations = await directory.installations();
      const missed = await tracked(Promise.all(installations.map(lookAt)));
      const sum = (what: keyof Missed) => missed.reduce((all, one) => all + one[what], 0);
      const words = [
        counted(sum("repositories"), "repository", "repositories"),
        counted(sum("installations"), "whole installation", "whole installations"),
      ].filter((word) => word !== null);
      if (words.length > 0) throw new Error(`${words.join(" and ")} could not be looked at`);
    },

    idle,

    async stop() {
      stopping = true;
      for (const timer of retries) clearTimeout(timer);
      scheduler.stop();
      await bot.stop();
      await idle();
    },
  };
}

interface Missed {
  readonly repositories: number;
  /** Those of which not even the repositories are known. */
  readonly installations: number;
}

function counted(count: number, one: string, more: string): string | null {
  return count === 0 ? null : `${count} ${count === 1 ? one : more}`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How long to wait before trying again, ms; null for what would fail again. */
function patience(error: unknown, failures: number): number | null {
  if (!(error instanceof ForgeError) || !isPassing(error) || failures >= TRIES) return null;
  return Math.max(RETRY_FIRST * 2 ** failures, (error.retryAt ?? 0) - Date.now());
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
