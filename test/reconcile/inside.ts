import { history } from "../../dev/github/git/history.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { Person } from "../../dev/stage/person.ts";
import { createClients } from "../../src/adapters/github/client.ts";
import { createForge } from "../../src/adapters/github/forge.ts";
import { createKubernetes } from "../../src/adapters/kubernetes/kubernetes.ts";
import { fitOf } from "../../src/adapters/prometheus/fit.ts";
import type { HookAnswer } from "../../src/analysis/gates.ts";
import type { Scrape } from "../../src/analysis/types.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Forge } from "../../src/ports/forge.ts";
import type { HookQuestion } from "../../src/ports/hooks.ts";
import type { Metrics } from "../../src/ports/metrics.ts";
import type { Told } from "../../src/ports/notifier.ts";
import { reconcile } from "../../src/reconcile/pass.ts";
import { type Cause, emptyMemory, type Ports } from "../../src/reconcile/ports.ts";
import { Projector } from "../../src/reconcile/projector.ts";
import type { RolloutState } from "../../src/release/state.ts";

/**
 * Passes inside the test's own process: GitHub is the local one behind the real adapter, time is told, and the
 * metrics are counts recorded second by second from what the manifests on main said.
 */

export type Repository = Awaited<ReturnType<GitHub["createRepository"]>>;

const HOUR = 3_600_000;
/** Requests a second, both sides together. */
const TRAFFIC = 1000;
const silent = { debug() {}, info() {}, warn() {} };

export interface Inside {
  readonly github: GitHub;
  /** Epoch ms, as told. */
  now(): number;
  team(options: TeamOptions): Promise<Team>;
  /** So much told time passes, ms; the metrics of the teams do not notice. */
  wait(ms: number): void;
  stop(): Promise<void>;
}

export interface TeamOptions {
  readonly files: Readonly<Record<string, string>>;
  /** Canary's share of the traffic under the manifests at a commit, 0 to 1. */
  readonly share: (read: (path: string) => Promise<string>) => Promise<number>;
  /** Share of requests that the canary fails, under the manifests at a commit. */
  readonly failing: (read: (path: string) => Promise<string>) => Promise<number>;
  /** Where requests are counted, and read again, in place of the team's own record. */
  readonly source?: Source;
}

export interface Source {
  readonly metrics: Metrics;
  /** A second that ends at `at` (epoch ms), with the shares of `TeamOptions`. */
  count(at: number, share: number, failing: number): void;
}

/** `ago`: how far in the past time begins, ms, for sources that refuse what lies ahead of the machine's clock. */
export async function startInside(options: {
  readonly validate: boolean;
  readonly ago?: number;
}): Promise<Inside> {
  const { ago = 0 } = options;
  let now = Math.ceil(Date.now() / 1000) * 1000 - ago;
  let signingIn = false;
  const clock = { now: () => now };
  const tick = () => {
    now += 1000;
  };
  const github = await startGitHub({
    validate: options.validate,
    // A signature made by the machine's clock is good at no other time; the token it brings lasts.
    now: () => (signingIn ? Date.now() : now),
    // Told time runs ahead of the clock by which tokens are renewed.
    tokenLifetime: 1000 * HOUR,
    rateLimit: 1_000_000,
  });
  const clients = createClients({ ...github.app, baseUrl: github.url, writeIntervalMs: 0, log: silent });
  let teams = 0;
  return {
    github,
    now: clock.now,
    async team({ files, share, failing, source }) {
      const name = `shop-${++teams}`;
      const repository = await github.createRepository({ owner: "acme", name, files });
      const installation = github.installationId(repository);
      const forge = createForge({
        octokit: clients.forInstallation(installation),
        queue: clients.queueFor(installation),
        watch: clients.watchFor(installation),
        repository: { id: repository.id, owner: repository.owner.login, name },
        self: { login: "sluice[bot]" },
      });
      if (ago > 0) {
        signingIn = true;
        await forge.repository();
        signingIn = false;
      }
      const alice = new Person("alice", github, repository);
      github.setPermission(repository, "alice", "write");
      return new Team({ repository, forge, alice, clock, tick, share, failing, ...(source && { source }) });
    },
    wait(ms) {
      now += ms;
    },
    stop: () => github.close(),
  };
}

/** A process of the bot: what it remembers dies with it. */
export interface Process {
  readonly ports: Ports;
  look(cause?: Cause): Promise<void>;
}

/** One repository with the rollout `checkout`. */
export class Team {
  readonly repository: Repository;
  readonly forge: Forge;
  readonly alice: Person;
  /** What people were told outside GitHub. */
  readonly told: Told[] = [];
  /** What the operator's hook `loadtest` answers, and what it was asked. */
  hook: HookAnswer = { status: "waits", reason: null };
  readonly asked: HookQuestion[] = [];
  readonly #clock: Clock;
  readonly #tick: () => void;
  readonly #share: TeamOptions["share"];
  readonly #failing: TeamOptions["failing"];
  readonly #source: Source | null;
  readonly #scrapes: Scrape[] = [];

