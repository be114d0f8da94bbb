import type { Evidence } from "../../src/analysis/types.ts";
import type { Rollout } from "../../src/config/types.ts";
import { chooseSplit, readWorkload } from "../../src/manifests/index.ts";
import { selectorOf } from "../../src/reconcile/facts.ts";
import { reconcile } from "../../src/reconcile/pass.ts";
import { planOfPull } from "../../src/reconcile/plan.ts";
import type { Cause } from "../../src/reconcile/ports.ts";
import {
  endedPath,
  parseEnded,
  parseState,
  STATE_BRANCH,
  statePath,
} from "../../src/reconcile/state-document.ts";
import type { Ended, Release, RolloutState } from "../../src/release/state.ts";
import type { CheckView } from "../../src/views/check.ts";
import { planCheck } from "../../src/views/plan.ts";
import type { PlanView } from "../../src/views/plan-view.ts";
import type { Inside, Process, Team } from "../reconcile/inside.ts";
import { random } from "./random.ts";
import { type Behaviour, type Reach, SCRAPE, Traffic } from "./traffic.ts";

const HOUR = 3_600_000;
const HISTORY = HOUR / 2;
/** Scrapes after which a release that has not ended never will. */
const LONGEST = HOUR / SCRAPE;

/** What users of a rollout do, and what its versions do to them. */
export interface Tale {
  /** Requests a second, both sides and all clusters together. */
  readonly perSecond: number;
  /** A cluster a target, each with its part of the traffic. */
  readonly clusters?: Readonly<Record<string, number>>;
  /** Part of the requests that header routes of ours take. */
  readonly testers?: number;
  readonly does: (version: string, cluster: string | null) => Behaviour;
}

interface Parts {
  readonly inside: Inside;
  readonly server: string;
  /** What the metrics source answered, look by look. */
  readonly evidence: readonly Evidence[];
  readonly team: Team;
  readonly rollout: Rollout;
  readonly tale: Tale;
}

/** One rollout of an example: its users at every scrape, its bot after it. */
export class Story {
  readonly inside: Inside;
  readonly team: Team;
  readonly rollout: Rollout;
  readonly evidence: readonly Evidence[];
  readonly #server: string;
  readonly #tale: Tale;
  readonly #bot: Process;
  /** As users saw them; repetitions aside. */
  readonly #weights: string[] = [];
  #traffic: Traffic | null = null;

  constructor({ inside, server, evidence, team, rollout, tale }: Parts) {
    this.inside = inside;
    this.team = team;
    this.rollout = rollout;
    this.evidence = evidence;
    this.#server = server;
    this.#tale = tale;
    this.#bot = team.process();
  }

  /** Users come for half an hour, and the rollout is adopted. */
  async open(): Promise<void> {
    const { stable, canary } = this.rollout.workloads;
    const name = async (path: string) => {
      const read = readWorkload(path, await this.team.read("main", path));
      if (!read.ok) throw new Error(read.problem.message);
      return read.value.name;
    };
    const { perSecond, clusters } = this.#tale;
    const parts = clusters ? Object.entries(clusters) : ([[null, 1]] as const);
    const places = parts.map(([cluster, part]) => ({ name: cluster, perSecond: perSecond * part }));
    const workloads = { stable: await name(stable), canary: await name(canary) };
    this.#traffic = new Traffic(this.rollout, workloads, places, random(perSecond));
    await this.pass(HISTORY);
    await this.look({ kind: "push" });
  }

