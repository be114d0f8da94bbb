import { fitOf } from "../../src/adapters/prometheus/fit.ts";
import type { Observation, QueryReading, Scrape } from "../../src/analysis/types.ts";
import type { Metrics, MetricsQuestion } from "../../src/ports/metrics.ts";
import type { Agenda } from "./agenda.ts";
import type { Chance } from "./chance.ts";
import { type Mesh, SCRAPE } from "./mesh.ts";
import { LOUD } from "./planted.ts";
import type { Shop } from "./shop.ts";

/** What a metrics source can do wrong for a while. */
export const METRICS_FAULTS = [
  "down",
  "hangs",
  "flat",
  "stale",
  "gaps",
  "restarts",
  "not a number",
  "over a limit",
  "data from before the step",
] as const;
export type MetricsFault = (typeof METRICS_FAULTS)[number];

export interface Answer {
  readonly at: number;
  /** Each process has a number of its own. */
  readonly asker: number;
  readonly question: MetricsQuestion;
  readonly observation: Observation;
}

/** Samples older than this are no answer, ms. */
const STALE = 120_000;
/** Samples of the last moments are not there yet, ms. */
const DELAY = 2_000;

/** The metrics source of every shop, with its faults; what it answered is kept for those who check. */
export class Source {
  readonly #agenda: Agenda;
  readonly #mesh: Mesh;
  readonly #shops: ReadonlyMap<string, Shop>;
  readonly #chance: Chance;
  readonly troubles: { readonly fault: MetricsFault; readonly from: number; readonly to: number }[] = [];
  #askers = 0;
  /** By shop, newest last. */
  readonly answers = new Map<string, Answer[]>();
  readonly met = new Map<MetricsFault, number>();
  /** When a fault was last met, epoch ms. */
  lastMet = Number.NEGATIVE_INFINITY;

  constructor(options: { agenda: Agenda; mesh: Mesh; shops: readonly Shop[]; chance: Chance }) {
    this.#agenda = options.agenda;
    this.#mesh = options.mesh;
    this.#chance = options.chance;
    this.#shops = new Map(options.shops.map((shop) => [shop.name, shop]));
  }

  /** The port, for a process whose calls `carry` brings there and back, or not. */
  port(carry: <T>(wait: number, answer: () => T) => Promise<T>): Metrics {
    const asker = ++this.#askers;
    return {
      blindSpots: () => [],
      fitOf,
      link: () => null,
      checkQuery: () => Promise.resolve({ status: "empty", words: "nothing is there now" }),
      observe: (question) => {
        const hangs = this.#now("hangs");
        return carry(hangs ? 30_000 : this.#chance.between(20, 400), () => {
          const observation: Observation = hangs
            ? { status: "unavailable", code: "timeout", detail: "no answer within 30 s" }
            : this.#answer(question);
          const answers = this.answers.get(question.service) ?? [];
          answers.push({ at: this.#agenda.now, asker, question, observation });
          this.answers.set(question.service, answers);
          return observation;
        });
      },
    };
  }

  #answer(question: MetricsQuestion): Observation {
    if (this.#now("down")) {
      return { status: "unavailable", code: "connection", detail: `refused: ${LOUD}` };
    }
    const { now } = this.#agenda;
    const shop = this.#shops.get(question.service);
    if (!shop) return { status: "unavailable", code: "unknown-source", detail: "no such service" };
    const stale = this.#window("stale", now);
    const until = Math.min(question.now, stale ? stale.from : now) - DELAY;
    const since = this.#now("data from before the step") ? question.since - 120_000 : question.since;
    const scrapes: Scrape[] = [];
    let missing = 0;
    for (let index = Math.floor(since / SCRAPE) + 1; index * SCRAPE <= until; index++) {
      const at = index * SCRAPE;
      // The first interval may have begun before the window.
      if (at - (missing + 1) * SCRAPE < since) continue;
      if (this.#window("gaps", at) && this.#chance.fork(`gap ${index}`).yes(0.5)) {
        missing++;
        continue;
      }
      scrapes.push(this.#scrapeAt(shop, index, missing));
      missing = 0;
    }
    const asOf = Math.floor(until / SCRAPE) * SCRAPE;
    if (question.now - asOf > STALE) {
      return { status: "unavailable", code: "stale", detail: "the newest sample is over 2 min old" };
    }
    return {
      status: "ok",
      evidence: {
        from: since,
        asOf,
        scrapes,
        queries: question.queries.map(() => this.#query()),
        asked: ["sum(requests_total)"],
        ...(question.history && { past: this.#past(shop, question.history) }),
      },
    };
  }

  /** The scrape at `index` with those that were missed before it. */
  #scrapeAt(shop: Shop, index: number, missing: number): Scrape {
    const at = index * SCRAPE;
    const flat = this.#window("flat", at) !== null;
    const restarts = this.#window("restarts", at) !== null;
    if (missing === 0 && !flat && !restarts) return this.#mesh.scrape(shop, index);
    const all = Array.from({ length: missing + 1 }, (_, i) => this.#mesh.scrape(shop, index - missing + i));
    const sum = (side: "canary" | "stable") => {
      const counts = all.map((one) => one[side]);
      const add = (pick: (count: (typeof counts)[number]) => number) =>
        flat ? 0 : counts.reduce((total, count) => total + pick(count), 0);
      return {
        requests: add(({ requests }) => requests),
        errors: add(({ errors }) => errors),
        latency: (counts[0]?.latency ?? []).map(({ le }, i) => ({
          le,
          count: add(({ latency }) => latency[i]?.count ?? 0),
        })),
      };
    };
    const restarted = restarts || all.some((one) => one.restarted === true);
    return {
      at,
      canary: sum("canary"),
      stable: sum("stable"),
      ...(restarted && { restarted: true as const }),
    };
  }

  #past(shop: Shop, { from, to }: { readonly from: number; readonly to: number }) {
    const past = [];
    for (let index = Math.floor(from / SCRAPE) + 1; index * SCRAPE <= to; index++) {
      const at = index * SCRAPE;
      past.push({ from: at - SCRAPE, at, stable: this.#mesh.scrape(shop, index).stable });
    }
    return past;
  }

  #query(): QueryReading {
    if (this.#now("over a limit")) return { status: "value", value: 3 };
    return this.#now("not a number")
      ? { status: "unusable", reason: `it is not a number: ${LOUD}` }
      : { status: "value", value: 0 };
  }

  #now(fault: MetricsFault): boolean {
    return this.#window(fault, this.#agenda.now) !== null;
  }

  #window(fault: MetricsFault, at: number): { readonly from: number; readonly to: number } | null {
    const found = this.troubles.find(
      (trouble) => trouble.fault === fault && trouble.from <= at && at < trouble.to,
    );
    if (!found) return null;
    this.met.set(fault, (this.met.get(fault) ?? 0) + 1);
    this.lastMet = this.#agenda.now;
    return found;
  }
}