  constructor(
    parts: Pick<TeamOptions, "share" | "failing" | "source"> & {
      readonly repository: Repository;
      readonly forge: Forge;
      readonly alice: Person;
      readonly clock: Clock;
      readonly tick: () => void;
    },
  ) {
    this.repository = parts.repository;
    this.forge = parts.forge;
    this.alice = parts.alice;
    this.#clock = parts.clock;
    this.#tick = parts.tick;
    this.#share = parts.share;
    this.#failing = parts.failing;
    this.#source = parts.source ?? null;
  }

  /** `code`: a repository of the same owner that its rollout names. `standBy`: ms, where there are other processes. */
  process(forge = this.forge, code: Team | null = null, standBy = 0): Process {
    const ports: Ports = {
      forge,
      metrics: this.#source?.metrics ?? this.#metrics(),
      cluster: createKubernetes(new Map()),
      clock: this.#clock,
      log: silent,
      notifier: { notify: (told) => this.told.push(told) },
      pages: { pagesOf: () => [] },
      hooks: {
        knows: (hook) => hook === "loadtest",
        ask: async (question) => {
          this.asked.push(question);
          return this.hook;
        },
      },
      memory: emptyMemory(),
      projector: new Projector(silent),
      beside: async (name) => {
        const { owner, ...rest } = code?.repository ?? { owner: null, id: 0, name: "" };
        if (!code || !owner || name !== `${owner.login}/${rest.name}`) return null;
        const repository = { id: rest.id, owner: owner.login, name: rest.name };
        return { where: { installation: 1, repository }, ports: code.process().ports };
      },
      settings: { lookEvery: 1000, readEvery: 60_000, showEvery: 60_000, standBy },
    };
    return {
      ports,
      async look(cause = { kind: "timer" }) {
        for (let next = cause; ; ) {
          const { changed } = await reconcile(ports, "checkout", next);
          await ports.projector.idle();
          if (!changed) return;
          next = { ...next, kind: next.kind === "timer" ? "again" : next.kind };
        }
      },
    };
  }

  /** A second passes, or several: users send requests, and they are counted, all in one scrape. */
  async second(seconds = 1): Promise<void> {
    const head = (await this.repository.git.branch("main")) ?? "";
    const read = (path: string) => this.read(head, path);
    const share = await this.#share(read);
    const failing = await this.#failing(read);
    const requests = TRAFFIC * seconds;
    const canary = Math.round(requests * share);
    const errors = Math.round(canary * failing);
    for (let passed = 0; passed < seconds; passed++) this.#tick();
    if (this.#source) return this.#source.count(this.#clock.now(), share, failing);
    this.#scrapes.push({
      at: this.#clock.now(),
      canary: { requests: canary, errors, latency: [] },
      stable: { requests: requests - canary, errors: 0, latency: [] },
    });
  }

  async read(ref: string, path: string): Promise<string> {
    const found = await this.repository.git.object(`${ref}:${path}`);
    if (!found) throw new Error(`no ${path} at ${ref}`);
    return found.content.toString("utf8");
  }

  async state(): Promise<RolloutState | null> {
    const text = await this.read("sluice/state", "rollouts/checkout.json").catch(() => null);
    return text === null ? null : JSON.parse(text);
  }

  /** What some files of main said, commit by commit along the first parents, repetitions aside. */
  async contents(paths: readonly string[]): Promise<readonly string[]> {
    const { git } = this.repository;
    const said: string[] = [];
    const [newest] = await history(git, "main", { limit: 1 });
    for (let oid = newest; oid !== undefined; oid = (await git.commit(oid))?.parents[0]) {
      const at = oid;
      const text = (await Promise.all(paths.map((path) => this.read(at, path)))).join("\n");
      if (text !== said[0]) said.unshift(text);
    }
    return said;
  }

  #metrics(): Metrics {
    return {
      blindSpots: () => [],
      fitOf,
      link: () => null,
      checkQuery: async () => ({ status: "ok", value: 0 }),
      observe: async ({ since, now, queries }) => {
        const scrapes = this.#scrapes.filter(({ at }) => at > since && at <= now);
        const asOf = scrapes.at(-1)?.at ?? since;
        // As the adapter's built-in queries: on the counts that were read, nothing where there are none.
        const counted = scrapes.reduce((sum, { canary }) => sum + canary.requests, 0);
        const reading =
          counted > 0 ? ({ status: "value", value: counted } as const) : ({ status: "empty" } as const);
        const evidence = { from: since, asOf, scrapes, queries: queries.map(() => reading), asked: [] };
        return { status: "ok", evidence };
      },
    };
  }
}
