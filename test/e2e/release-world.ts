import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { stringify } from "yaml";
import { until } from "../../dev/demo/watch.ts";
import { history } from "../../dev/github/git/history.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { type ClusterTroubles, mirror } from "../../dev/kubernetes/mirror.ts";
import { type SmallKubernetes, startSmallKubernetes } from "../../dev/kubernetes/server.ts";
import type { MeshFiles } from "../../dev/mesh/desired.ts";
import { type Load, startLoad } from "../../dev/mesh/load.ts";
import { type Mesh, startMesh } from "../../dev/mesh/mesh.ts";
import { startPrometheus } from "../../dev/prometheus/start.ts";
import { type RunningBot, startBot } from "../../dev/stage/bot.ts";
import { Person } from "../../dev/stage/person.ts";
import type { Repository } from "../../dev/stage/stage.ts";
import { createClients } from "../../src/adapters/github/client.ts";
import { createForge } from "../../src/adapters/github/forge.ts";
import { findSplits } from "../../src/manifests/index.ts";
import type { Forge } from "../../src/ports/forge.ts";
import type { Release, RolloutState } from "../../src/release/state.ts";

/**
 * Several teams with a repository, a mesh and users each, and one GitHub, one Prometheus and one bot for all of
 * them, so that their stories run side by side. Everything is real and on loopback; only durations are short.
 */

const CONFIG = ".github/sluice.yaml";
export const FILES: MeshFiles = {
  virtualService: "mesh/checkout.yaml",
  stable: "apps/checkout/stable.yaml",
  canary: "apps/checkout/canary.yaml",
};

export interface ShopOptions {
  /** Keys of the rollout that differ from `rolloutOf`. */
  readonly rollout?: Readonly<Record<string, unknown>>;
  /** The whole repository, where it is not the usual one. */
  readonly own?: {
    readonly files: Readonly<Record<string, string>>;
    readonly meshFiles: MeshFiles;
    readonly subsets: { readonly stable: string; readonly canary: string };
    readonly rollout: string;
  };
  readonly perSecond?: number;
  /** Its rollout names the cluster `production`. */
  readonly cluster?: true;
}

