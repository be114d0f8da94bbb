import type { GateReading } from "../../src/analysis/gates.ts";
import type { ClusterReading, VerdictWord } from "../../src/analysis/types.ts";
import type { ManagedRoute, Rollout } from "../../src/config/types.ts";
import { plannedStart } from "../../src/release/clock.ts";
import { decide } from "../../src/release/decide.ts";
import { choosesFirst } from "../../src/release/exposure.ts";
import { frozenAt } from "../../src/release/freeze.ts";
import { type Notice, noticesOf } from "../../src/release/notices.ts";
import { isProposed } from "../../src/release/proposal.ts";
import { settle } from "../../src/release/settle.ts";
import type {
  Change,
  Effect,
  EffectResult,
  Release,
  RolloutState,
  Weights,
} from "../../src/release/state.ts";
import type { Decision, Order, OrderCommand, World } from "../../src/release/world.ts";

export const MINUTE = 60_000;
/** A Monday, 10:00 UTC. */
export const START = Date.UTC(2026, 4, 4, 10);
const BAKE = 5 * MINUTE;

export const rollout: Rollout = {
  name: "checkout",
  mesh: "istio",
  namespace: "production",
  service: "checkout",
  prometheus: "production",
  cluster: null,
  targets: [{ file: "mesh/checkout.yaml", stable: "stable", canary: "canary" }],
  workloads: { stable: "apps/stable.yaml", canary: "apps/canary.yaml" },
  on: { kind: "merge" },
  steps: [10, 25, 50, 100].map((weight) => ({ weight, routes: [], bake: BAKE, approval: false })),
  auto: false,
  slos: [{ kind: "errorRate", max: 0.05, mode: "threshold" }],
  minRequests: 100,
  confidence: { falseRollback: 0.01 },
  live: { after: 2 * MINUTE },
  // biome-ignore lint/suspicious/noThenProperty: the word of the configuration file
  holds: { limit: 30 * MINUTE, then: "rollback", remind: 24 * 60 * MINUTE },
  windows: [],
  freezes: [],
  rollback: { merge: "auto", revert: true, traffic: "with-merge", deadline: 30_000, bypass: "hold" },
  promotion: { strategy: "copy", settle: 5 * MINUTE },
  supersede: "refuse",
  delivery: "commit",
  environment: null,
  commit: { message: "{rollout}: {what}", skipCi: false },
  approvers: [],
};

interface Pull {
  readonly number: number;
  readonly restore: Readonly<Record<string, string>>;
  state: "open" | "merged" | "closed";
  by: string | null;
}

interface Proposed {
  readonly number: number;
  readonly change: Change;
  readonly before: Release | null;
  /** Whose word it is. */
  readonly ordered: string | null;
  state: "open" | "merged" | "closed";
  by: string | null;
  mergeable: boolean;
}

/** One weight that was committed, and what was known when it was decided. */
export interface Move {
  readonly from: number;
  readonly to: number;
  readonly by: string | null;
  readonly before: Release | null;
  readonly verdict: VerdictWord;
  readonly advance: number | null;
  /** A route of ours came with it. */
  readonly routed: boolean;
  /** Gates of the step that was left which were not open, and that nobody had passed over. */
  readonly shut: readonly string[];
  readonly frozen: boolean;
  readonly at: number;
}

/** A repository, a cluster and a clock that obey: what `decide` says is done, and the next look sees it. */
export class Story {
  rollout: Rollout;
  now = START;
  state: RolloutState | null = null;
  weights: readonly Weights[];
  /** Routes of ours in the manifests. */
  routes: readonly ManagedRoute[] = [];
  /** Routes of ours that somebody changed: they still stand, but not as they were written. */
  touched: readonly ManagedRoute[] = [];
  /** What no commit takes away. */
  stuck: readonly ManagedRoute[] = [];
  bypasses: readonly string[] = [];
  /** What the release changed beside images and stable does not have; what somebody changed there otherwise. */
  lacking: readonly string[] = [];
  strayed: readonly string[] = [];
  canary = "v1";
  stable = "v1";
  declared = true;
  highestRelease = 0;
  removedBy: string | null = null;
  verdict: VerdictWord = "pass";
  /** Percent to which the judge wants the weight back. */
  retreat: number | null = null;
  /** Percent that the evidence allows next. */
  advance: number | null = null;
  follows = true;
  clockRight = true;
  /** What a cluster shows; null: there is none. */
  cluster: ClusterReading | null = null;
  /** What gates say, by name; one that is not here is pending. */
  gates: Readonly<Record<string, GateReading["status"]>> = {};
  /** The commit of each question to the gates. */
  readonly asked: string[] = [];
  waiting: string | null = null;
  /** What the rollout's `on:` says. */
  cause: Rollout["on"]["kind"] = "merge";
  /** Kinds of effect that a rule of the repository forbids. */
  readonly forbidden = new Set<Effect["kind"]>();
  /** What the rule says of itself. */
  rule = "a rule forbids it";
  /** Effects yet to be abandoned, because a file changed under them. */
  abandons = 0;
  readonly pulls: Pull[] = [];
  /** Changes that were opened as pull requests. */
  readonly proposals: Proposed[] = [];
  /** What somebody does while the bot withdraws a change. */
  justBeforeClosing: () => void = () => {};
  /** A file the changes rest upon, as it is now. */
  file = "as it was";
  readonly moves: Move[] = [];
  /** What must not happen in a freeze. */
  frozenStarts = 0;
  frozenCopies = 0;
  readonly ended: Release[] = [];
  readonly log: string[] = [];
  /** What people were told outside GitHub. */
  readonly notices: Notice[] = [];
  orders: Order[] = [];
  #said = 0;
  #commits = 0;

