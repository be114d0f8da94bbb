import type { Probot } from "probot";
import type { Clock } from "../ports/clock.ts";
import type { Cluster } from "../ports/cluster.ts";
import { type Forge, ForgeError, isPassing } from "../ports/forge.ts";
import type { Hooks } from "../ports/hooks.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Notifier } from "../ports/notifier.ts";
import type { Pages } from "../ports/pages.ts";
import type { RepositoryId, RolloutKey, Scheduler } from "../ports/scheduler.ts";
import { Bot } from "../reconcile/bot.ts";
import type { Repository } from "../reconcile/happening.ts";
import { type Beside, emptyMemory, forget, type Log, type Ports } from "../reconcile/ports.ts";
import { Projector } from "../reconcile/projector.ts";
import { wordsOf } from "../reconcile/words-of.ts";
import { sluice } from "./app.ts";

const RETRY_FIRST = 2_000;
/** So long (ms) is believed that the App is installed on another repository, and whose that is. */
const BESIDE = 300_000;
/** Half an hour of trying; after that it is left to the next look at everything. */
const TRIES = 10;

/** What one process of the bot stands on, wherever it runs. */
export interface Parts {
  /** Our own login, such as `sluice[bot]`. */
  readonly login: string;
  readonly directory: {
    installations(): Promise<readonly number[]>;
    repositories(installation: number): Promise<readonly RepositoryId[]>;
    /** The installation that covers a repository; null when there is none. */
    installationOf(owner: string, name: string): Promise<number | null>;
  };
  readonly forgeFor: (where: Repository) => Forge;
  readonly metricsFor: (where: Repository) => Metrics;
  readonly clusterFor: (where: Repository) => Cluster;
  readonly notifierFor: (where: Repository) => Notifier;
  readonly pagesFor: (where: Repository) => Pages;
  readonly hooksFor: (where: Repository) => Hooks;
  readonly clock: Clock;
  /** Calls `then` in `wait` ms, unless what it returns is called before. */
  readonly later: (wait: number, then: () => void) => () => void;
  readonly schedulerFor: (due: (key: RolloutKey) => void) => Scheduler & { stop(): void };
  readonly settings: Ports["settings"];
  readonly log: Log;
}

export interface Assembled {
  /** For Probot to load: webhook events become looks. */
  readonly app: (probot: Probot) => void;
  /** For whoever has a queue of its own. */
  readonly bot: Pick<Bot, "happened" | "route" | "look" | "states">;
  /** For whoever is not alone: what other processes may have done since is asked anew. */
  forget(): void;
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

/** The bot over its ports: what failed is tried again, and nothing of one installation is seen by another. */
export function assemble(parts: Parts): Assembled {
  const { clock, log, directory } = parts;
  const known = new Map<string, Ports>();
  const neighbours = new Map<string, { readonly found: Beside; readonly at: number }>();
  const working = new Set<Promise<void>>();
  const retries = new Set<() => void>();
  let stopping = false;

  // One memory a repository of an installation: nothing of one is ever seen by another.
  function portsFor(where: Repository): Promise<Ports> {
    const { installation, repository } = where;
    const id = `${installation}/${repository.id}/${repository.owner}/${repository.name}`;
    const ports = known.get(id) ?? {
      forge: parts.forgeFor(where),
      metrics: parts.metricsFor(where),
      cluster: parts.clusterFor(where),
      notifier: parts.notifierFor(where),
      pages: parts.pagesFor(where),
      hooks: parts.hooksFor(where),
      clock,
      log,
      memory: emptyMemory(),
      projector: new Projector(log),
      settings: parts.settings,
      beside: (name) => beside(where, name),
    };
    known.set(id, ports);
    return Promise.resolve(ports);
  }

  /**
   * Of the same owner and installation only: a token may read any public repository, so GitHub's word that it is
   * installed there is what counts. It is asked again after some minutes: an App is taken off, a repository is given
   * away, and GitHub still follows its old name.
   */
  async function beside(where: Repository, full: string): Promise<Beside | null> {
    const { installation, repository } = where;
    const [owner = "", name = ""] = full.split("/");
    if (owner.toLowerCase() !== repository.owner.toLowerCase()) return null;
    const id = `${installation}/${full.toLowerCase()}`;
    const remembered = neighbours.get(id);
    if (remembered && clock.now() - remembered.at < BESIDE) return remembered.found;
    neighbours.delete(id);
    if ((await directory.installationOf(owner, name)) !== installation) return null;
    const guess = { installation, repository: { id: 0, owner, name } };
    const { id: number, ...facts } = await parts.forgeFor(guess).repository();
    if (facts.owner.toLowerCase() !== repository.owner.toLowerCase()) return null;
    const there = { installation, repository: { id: number, owner: facts.owner, name: facts.name } };
    const found = { where: there, ports: await portsFor(there) };
    neighbours.set(id, { found, at: clock.now() });
    return found;
  }

  /** Resolves when the work was done or failed; what GitHub could not answer is tried again later. */
  function run(work: () => Promise<unknown>, what: string, failures = 0): Promise<void> {
    const done = work().then(
      () => undefined,
      (error: unknown) => {
        const wait = patience(error, failures, clock.now());
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
    const forget = parts.later(wait, () => {
      retries.delete(forget);
      then();
    });
    retries.add(forget);
  }

  async function idle(): Promise<void> {
    do {
      await Promise.all(working);
      await Promise.all([...known.values()].map(({ projector }) => projector.idle()));
    } while (working.size > 0);
  }

  const scheduler = parts.schedulerFor((key) => run(() => bot.look(key, { kind: "timer" }), key.rollout));
  const bot = new Bot({ portsFor, scheduler });

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
      return await bot.happened({ ...where, what: { kind: "start-up" }, by: null });
    } catch (error) {
      log.warn(`${where.repository.owner}/${where.repository.name}: ${wordsOf(error)}`);
      // One that is forbidden for good must not keep the others from being served.
      return !isPassing(error);
    }
  }

  return {
    app: sluice((happening) => bot.happened(happening), { self: parts.login, run }),
    bot,

    forget() {
      for (const { memory } of known.values()) forget(memory);
    },

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
      for (const forget of retries) forget();
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

/** How long to wait before trying again, ms; null for what would fail again. */
function patience(error: unknown, failures: number, now: number): number | null {
  if (!(error instanceof ForgeError) || !isPassing(error) || failures >= TRIES) return null;
  return Math.max(RETRY_FIRST * 2 ** failures, (error.retryAt ?? 0) - now);
}
