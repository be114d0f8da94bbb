import { hooksFor } from "../../src/adapters/hooks/hooks.ts";
import type { Scrape } from "../../src/analysis/types.ts";
import { type Assembled, assemble } from "../../src/entry/assemble.ts";
import type { Metrics } from "../../src/ports/metrics.ts";
import { keyId, type RolloutKey } from "../../src/ports/scheduler.ts";
import { Agenda } from "../../test/simulation/agenda.ts";
import { Chance } from "../../test/simulation/chance.ts";
import { createForge } from "../../test/simulation/forge.ts";
import { SimulatedGates } from "../../test/simulation/gates.ts";
import { BOT, GitHub, MAIN } from "../../test/simulation/github.ts";
import { canaryShare, filesOf, workload } from "../calls/files.ts";

const BEGIN = Date.UTC(2026, 0, 5, 9);
const SCRAPE = 15_000;
/** Requests of both sides between two scrapes. */
const REQUESTS = 15_000;
/** What a call takes, ms: from the least to the most, evenly. Its effect is there at half of it. */
const LATENCY = { read: [80, 300], write: [300, 900], metrics: [20, 120] } as const;
const IN_ONE = 5;
const silent = { info() {}, warn() {} };

export interface Size {
  readonly active: number;
  readonly idle: number;
}

interface Site {
  readonly github: GitHub;
  readonly rollouts: readonly string[];
}

/** Many repositories, five rollouts each, in two hundred installations at most: the real bot on simulated ports, in virtual time. */
export class Fleet {
  agenda = new Agenda(BEGIN);
  readonly sites: Site[] = [];
  /** Looks that asked the metrics source. */
  looks = 0;
  /** Calls of GitHub. */
  calls = 0;
  /** `repository/rollout` → from when on its canary fails a fifth of its requests, epoch ms. */
  readonly breaches = new Map<string, number>();
  /** The same → when its weight was 0 again on main. */
  readonly tookBack = new Map<string, number>();
  readonly #byId = new Map<number, Site>();
  readonly #shares = new Map<string, { readonly at: number; readonly share: number }[]>();
  readonly #active: number;
  #random = 1;
  #bot: Assembled | null = null;

  constructor({ active, idle }: Size) {
    this.#active = active;
    const busy = Math.ceil(active / IN_ONE);
    for (let id = 1; id <= busy + idle; id++)
      this.#open(id, Math.min(IN_ONE, id <= busy ? active - (id - 1) * IN_ONE : 1));
    this.#bot = this.#assemble();
  }

  get keys(): readonly RolloutKey[] {
    return this.sites
      .flatMap(({ github, rollouts }) => {
        const { id, owner, name, installation } = github;
        return rollouts.map((rollout) => ({ installation, repository: { id, owner, name }, rollout }));
      })
      .slice(0, this.#active);
  }

  /** A look at everything, as a server does when it starts and every quarter of an hour. */
  async sweep(): Promise<void> {
    let over = false;
    void this.bot.recover().then(() => {
      over = true;
    });
    while (!over) await this.agenda.run(this.agenda.now + 1000, () => over);
  }

  /** A new version of each rollout that shall be active, over a minute, each by a pull request of its own. */
  ship(): void {
    for (const { repository, installation, rollout } of this.keys) {
      const github = this.#byId.get(repository.id)?.github;
      if (!github) continue;
      this.agenda.in(this.#between(0, 60_000), () => {
        const head = github.git.head(MAIN);
        if (head === null) return;
        const files = new Map([[`apps/${rollout}/canary.yaml`, workload(rollout, "canary", "2.0.0")]]);
        const about = { message: `${rollout} 2.0.0`, author: "alice", signed: false };
        const branch = `next-${rollout}`;
        github.move(branch, github.git.make([head], files, about).oid, "alice");
        const title = `${rollout} 2.0.0`;
        const { number } = github.open({ branch, base: MAIN, title, body: "", author: "alice" });
        github.merge(number, "alice");
        void this.bot.bot.look({ repository, installation, rollout }, { kind: "push" });
      });
    }
  }

  wait(ms: number, done?: () => boolean): Promise<void> {
    return this.agenda.run(this.agenda.now + ms, done);
  }

  /** Whether every release that shall be active has its first weight live. */
  share(key: RolloutKey): number {
    return canaryShare(
      this.#byId.get(key.repository.id)?.github.git.read(MAIN, `mesh/${key.rollout}.yaml`) ?? null,
    );
  }

  /** Everything of the bot is let go; what stays is the simulation. */
  drop(): void {
    this.#bot = null;
    this.agenda = new Agenda(this.agenda.now);
  }

