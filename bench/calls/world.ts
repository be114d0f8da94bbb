import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { Person } from "../../dev/stage/person.ts";
import { createClients } from "../../src/adapters/github/client.ts";
import { createForge } from "../../src/adapters/github/forge.ts";
import { hooksFor } from "../../src/adapters/hooks/hooks.ts";
import { createKubernetes } from "../../src/adapters/kubernetes/kubernetes.ts";
import type { Scrape } from "../../src/analysis/types.ts";
import { type Assembled, assemble } from "../../src/entry/assemble.ts";
import type { Metrics } from "../../src/ports/metrics.ts";
import { keyId, type RolloutKey } from "../../src/ports/scheduler.ts";
import type { RolloutState } from "../../src/release/state.ts";

import { canaryShare, filesOf, workload } from "./files.ts";

export type Repository = Awaited<ReturnType<GitHub["createRepository"]>>;

const SCRAPE = 15_000;
/** Requests of both sides between two scrapes. */
const REQUESTS = 15_000;
const silent = { debug() {}, info() {}, warn() {} };

/**
 * The bot as the server assembles it, over the real adapter of GitHub and a GitHub of this machine, in virtual time:
 * only the timers that the bot sets, the users and their metrics are of this world.
 */
export interface World {
  readonly github: GitHub;
  readonly account: string;
  now(): number;
  open(name: string, rollouts: readonly string[], options?: RolloutOptions): Promise<Repository>;
  /** New versions of rollouts, one pull request each, merged; all webhooks of it come at once. */
  ship(repository: Repository, rollouts: readonly string[], version: string): Promise<void>;
  /** Virtual time goes on; whatever is due at the same moment is looked at beside each other. */
  wait(ms: number, done?: () => Promise<boolean>): Promise<void>;
  /** A look at everything, as a server does when it starts and every quarter of an hour. */
  sweep(): Promise<void>;
  state(repository: Repository, rollout: string): Promise<RolloutState | null>;
  /** Looks by timer so far. */
  looks(): number;
  close(): Promise<void>;
}

interface RolloutOptions {
  readonly steps?: readonly number[];
  readonly bake?: string;
}

/**
 * `forgetful`: between two looks everything is forgotten, as on AWS Lambda, where another process may have acted; and
 * they are as far apart as they are there, where timers come up to a minute late.
 */
