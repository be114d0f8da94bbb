import type { ClusterReading, Proof, Readiness } from "../../src/analysis/types.ts";
import type { Cluster, ClusterQuestion, WorkloadQuestion } from "../../src/ports/cluster.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import type { Mesh } from "./mesh.ts";
import { LOUD } from "./planted.ts";
import { type Shop, versionOf } from "./shop.ts";

/** What a cluster can do wrong for a while. */
export const CLUSTER_FAULTS = [
  "down",
  "hangs",
  "stale",
  "the route is rejected",
  "the live weights are edited",
] as const;
export type ClusterFault = (typeof CLUSTER_FAULTS)[number];

interface Answer {
  readonly at: number;
  readonly question: ClusterQuestion;
  readonly reading: ClusterReading;
}

/** A stale answer shows the cluster as it was so long ago, ms. */
export const STALE = 60_000;
/** From being applied to being ready, and to the second crash, ms. */
const STARTS = 10_000;
const CRASHES = 20_000;

/** The cluster of every shop that names one; what it answered is kept for those who check. */
export class SimulatedCluster {
  readonly #agenda: Agenda;
  readonly #mesh: Mesh;
  readonly #shops: readonly Shop[];
  readonly #chance: Chance;
  readonly troubles: { readonly fault: ClusterFault; readonly from: number; readonly to: number }[] = [];
  /** By shop, newest last. */
  readonly answers = new Map<string, Answer[]>();
  readonly met = new Map<ClusterFault, number>();
  /** When a fault was last met, epoch ms. */
  lastMet = Number.NEGATIVE_INFINITY;

  constructor(options: { agenda: Agenda; mesh: Mesh; shops: readonly Shop[]; chance: Chance }) {
    this.#agenda = options.agenda;
    this.#mesh = options.mesh;
    this.#shops = options.shops;
    this.#chance = options.chance;
  }

  /** The port, for a process whose calls `carry` brings there and back, or not. */
  port(carry: <T>(wait: number, answer: () => T) => Promise<T>): Cluster {
    return {
      look: (question) => {
        const hangs = this.#now("hangs");
        return carry(hangs ? 10_000 : this.#chance.between(5, 200), () => {
          const reading = hangs ? silent(question, "no answer within 10 s") : this.#answer(question);
          const shop = this.#shopOf(question);
          if (shop) {
            const answers = this.answers.get(shop.name) ?? [];
            answers.push({ at: this.#agenda.now, question, reading });
            this.answers.set(shop.name, answers);
          }
          return reading;
        });
      },
    };
  }

  #shopOf({ targets, canary }: ClusterQuestion): Shop | undefined {
    return this.#shops.find(
      ({ name }) => canary?.name === `${name}-canary` || targets.some((target) => target.name === name),
    );
  }

  #answer(question: ClusterQuestion): ClusterReading {
    if (this.#now("down")) return silent(question, `connection refused: ${LOUD}`);
    const shop = this.#shopOf(question);
    if (!shop) return silent(question, "no such objects");
    const at = this.#agenda.now - (this.#now("stale") ? STALE : 0);
    const live = this.#mesh.at(shop, at);
    const wanted = question.targets.map(({ weights: { stable, canary } }) => canary / (stable + canary || 1));
    const share = wanted.reduce((sum, one) => sum + one, 0) / Math.max(1, wanted.length);
    const same = live !== null && Math.abs(live.share - share) < 0.0001;
    const edited = live?.edited === true && !same;
    if (edited) this.#now("the live weights are edited");
    return {
      traffic: question.targets.length === 0 ? null : this.#traffic(shop, same, at),
      appliedAt: same ? live.at : null,
      drift: edited ? { words: `weight is ${live.share}, git says ${share}`, since: live.at } : null,
      canary: question.canary && this.#workload(shop, "canary", question.canary, at),
      stable: question.stable && this.#workload(shop, "stable", question.stable, at),
    };
  }

  #traffic(shop: Shop, same: boolean, at: number): Proof {
    if (this.#mesh.rejects(at) && this.#now("the route is rejected"))
      return { status: "not-yet", words: "refused: no listener matches" };
    if (!same) {
      const stuck = at < this.#mesh.stuckUntil ? "; its last sync ended Failed: no space left" : "";
      return { status: "not-yet", words: `the live weights are others than git's${stuck}` };
    }
    return shop.cluster === "status"
      ? { status: "proven", words: "accepted" }
      : { status: "unknown", words: "has no status that says so" };
  }

  #workload(shop: Shop, side: "stable" | "canary", question: WorkloadQuestion, at: number): Readiness {
    const live = this.#mesh.at(shop, at);
    const version = versionOf(question.template) ?? "";
    if (live?.[side] !== version) return { status: "not-yet", words: `${side} runs another version` };
    const ran = at - this.#mesh.beganAt(shop, side, at);
    if (ran < STARTS) return { status: "not-yet", words: "0 of 3 ready" };
    if (!version.endsWith("-crash")) return { status: "proven", words: `${side} runs ${version}` };
    return ran < CRASHES
      ? { status: "not-yet", words: "0 of 3 ready" }
      : { status: "failed", words: `pod x, container app: CrashLoopBackOff, 3 restarts; ${LOUD}` };
  }

  #now(fault: ClusterFault): boolean {
    const { now } = this.#agenda;
    const found = this.troubles.some((one) => one.fault === fault && one.from <= now && now < one.to);
    if (found) {
      this.met.set(fault, (this.met.get(fault) ?? 0) + 1);
      this.lastMet = now;
    }
    return found;
  }
}

function silent(question: ClusterQuestion, words: string): ClusterReading {
  const none = { status: "unavailable", words } as const;
  return {
    traffic: question.targets.length === 0 ? null : none,
    appliedAt: null,
    drift: null,
    canary: question.canary && none,
    stable: question.stable && none,
  };
}