  get bot(): Assembled {
    if (!this.#bot) throw new Error("The bot was dropped.");
    return this.#bot;
  }

  #open(id: number, count: number): void {
    const rollouts = Array.from({ length: Math.max(1, count) }, (_, at) => `service-${at}`);
    const github = new GitHub({
      id,
      installation: 1000 + (id % 200),
      now: () => this.agenda.now,
      tell: () => {},
    });
    github.people.set("alice", "write");
    github.push(
      MAIN,
      "alice",
      "what we have",
      new Map(Object.entries(filesOf(rollouts, [10, 50, 100], "10h"))),
    );
    github.git.onMove((branch) => {
      if (branch !== MAIN) return;
      for (const rollout of rollouts) {
        const key = `${id}/${rollout}`;
        if (!this.breaches.has(key) || this.tookBack.has(key)) continue;
        if (canaryShare(github.git.read(MAIN, `mesh/${rollout}.yaml`)) === 0)
          this.tookBack.set(key, this.agenda.now);
      }
    });
    const site = { github, rollouts };
    this.sites.push(site);
    this.#byId.set(id, site);
  }

  #assemble(): Assembled {
    const { agenda } = this;
    const timers = new Map<string, () => void>();
    return assemble({
      login: BOT,
      directory: {
        installationOf: async () => null,
        installations: async () => [...new Set(this.sites.map(({ github }) => github.installation))],
        repositories: async (installation) =>
          this.sites
            .filter(({ github }) => github.installation === installation)
            .map(({ github: { id, owner, name } }) => ({ id, owner, name })),
      },
      forgeFor: ({ repository }) =>
        createForge(
          this.#site(repository.id).github,
          this.#gatesOf(this.#site(repository.id)),
          (_, writes, apply) => {
            this.calls += 1;
            const [least, most] = writes ? LATENCY.write : LATENCY.read;
            return this.#carry(this.#between(least, most), () => apply(agenda.now));
          },
          () => 0,
        ),
      metricsFor: ({ repository }) => this.#metricsOf(this.#site(repository.id)),
      clusterFor: () => ({ look: () => Promise.reject(new Error("There is no cluster.")) }),
      notifierFor: () => ({ notify() {} }),
      pagesFor: () => ({ pagesOf: () => [] }),
      hooksFor: () => hooksFor(new Map(), ""),
      clock: { now: () => agenda.now },
      later: (wait, then) => agenda.in(wait, then),
      schedulerFor: (due) => {
        const cancel = async (key: RolloutKey) => {
          timers.get(keyId(key))?.();
          timers.delete(keyId(key));
        };
        return {
          schedule: async (key, at) => {
            await cancel(key);
            timers.set(
              keyId(key),
              agenda.at(at, () => due(key)),
            );
          },
          cancel,
          stop: () => timers.clear(),
        };
      },
      settings: { lookEvery: 15_000, readEvery: 60_000, showEvery: 60_000 },
      log: silent,
    });
  }

  #carry<T>(takes: number, apply: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.agenda.in(takes / 2, () => {
        let answer = () => {};
        try {
          const value = apply();
          answer = () => resolve(value);
        } catch (error) {
          answer = () => reject(error);
        }
        this.agenda.in(takes / 2, answer);
      });
    });
  }

  /** None is ever asked. */
  #gatesOf({ github }: Site): SimulatedGates {
    return new SimulatedGates({ agenda: this.agenda, github, chance: new Chance(1) });
  }

  #metricsOf({ github }: Site): Metrics {
    return {
      blindSpots: () => [],
      fitOf: () => ({ problem: null, notes: [] }),
      link: () => null,
      checkQuery: async () => ({ status: "ok", value: 0 }),
      observe: ({ service, since, now, queries }) =>
        this.#carry(this.#between(...LATENCY.metrics), () => {
          this.looks += 1;
          const key = `${github.id}/${service}`;
          const known = this.#shares.get(key) ?? [];
          this.#shares.set(key, known);
          const share = canaryShare(github.git.read(MAIN, `mesh/${service}.yaml`));
          if (known.at(-1)?.share !== share) known.push({ at: this.agenda.now, share });
          const breach = this.breaches.get(key) ?? Number.POSITIVE_INFINITY;
          const scrapes: Scrape[] = [];
          for (let at = (Math.floor(since / SCRAPE) + 1) * SCRAPE; at <= now; at += SCRAPE) {
            const sent = Math.round(REQUESTS * (known.findLast((one) => one.at <= at)?.share ?? 0));
            const errors = Math.round((sent / 5) * Math.min(1, Math.max(0, (at - breach) / SCRAPE)));
            scrapes.push({
              at,
              canary: { requests: sent, errors, latency: [] },
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
        }),
    };
  }

  #site(id: number): Site {
    const site = this.#byId.get(id);
    if (!site) throw new Error(`There is no repository ${id}.`);
    return site;
  }

  /** The same in every run. */
  #between(least: number, most: number): number {
    this.#random = (this.#random * 48_271) % 2_147_483_647;
    return least + ((most - least) * this.#random) / 2_147_483_647;
  }
}