export async function startWorld(options: { readonly forgetful?: boolean } = {}): Promise<World> {
  let now = Math.ceil(Date.now() / 1000) * 1000;
  let looked = 0;
  const account = "acme";
  const github = await startGitHub({ now: () => now, tokenLifetime: 1e12, rateLimit: 1e9 });
  // Spacing of writes is left out: it costs real seconds and no call.
  const clients = createClients({ ...github.app, baseUrl: github.url, writeIntervalMs: 0, log: silent });
  const repositories: Repository[] = [];
  const timers = new Map<string, { readonly key: RolloutKey; readonly at: number }>();
  let due: (key: RolloutKey) => void = () => {};
  const self = { login: "sluice[bot]" };
  const bot: Assembled = assemble({
    login: self.login,
    directory: {
      installationOf: async () => null,
      installations: async () => repositories.slice(0, 1).map((one) => github.installationId(one)),
      repositories: async () => repositories.map(idOf),
    },
    forgeFor: ({ installation, repository }) =>
      createForge({
        octokit: clients.forInstallation(installation),
        queue: clients.queueFor(installation),
        watch: clients.watchFor(installation),
        repository,
        self,
      }),
    metricsFor: ({ repository }) =>
      metricsOf(
        repositories.find(({ id }) => id === repository.id),
        () => now,
      ),
    clusterFor: () => createKubernetes(new Map()).for(""),
    notifierFor: () => ({ notify() {} }),
    pagesFor: () => ({ pagesOf: () => [] }),
    hooksFor: () => hooksFor(new Map(), ""),
    clock: { now: () => now },
    later: () => () => {},
    schedulerFor: (then) => {
      due = then;
      return {
        schedule: async (key, at) => void timers.set(keyId(key), { key, at }),
        cancel: async (key) => void timers.delete(keyId(key)),
        stop: () => timers.clear(),
      };
    },
    settings: { lookEvery: options.forgetful ? 45_000 : 15_000, readEvery: 60_000, showEvery: 60_000 },
    log: silent,
  });

  async function read(repository: Repository, ref: string, path: string): Promise<string | null> {
    const found = await repository.git.object(`${ref}:${path}`);
    return found ? found.content.toString("utf8") : null;
  }

  function idOf({ id, owner, name }: Repository) {
    return { id, owner: owner.login, name };
  }

  return {
    github,
    account,
    now: () => now,
    async open(name, rollouts, { steps = [5, 10, 25, 50, 100], bake = "5m" } = {}) {
      const files = filesOf(rollouts, steps, bake);
      const repository = await github.createRepository({ owner: account, name, files });
      github.setPermission(repository, "alice", "write");
      repositories.push(repository);
      return repository;
    },
    async ship(repository, rollouts, version) {
      const alice = new Person("alice", github, repository);
      for (const rollout of rollouts) {
        const files = { [`apps/${rollout}/canary.yaml`]: workload(rollout, "canary", version) };
        await alice.merge(await alice.propose(`${rollout}-${version}`, `${rollout} ${version}`, files));
      }
      const [installation, where] = [github.installationId(repository), idOf(repository)];
      const happening = { installation, repository: where, what: { kind: "push" } as const, by: "alice" };
      const errands = await bot.bot.route(happening);
      await Promise.all(
        errands.map(({ rollout, cause }) =>
          bot.bot.look({ installation, repository: where, rollout }, cause),
        ),
      );
      await bot.idle();
    },
    async wait(ms, done = async () => false) {
      const end = now + ms;
      for (;;) {
        if (await done()) return;
        const next = Math.min(...[...timers.values()].map(({ at }) => at));
        if (next > end) break;
        now = Math.max(now, next);
        for (const [id, { key, at }] of timers) {
          if (at > now) continue;
          timers.delete(id);
          looked += 1;
          if (options.forgetful) bot.forget();
          due(key);
          // There each look is of a process of its own.
          if (options.forgetful) await bot.idle();
        }
        await bot.idle();
      }
      now = Math.max(now, end);
    },
    async sweep() {
      await bot.recover();
      await bot.idle();
    },
    async state(repository, rollout) {
      const text = await read(repository, "sluice/state", `rollouts/${rollout}.json`);
      return text === null ? null : JSON.parse(text);
    },
    looks: () => looked,
    async close() {
      await bot.stop();
      await github.close();
    },
  };

  /** A second version that ends in `-bad` fails a fifth of its requests. */
  function metricsOf(repository: Repository | undefined, clock: () => number): Metrics {
    const shares = new Map<
      string,
      { readonly at: number; readonly share: number; readonly bad: boolean }[]
    >();
    return {
      blindSpots: () => [],
      fitOf: () => ({ problem: null, notes: [] }),
      link: () => null,
      checkQuery: async () => ({ status: "ok", value: 0 }),
      async observe({ service, since, now: until, queries }) {
        const head = (repository && (await repository.git.branch("main"))) ?? "";
        const known = shares.get(service) ?? [];
        shares.set(service, known);
        const mesh = repository ? await read(repository, head, `mesh/${service}.yaml`) : null;
        const canary = repository ? await read(repository, head, `apps/${service}/canary.yaml`) : null;
        const share = canaryShare(mesh);
        const bad = canary?.includes("-bad") ?? false;
        if (known.at(-1)?.share !== share || known.at(-1)?.bad !== bad)
          known.push({ at: clock(), share, bad });
        const scrapes: Scrape[] = [];
        for (let at = (Math.floor(since / SCRAPE) + 1) * SCRAPE; at <= until; at += SCRAPE) {
          const then = known.findLast((one) => one.at <= at) ?? { share: 0, bad: false };
          const sent = Math.round(REQUESTS * then.share);
          scrapes.push({
            at,
            canary: { requests: sent, errors: then.bad ? Math.round(sent / 5) : 0, latency: [] },
            stable: { requests: REQUESTS - sent, errors: 0, latency: [] },
          });
        }
        const asOf = scrapes.at(-1)?.at ?? since;
        const evidence = {
          from: since,
          asOf,
          scrapes,
          queries: queries.map(() => ({ status: "empty" }) as const),
          asked: [],
        };
        return { status: "ok", evidence };
      },
    };
  }
}