  constructor(change: Partial<Rollout> = {}, weights: readonly Weights[] = [{ stable: 100, canary: 0 }]) {
    this.rollout = { ...rollout, ...change };
    this.weights = weights;
  }

  get release(): Release {
    if (!this.state?.release) throw new Error("nothing is being released");
    return this.state.release;
  }

  get frozen(): boolean {
    return frozenAt(this.rollout.freezes, this.state, this.now) !== null;
  }

  get percent(): number {
    const [first] = this.weights;
    return first ? (100 * first.canary) / (first.stable + first.canary) : 0;
  }

  world(): World {
    const shift = this.state?.release?.shift;
    const pull = this.state?.release?.rollback?.pull
      ? this.pulls.find(({ number }) => number === this.state?.release?.rollback?.pull?.number)
      : undefined;
    const moving = shift && !shift.live && (shift.percent > 0 || shift.before > 0 || shift.rerouted);
    return {
      now: this.now,
      clockRight: this.clockRight,
      rollout: this.rollout,
      config: "config",
      declared: this.declared,
      gates: null,
      state: this.state,
      weights: this.weights,
      routes: this.weights.map(() => this.routes),
      left: [...this.routes, ...this.touched, ...this.stuck],
      bypasses: this.bypasses,
      beside: this.bypasses.join(),
      plan: (percent) => this.#plan(percent),
      workloads: {
        stable: this.#workload("apps/stable.yaml", this.stable),
        canary: this.#workload("apps/canary.yaml", this.canary),
      },
      templates: { lacking: this.lacking, strayed: this.strayed },
      head: `head${this.#commits}`,
      bases: {
        "mesh/checkout.yaml": this.file,
        "apps/canary.yaml": this.canary,
        "apps/stable.yaml": this.stable,
      },
      trigger: this.#trigger(),
      live: moving
        ? this.follows
          ? { live: true, how: "time", detail: "2 min passed" }
          : { live: false, detail: "the shares are those of before" }
        : null,
      verdict: this.#verdict(),
      judgement: null,
      cluster: this.cluster,
      asOf: this.now,
      rollbackPull: pull ? { state: pull.state, by: pull.by, mergeCommit: null } : null,
      proposalPull: this.#proposalPull(),
      commands: this.orders,
      highestRelease: this.highestRelease,
      removedBy: this.removedBy,
    };
  }