export interface World<Name extends string> {
  readonly github: GitHub;
  readonly bot: RunningBot;
  /** A story on one shop; afterwards GitHub's contract must have been kept. */
  tell(name: Name, story: (shop: Shop) => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorld<Name extends string>(
  wanted: Readonly<Record<Name, ShopOptions>>,
  env: Readonly<Record<string, string>> = {},
): Promise<World<Name>> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const github = await startGitHub({ validate: true });
    stops.push(() => github.close());
    const cluster = await startSmallKubernetes();
    stops.push(() => cluster.stop());
    const kubeconfig = await writeKubeconfig(cluster.url);
    stops.push(() => rm(kubeconfig, { force: true }));
    const shops = new Map<string, Shop>();
    for (const [name, options] of Object.entries<ShopOptions>(wanted)) {
      const shop = await openShop(github, name, options, cluster);
      stops.push(() => shop.close());
      shops.set(name, shop);
    }
    const targets = [...shops.values()].flatMap(({ mesh }) => mesh.scrapeTargets);
    const prometheus = await startPrometheus({ scrape: [{ job: "mesh", targets, interval: "200ms" }] });
    stops.push(() => prometheus.stop());
    const bot = await startBot({
      github,
      prometheus: prometheus.url,
      env: {
        LOOK_SECONDS: "0.3",
        READ_SECONDS: "1",
        WRITE_SECONDS: "0",
        CLUSTER_KUBECONFIG: kubeconfig,
        CLUSTER_NAMESPACES: "*",
        ...env,
      },
    });
    stops.push(() => bot.stop());
    github.setWebhook(bot.url);
    return {
      github,
      bot,
      async tell(name, story) {
        const shop = shops.get(name);
        if (!shop) throw new Error(`no shop ${name}`);
        try {
          await story(shop);
        } catch (error) {
          throw new Error(`${name}: ${String(error)}\n${bot.log.slice(-20).join("\n")}`, { cause: error });
        } finally {
          await shop.quiet();
        }
        expect(github.unknown).toEqual([]);
        expect(github.violations).toEqual([]);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A rollout as the stories use it, with short durations. */
export function rolloutOf(namespace: string, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    mesh: "istio",
    namespace,
    service: "checkout",
    targets: [{ file: FILES.virtualService, stable: "stable", canary: "canary" }],
    workloads: { stable: FILES.stable, canary: FILES.canary },
    bake: "1s",
    minRequests: 15,
    steps: [{ setWeight: 50 }, { setWeight: 100 }],
    slos: [{ errorRate: { max: "5%" } }],
    live: { after: "10s" },
    promotion: { strategy: "copy", settle: "1s" },
    ...changes,
  };
}

export function configOf(rollouts: Readonly<Record<string, object>>): string {
  return stringify({ version: 1, prometheus: "production", rollouts });
}

export function deployment(side: "stable" | "canary", namespace: string, version: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: checkout-${side}
  namespace: ${namespace}
spec:
  replicas: 2
  selector:
    matchLabels: { app: checkout, track: ${side} }
  template:
    metadata:
      labels: { app: checkout, track: ${side}, version: ${side} }
    spec:
      containers:
        - name: checkout
          image: registry.example.com/checkout:${version} # the release train bumps this line
          ports:
            - containerPort: 8080
`;
}

export function virtualService(namespace: string, stable: number, canary: number): string {
  return `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: checkout
  namespace: ${namespace}
spec:
  hosts: [checkout]
  http:
    - route:
        - destination: { host: checkout, subset: stable }
          weight: ${stable} # percent
        - destination: { host: checkout, subset: canary }
          weight: ${canary}
`;
}

async function writeKubeconfig(server: string): Promise<string> {
  const path = join(tmpdir(), `sluice-kubeconfig-${process.pid}-${Math.random()}`);
  const config = {
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token: "token" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(path, stringify(config));
  return path;
}

async function openShop(
  github: GitHub,
  name: string,
  options: ShopOptions,
  kubernetes: SmallKubernetes,
): Promise<Shop> {
  const files = options.own?.files ?? {
    [CONFIG]: configOf({
      checkout: rolloutOf(name, { ...options.rollout, ...(options.cluster && { cluster: "production" }) }),
    }),
    [FILES.virtualService]: virtualService(name, 100, 0),
    [FILES.stable]: deployment("stable", name, "1.0.0"),
    [FILES.canary]: deployment("canary", name, "1.0.0"),
  };
  // An owner each: writes of one installation go one after another.
  const repository = await github.createRepository({ owner: `acme-${name}`, name: "shop", files });
  const main = {
    head: async () => (await repository.git.branch("main")) ?? "",
    read: (head: string, path: string) => textAt(repository, head, path),
  };
  const faults: Faults = { share: () => 0 };
  const cluster = options.cluster ? mirror(kubernetes, name) : null;
  const mesh = await startMesh({
    source: main,
    ...(cluster && { cluster }),
    files: options.own?.meshFiles ?? FILES,
    ...(options.own && { subsets: options.own.subsets }),
    behaviour: (image) => ({ errorRate: image.endsWith("-bad") ? 0.4 : faults.share(image), latencyMs: 2 }),
    pollMs: 100,
    applyDelayMs: 100,
    startupMs: 100,
  });
  return new Shop({ github, repository, mesh, name, options, faults, cluster: cluster?.troubles ?? null });
}

async function textAt(repository: Repository, ref: string, path: string): Promise<string> {
  const found = await repository.git.object(`${ref}:${path}`);
  if (!found) throw new Error(`no ${path} at ${ref}`);
  return found.content.toString("utf8");
}

interface Faults {
  /** Share of requests that a version fails, 0 to 1. */
  share: (image: string) => number;
}

interface Parts {
  readonly github: GitHub;
  readonly repository: Repository;
  readonly mesh: Mesh;
  readonly name: string;
  readonly options: ShopOptions;
  readonly faults: Faults;
  readonly cluster: ClusterTroubles | null;
}

/** One team's repository and service, and what anybody can see of them. */
export class Shop {
  readonly repository: Repository;
  readonly mesh: Mesh;
  readonly name: string;
  readonly rollout: string;
  /** May write to the repository. */
  readonly alice: Person;
  /** Versions that end in `-bad` fail anyhow. */
  readonly faults: Faults;
  readonly #cluster: ClusterTroubles | null;
  readonly #github: GitHub;
  readonly #perSecond: number;
  #load: Load | null = null;
  readonly #files: MeshFiles;
  readonly #subset: string;

  constructor({ github, repository, mesh, name, options, faults, cluster }: Parts) {
    this.#cluster = cluster;
    this.#github = github;
    this.#perSecond = options.perSecond ?? 50;
    this.repository = repository;
    this.mesh = mesh;
    this.name = name;
    this.faults = faults;
    this.rollout = options.own?.rollout ?? "checkout";
    this.#files = options.own?.meshFiles ?? FILES;
    this.#subset = options.own?.subsets.canary ?? "canary";
    this.alice = this.person("alice", "write");
  }

  get where() {
    return { owner: this.repository.owner.login, repo: this.repository.name };
  }

  /** What goes wrong in its cluster. */
  get troubles(): ClusterTroubles {
    if (!this.#cluster) throw new Error(`${this.name} has no cluster`);
    return this.#cluster;
  }

  person(login: string, role: "read" | "write" | "admin"): Person {
    const person = new Person(login, this.#github, this.repository);
    this.#github.setPermission(this.repository, login, role);
    return person;
  }

  /** What the App itself could do to the repository, from another process. */
  app(): Forge {
    const log = { debug() {}, warn() {} };
    const { url: baseUrl, app } = this.#github;
    const clients = createClients({ ...app, baseUrl, writeIntervalMs: 0, log });
    const installation = this.#github.installationId(this.repository);
    return createForge({
      octokit: clients.forInstallation(installation),
      queue: clients.queueFor(installation),
      repository: { id: this.repository.id, owner: this.where.owner, name: this.where.repo },
      self: { login: "sluice[bot]" },
    });
  }

  read(ref: string, path: string): Promise<string> {
    return textAt(this.repository, ref, path);
  }

  /** The canary workload with another image. */
  async canaryWith(version: string): Promise<Record<string, string>> {
    const text = await this.read("main", this.#files.canary);
    return { [this.#files.canary]: text.replace(/(image: [^:\s]+):\S+/, `$1:${version}`) };
  }

  /** From here on there are users. */
  async visited(): Promise<void> {
    this.#load ??= startLoad({ url: this.mesh.url, perSecond: this.#perSecond });
    await this.adopted();
  }

  /** A pull request with a new version; its number. */
  async propose(version: string): Promise<number> {
    await this.visited();
    return this.alice.propose(`v${version}`, `checkout ${version}`, await this.canaryWith(version));
  }

  /** The same, merged. */
  async ship(version: string): Promise<number> {
    const number = await this.propose(version);
    await this.alice.merge(number);
    return number;
  }

  /** As people push: where somebody was faster, they pull and push again. */
  async push(
    files: Readonly<Record<string, string | null>>,
    message: string,
    branch = "main",
  ): Promise<string> {
    for (;;) {
      try {
        return await this.#github.push(this.repository, branch, { files, message, author: "alice" });
      } catch (error) {
        if (!String(error).includes("moved meanwhile")) throw error;
      }
    }
  }

  /** The bot has taken the rollout in hand, at weight 0. */
  async adopted(): Promise<void> {
    await this.until("the adoption", async () => (await this.state()) !== null);
  }

  /** Canary weight on a branch or commit. */
  async weight(ref = "main"): Promise<number> {
    const path = this.#files.virtualService;
    const splits = findSplits(path, await this.read(ref, path));
    if (!splits.ok) throw new Error(splits.problem.message);
    return splits.value[0]?.arms.find(({ name }) => name === this.#subset)?.weight ?? -1;
  }

  /** Canary weights on main, commit by commit, repetitions aside. */
  async weights(): Promise<readonly number[]> {
    const weights: number[] = [];
    for (const oid of (await history(this.repository.git, "main")).reverse()) {
      // Commits of pull request branches come with their merges.
      const weight = await this.weight(oid);
      if (weight !== weights.at(-1)) weights.push(weight);
    }
    return weights;
  }

  weightIs(percent: number): Promise<unknown> {
    return this.until(`canary weight ${percent}`, async () => (await this.weight()) === percent);
  }

  async image(side: "stable" | "canary"): Promise<string> {
    return /image: \S+:(\S+)/.exec(await this.read("main", this.#files[side]))?.[1] ?? "";
  }

  async state(): Promise<RolloutState | null> {
    const text = await this.read("sluice/state", `rollouts/${this.rollout}.json`).catch(() => null);
    return text === null ? null : JSON.parse(text);
  }

  /** The running release, once it is as wanted. */
  release(what: string, wanted: (release: Release) => boolean): Promise<Release> {
    return this.until(what, async () => {
      const release = (await this.state())?.release;
      return release && wanted(release) ? release : null;
    });
  }

  held(reason: string): Promise<Release> {
    return this.release(`a hold (${reason})`, ({ hold }) => hold?.reason === reason);
  }

  /** A release, once it has ended. */
  ended(number: number): Promise<Release> {
    return this.until(`the end of #${number}`, async () => {
      const text = await this.read("sluice/state", `releases/${this.rollout}/${number}.json`).catch(
        () => null,
      );
      return text === null ? null : JSON.parse(text).release;
    });
  }