  /** Users go on, and nobody looks. */
  async pass(ms: number): Promise<void> {
    const traffic = this.#traffic;
    if (!traffic) throw new Error("nobody is there yet");
    const reach = await Promise.all(traffic.clusters.map((_, i) => this.#reach(i)));
    const seen = reach.map(({ weight }) => weight).join(" ");
    if (this.#weights.at(-1) !== seen) this.#weights.push(seen);
    const stable = await this.image("stable");
    const canary = await this.image("canary");
    for (let past = 0; past < ms; past += SCRAPE) {
      this.inside.wait(SCRAPE);
      for (const [i, cluster] of traffic.clusters.entries()) {
        const does = (version: string) => this.#tale.does(version, cluster.name);
        traffic.between(cluster, reach[i] ?? NOBODY, { stable: does(stable), canary: does(canary) });
      }
      traffic.counters.scrape(this.inside.now());
    }
    await traffic.counters.push(this.#server);
  }

  async look(cause: Cause = { kind: "timer" }): Promise<void> {
    // Nothing happens here that a look is not told of.
    const settings = { lookEvery: SCRAPE, readEvery: HOUR, showEvery: HOUR };
    const ports = { ...this.#bot.ports, settings };
    for (let next = cause; ; ) {
      const { changed } = await reconcile(ports, this.rollout.name, next);
      await ports.projector.idle();
      if (!changed) return;
      next = { ...next, kind: next.kind === "timer" ? "again" : next.kind };
    }
  }

  /** The pull request that brings a version; its number. */
  async propose(version: string): Promise<number> {
    const file = this.rollout.workloads.canary;
    const before = await this.team.read("main", file);
    const text = before.replace(/(image: \S+:)\S+/, `$1${version}`);
    return this.team.alice.propose(`${this.rollout.name}-${version}`, `${this.rollout.name} ${version}`, {
      [file]: text,
    });
  }

  /** What the check on a pull request says. */
  async plan(pull: number): Promise<{ readonly view: PlanView; readonly check: CheckView }> {
    const { ports } = this.#bot;
    const view = await planOfPull(ports, await ports.forge.pull(pull));
    if (!view) throw new Error("no plan");
    return { view, check: planCheck(view) };
  }

  async merge(pull: number): Promise<void> {
    await this.team.alice.merge(pull);
    await this.look({ kind: "push" });
  }

  async say(pull: number, words: string): Promise<void> {
    const comment = await this.team.alice.comment(pull, words);
    await this.look({ kind: "comment", comment });
  }

  /** Scrape by scrape to the release's end; `people` see it after each. */
  async ended(people: (release: Release) => Promise<void> = async () => {}): Promise<Ended> {
    for (let scrape = 0; scrape < LONGEST; scrape += 1) {
      await this.pass(SCRAPE);
      await this.look();
      const { last, release, pending } = await this.state();
      if (last && !release && !pending) return last;
      if (release) await people(release);
    }
    throw new Error(`no end: ${JSON.stringify((await this.state()).release?.timeline, null, 1)}`);
  }

  async state(): Promise<RolloutState> {
    const { name } = this.rollout;
    const parsed = parseState(name, await this.team.read(STATE_BRANCH, statePath(name)));
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.state;
  }

  /** Percent that weights sent to the canary since this was asked last, cluster by cluster. */
  seen(): readonly string[] {
    return this.#weights.splice(0);
  }

  /** The words with which the last release failed. */
  async failure(): Promise<string> {
    const { last } = await this.state();
    const path = endedPath(this.rollout.name, last?.number ?? 0);
    return parseEnded(await this.team.read(STATE_BRANCH, path))?.failure?.words ?? "";
  }

  async image(side: "stable" | "canary"): Promise<string> {
    const text = await this.team.read("main", this.rollout.workloads[side]);
    return /image: \S+:(\S+)/.exec(text)?.[1] ?? "";
  }

  /** What the manifests of one cluster send to the canary. */
  async #reach(index: number): Promise<Reach & { readonly weight: number }> {
    const target = this.rollout.targets[index];
    if (!target) throw new Error(`no target ${index}`);
    const text = await this.team.read("main", target.file);
    const split = chooseSplit(target.file, text, selectorOf(target));
    if (!split.ok) throw new Error(split.problem.message);
    const weight = (name: string) => split.value.arms.find((arm) => arm.name === name)?.weight ?? 0;
    const part = weight(target.canary) / (weight(target.canary) + weight(target.stable));
    const routes = this.rollout.steps.flatMap((step) => step.routes);
    const stands = (route: (typeof routes)[number]) =>
      route.kind === "header"
        ? route.match.some(({ name }) => text.includes(name))
        : text.includes("RequestMirror");
    const testers = routes.some((one) => one.kind === "header" && stands(one))
      ? (this.#tale.testers ?? 0)
      : 0;
    const mirror = routes.find((one) => one.kind === "mirror" && stands(one));
    const copied = mirror?.kind === "mirror" ? mirror.percent / 100 : 0;
    return { weight: part * 100, sent: testers + (1 - testers) * part, copied };
  }
}

const NOBODY: Reach = { sent: 0, copied: 0 };