  #trigger(): World["trigger"] {
    const cause = { kind: this.cause, commit: "c0ffee0", pull: 7, actor: "ada", deployment: null };
    const planned = this.state && plannedStart(this.state, this.canary);
    if (planned && planned.at <= this.now) {
      return { cause: { ...cause, kind: "command", actor: planned.by, pull: planned.pull } };
    }
    return this.waiting ? { waiting: this.waiting } : { cause };
  }

  #verdict(): World["verdict"] {
    const release = this.state?.release;
    const first = release && choosesFirst(this.rollout, release);
    if (!first && !release?.shift.live) return null;
    // What is known before the first weight condemns nobody.
    const verdict = first && this.verdict !== "unavailable" ? "pass" : this.verdict;
    return {
      verdict,
      window: null,
      slos: [],
      words: `error rate says ${verdict}`,
      ...(this.retreat !== null && this.retreat < this.percent && { retreat: this.retreat }),
      ...(verdict === "pass" &&
        this.advance !== null &&
        this.advance > this.percent && { advance: this.advance }),
    };
  }

  #plan(percent: number): ReturnType<World["plan"]> {
    const weights = this.weights.map(({ stable, canary }) => {
      const share = (percent * (stable + canary)) / 100;
      return { stable: stable + canary - share, canary: share };
    });
    return weights.every(({ canary }) => Number.isInteger(canary))
      ? { ok: true, weights }
      : { ok: false, reason: `${percent} % is not a whole number here` };
  }

  #workload(file: string, version: string): World["workloads"]["canary"] {
    const containers = [{ name: "app", image: `app:${version}` }];
    return { file, version, containers, oid: `${file}@${version}` };
  }

  /** One look, with everything that follows from it. */
  look(): Decision {
    const decision = this.#decide();
    if (decision.kind === "wait") return decision;
    this.log.push(decision.why);
    const before = this.state?.release ?? null;
    const over = decision.kind === "record" && decision.ended ? decision.state.last : null;
    this.notices.push(...noticesOf(this.rollout, this.state, decision.state, over));
    if (before === null && decision.state.release && this.frozen) this.frozenStarts++;
    this.state = decision.state;
    if (decision.kind === "record" && decision.ended) {
      this.ended.push(this.release);
      this.state = { ...decision.state, release: null };
    }
    if (decision.kind === "effect") this.#carryOut(before);
    return decision;
  }

  /** As the pass does: gates are asked when a decision wants to know. */
  #decide(): Decision {
    const world = this.world();
    const decision = decide(world);
    if (decision.kind !== "wait" || !decision.asks) return decision;
    this.asked.push(decision.asks.commit);
    const gates = decision.asks.gates.map((gate) => {
      const status = this.gates[gate.name] ?? "pending";
      return { gate, status, words: `it says ${status}`, link: null };
    });
    return decide({ ...world, gates });
  }

  #carryOut(before: Release | null): void {
    const { pending } = this.state ?? {};
    if (!this.state || !pending) throw new Error("an effect without an intent");
    const settled = settle(this.state, this.#effect(pending.effect, before));
    this.log.push(settled.why);
    this.notices.push(...noticesOf(this.rollout, this.state, settled.state, null));
    this.state = settled.state;
  }

  #effect(effect: Effect, before: Release | null): EffectResult {
    const at = this.now;
    if (this.forbidden.has(effect.kind)) return { status: "blocked", reason: this.rule, at };
    if (this.abandons > 0) {
      this.abandons--;
      return { status: "abandoned", reason: "mesh/checkout.yaml changed meanwhile", at };
    }
    const commit = `commit${++this.#commits}`;
    switch (effect.kind) {
      case "set-weights":
      case "copy-images": {
        const ordered = this.state?.release?.timeline.at(-1)?.by ?? null;
        if (this.state && isProposed(this.rollout, this.state)) {
          const number = 200 + this.proposals.length;
          this.proposals.push({
            number,
            change: effect,
            before,
            ordered,
            state: "open",
            by: null,
            mergeable: false,
          });
          const copied = effect.kind === "copy-images" && { copy: `apps/stable.yaml@${this.canary}` };
          return { status: "opened", pull: number, head: commit, at, ...copied };
        }
        this.#apply(effect, before, ordered);
        const copy = effect.kind === "copy-images" && { copy: this.world().workloads.stable.oid };
        return { status: "committed", commit, at, ...copy };
      }
      case "bring-image":
        return { status: "committed", commit, at };
      case "merge-proposal":
        this.mergeProposal(null);
        return { status: "merged", commit, at };
      case "close-proposal": {
        this.justBeforeClosing();
        const late = this.proposals.at(-1)?.state === "merged";
        this.closeProposal(null);
        return late ? { status: "merged", commit, at } : { status: "closed", at };
      }
      case "open-rollback": {
        const number = 100 + this.pulls.length;
        this.pulls.push({ number, restore: effect.restore, state: "open", by: null });
        return { status: "opened", pull: number, head: commit, at };
      }
      case "merge-rollback":
        this.merge(null);
        return { status: "merged", commit, at };
      case "close-rollback":
        this.close(null);
        return { status: "closed", at };
    }
  }

  #apply(change: Change, before: Release | null, by: string | null): void {
    this.file = `${this.file}'`;
    if (change.kind === "bring-image") return;
    if (change.kind === "copy-images") {
      this.stable = this.canary;
      if (this.frozen && by === null) this.frozenCopies++;
      return;
    }
    const from = this.percent;
    const standing = [...this.routes, ...this.touched].map(({ name }) => name);
    const routed = change.routes.some(({ name }) => !standing.includes(name));
    this.weights = change.to;
    this.touched = this.touched.filter(({ name }) => change.routes.some((route) => route.name === name));
    this.routes = change.routes.filter(({ name }) => !this.touched.some((route) => route.name === name));
    const { verdict, advance, now: at, frozen } = this;
    const shut = this.#shut(before);
    this.moves.push({ from, to: this.percent, by, before, verdict, advance, routed, shut, frozen, at });
  }

  #shut(before: Release | null): readonly string[] {
    const gates = before?.step === -1 ? this.rollout.gates : this.rollout.steps[before?.step ?? -1]?.gates;
    const passed = this.state?.release?.approved?.without?.map(({ gate }) => gate.name) ?? [];
    const names = (gates ?? []).map(({ name }) => name);
    return names.filter((name) => this.gates[name] !== "open" && !passed.includes(name));
  }

  #proposalPull(): World["proposalPull"] {
    const number = this.state?.proposal?.pull;
    const pull = this.proposals.find((one) => one.number === number);
    return pull ? { ...pull, mergeCommit: `merge of ${pull.number}`, bringsMore: false } : null;
  }

  /** The open pull request of a change is merged, by the bot or by a person. */
  mergeProposal(by: string | null): void {
    const pull = this.proposals.at(-1);
    if (pull?.state !== "open") return;
    Object.assign(pull, { state: "merged", by });
    this.#apply(pull.change, pull.before, by ?? pull.ordered);
  }

  closeProposal(by: string | null): void {
    const pull = this.proposals.at(-1);
    if (pull?.state === "open") Object.assign(pull, { state: "closed", by });
  }

  /** The open rollback PR is merged, by the bot or by a person. */
  merge(by: string | null): void {
    const pull = this.pulls.at(-1);
    if (pull?.state !== "open") return;
    Object.assign(pull, { state: "merged", by });
    this.weights = this.weights.map(({ stable, canary }) => ({ stable: stable + canary, canary: 0 }));
    this.routes = [];
    this.touched = [];
    const version = (file: string) => pull.restore[file]?.split("@")[1];
    this.canary = version("apps/canary.yaml") ?? this.canary;
    this.stable = version("apps/stable.yaml") ?? this.stable;
  }

  /** A person edits the block of a route, or the one it was made from. */
  touch(): void {
    this.touched = [...this.touched, ...this.routes];
    this.routes = [];
  }

  close(by: string | null): void {
    const pull = this.pulls.at(-1);
    if (pull?.state === "open") Object.assign(pull, { state: "closed", by });
  }

  /** Looks until there is nothing to write. A whole release may fit into one moment here; more writes than that are a loop. */
  rest(limit = 30): Extract<Decision, { kind: "wait" }> {
    for (let i = 0; i < limit; i++) {
      const decision = this.look();
      if (decision.kind === "wait") return decision;
    }
    throw new Error(`no rest after ${limit} looks:\n${this.log.slice(-limit).join("\n")}`);
  }

  /** Lets time pass, looking every half minute. */
  pass(minutes: number): this {
    const until = this.now + minutes * MINUTE;
    this.rest();
    while (this.now < until) {
      this.now += 30_000;
      this.rest();
    }
    return this;
  }

  /** A person with write access says something, now or, where it is heard late, then. */
  say(text: string, by = "bea", said = this.now): this {
    this.orders = [...this.orders, this.order(text, by, { yes: true }, said)];
    this.rest();
    return this;
  }

  order(text: string, by = "bea", allowed: Order["allowed"] = { yes: true }, said = this.now): Order {
    return {
      key: `comment:${++this.#said}`,
      pull: 7,
      by,
      said: Math.floor(said / 1000) * 1000,
      text: `/canary ${text}`,
      allowed,
      command: command(text),
    };
  }

  /** A person edits the weights in git. */
  edit(canary: number): this {
    this.file = `${this.file}'`;
    this.weights = this.weights.map((w) => ({ stable: w.stable + w.canary - canary, canary }));
    return this;
  }

  /** What became of the last command. */
  get answer(): string {
    const last = this.state?.handled.at(-1);
    return `${last?.outcome}: ${last?.reason}`;
  }
}

/** `25`, `pause`, `start`, `start at MS`, `freeze`, `freeze until MS`. */
function command(text: string): OrderCommand {
  const [name = "", , time] = text.split(" ");
  const at = time === undefined ? null : Number(time);
  if (name === "start") return { name, at };
  if (name === "freeze") return { name, until: at, reason: "holidays" };
  const percent = Number(text);
  return Number.isNaN(percent)
    ? { name: text as Exclude<OrderCommand["name"], "weight" | "start" | "freeze"> }
    : { name: "weight", percent };
}

/** Adopted, and version v2 merged: the first look starts its release. */
export function released(change: Partial<Rollout> = {}, cluster: ClusterReading | null = null): Story {
  const story = new Story(change);
  story.cluster = cluster;
  story.rest();
  story.canary = "v2";
  story.rest();
  return story;
}

/** In its release, at a weight that is live but not yet baked. */
export function at(percent: number, change: Partial<Rollout> = {}): Story {
  const story = released(change);
  for (let minutes = 0; story.percent < percent && minutes < 200; minutes++) story.pass(1);
  if (story.percent !== percent) throw new Error(`never came to ${percent} %`);
  return story;
}