  rollbacks() {
    return [...this.repository.pulls.values()].filter((pull) =>
      pull.headBranch.startsWith("sluice/rollback/"),
    );
  }

  rollbackOpen() {
    return this.until("the rollback pull request", async () => this.rollbacks()[0]);
  }

  /** The comment that a release keeps on its pull request, once it says something. */
  comment(pull: number, says: string | RegExp): Promise<string> {
    return this.until(`a comment that says ${says}`, async () => {
      const found = await this.stickies(pull);
      return found.find((body) => (typeof says === "string" ? body.includes(says) : says.test(body)));
    });
  }

  async stickies(pull: number): Promise<readonly string[]> {
    const comments = await this.alice.comments(pull);
    return comments.map(({ body }) => body ?? "").filter((body) => body.includes("<!-- sluice:release"));
  }

  /** Says it as a person and waits for the bot's answer. */
  async command(person: Person, pull: number, body: string): Promise<"rocket" | "-1"> {
    const comment = await person.comment(pull, body);
    return this.until(`an answer to ${body}`, async () => {
      const reactions = await person.reactions(comment);
      return reactions.includes("rocket") ? "rocket" : reactions.includes("-1") ? "-1" : null;
    });
  }

  /** The check of a name on a commit, once it is as wanted. */
  check(
    sha: string,
    name: string,
    wanted: (check: { readonly conclusion: string | null; readonly title: string }) => boolean,
  ): Promise<{ readonly title: string; readonly summary: string }> {
    return this.until(`check ${name}`, async () => {
      for (const run of await this.alice.checks(sha)) {
        const title = run.output.title ?? "";
        if (run.name === name && wanted({ conclusion: run.conclusion, title }))
          return { title, summary: run.output.summary ?? "" };
      }
      return null;
    });
  }

  until<T>(what: string, find: () => Promise<T | null | undefined | false>): Promise<T> {
    return until(`${this.name}: ${what}`, find);
  }

  /** The story is told: its users go home. */
  async quiet(): Promise<void> {
    await this.#load?.stop();
    this.#load = null;
  }

  async close(): Promise<void> {
    await this.quiet();
    await this.mesh.stop();
  }
}
