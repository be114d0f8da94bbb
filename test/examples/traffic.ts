import type { Rollout } from "../../src/config/types.ts";
import { Counters, type Series } from "./counters.ts";
import { DATA_PLANES, type DataPlane, type Fate, type Named } from "./data-planes.ts";
import type { Random } from "./random.ts";

export const SCRAPE = 30_000;

/** How a version behaves, as shares of its requests. */
export interface Behaviour {
  readonly failing: number;
  /** Mean of an exponential distribution, ms. */
  readonly takes: number;
  readonly plain?: number;
  /** Of the requests meant for it; they never reach it. */
  readonly turnedAway?: number;
}

/** What reaches the canary in one cluster, as shares of all requests. */
export interface Reach {
  /** By weight and by header. */
  readonly sent: number;
  readonly copied: number;
}

interface Cluster {
  /** null where there is one alone, and nobody tells it. */
  readonly name: string | null;
  /** Requests a second, both sides together. */
  readonly perSecond: number;
}

/** The users of one rollout, and the data plane that counts what they get. */
export class Traffic {
  readonly counters = new Counters();
  readonly clusters: readonly Cluster[];
  readonly #random: Random;
  readonly #plane: DataPlane;
  readonly #names: Readonly<Record<"stable" | "canary", Named>>;

  constructor(
    rollout: Rollout,
    workloads: { readonly stable: string; readonly canary: string },
    clusters: readonly Cluster[],
    random: Random,
  ) {
    const plane = DATA_PLANES[rollout.mesh];
    if (!plane) throw new Error(`no series of ${rollout.mesh} are known here`);
    const [target] = rollout.targets;
    const named = (side: "stable" | "canary"): Named => ({
      namespace: rollout.namespace,
      service: rollout.service,
      workload: workloads[side],
      arm: target?.[side] ?? "",
    });
    this.#plane = plane;
    this.#random = random;
    this.#names = { stable: named("stable"), canary: named("canary") };
    this.clusters = clusters;
  }

  /** Users of one cluster between two scrapes. */
  between(at: Cluster, reach: Reach, does: Readonly<Record<"stable" | "canary", Behaviour>>): void {
    const { binomial } = this.#random;
    const all = Math.round((at.perSecond * SCRAPE) / 1000);
    const canary = binomial(all, reach.sent);
    this.#requests(at, "stable", all - canary, does.stable);
    this.#requests(at, "canary", canary + binomial(all, reach.copied), does.canary);
    this.#add(at, this.#plane.neighbour(this.#names.canary), 1000);
  }

  #requests(at: Cluster, side: "stable" | "canary", meant: number, does: Behaviour): void {
    const { binomial } = this.#random;
    const turnedAway = binomial(meant, does.turnedAway ?? 0);
    const breaker = this.#plane.turnedAway(this.#names[side]);
    // Proxies show this one from the start; the others appear with their first request.
    if (breaker) this.#show(at, breaker, turnedAway);
    const arrived = meant - turnedAway;
    const failed = binomial(arrived, does.failing);
    const plain = binomial(arrived - failed, does.plain ?? 0);
    this.#fate(at, side, "failed", failed);
    this.#fate(at, side, "in plain text", plain);
    this.#fate(at, side, "answered", arrived - failed - plain);
    let left = arrived;
    let beyond = 1;
    for (const le of [...this.#plane.edges, Infinity]) {
      const slower = le === Infinity ? 0 : Math.exp(-le / does.takes);
      left -= binomial(left, beyond === 0 ? 1 : 1 - slower / beyond);
      beyond = slower;
      this.#add(at, this.#plane.took(this.#names[side], le), arrived - left);
    }
  }

  #fate(at: Cluster, side: "stable" | "canary", fate: Fate, count: number): void {
    for (const series of this.#plane.counted(this.#names[side], fate)) this.#add(at, series, count);
  }

  #add(at: Cluster, series: Series, by: number): void {
    if (by > 0) this.#show(at, series, by);
  }

  #show({ name }: Cluster, [metric, labels]: Series, by: number): void {
    const place = name === null ? {} : { cluster: name };
    this.counters.add([metric, { ...place, instance: "10.0.0.7:15020", ...labels }], by);
  }
}
