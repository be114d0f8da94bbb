import { begin } from "../../../src/analysis/sequential/begin.ts";
import { fold } from "../../../src/analysis/sequential/fold.ts";
import { learn } from "../../../src/analysis/sequential/history.ts";
import { nextStep } from "../../../src/analysis/sequential/next-step.ts";
import { DEFAULTS } from "../../../src/analysis/sequential/options.ts";
import type { Options, PastReading, Reading, Summary } from "../../../src/analysis/sequential/types.ts";
import type { Counts } from "../../../src/analysis/types.ts";
import { seeded } from "../../seeded.ts";

export const SCRAPE = 15_000;
const EDGES = [50, 100, 250, 500, 1000, Infinity];

/** Random numbers that are the same on every run (mulberry32). */
export interface Dice {
  uniform(): number;
  poisson(mean: number): number;
}

export function dice(seed: number): Dice {
  const uniform = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const poisson = (mean: number) => {
    if (mean > 200) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = uniform(); product > limit; product *= uniform()) count += 1;
    return count;
  };
  return { uniform, poisson };
}

/** What one side does at a time `t` (seconds since the first canary weight was committed). */
interface Behaviour {
  /** Error probability. */
  readonly errors: number;
  /** Times the usual latency. */
  readonly slower?: number;
  /** Part of the requests that never arrive. */
  readonly lost?: number;
}

export interface Service {
  readonly rate: number;
  readonly stable: (t: number, weight: number) => Behaviour;
  readonly canary: (t: number, weight: number) => Behaviour;
}

function side(random: Dice, requests: number, { errors, slower = 1, lost = 0 }: Behaviour): Counts {
  const mean = requests * (1 - lost);
  let sum = 0;
  let below = 0;
  const latency = EDGES.map((le) => {
    // Exponential with a mean of 60 ms: about 1.5 % take longer than 250 ms.
    const part = le === Infinity ? 1 : 1 - Math.exp(-le / (60 * slower));
    sum += random.poisson(mean * (part - below));
    below = part;
    return { le, count: sum };
  });
  return { requests: sum, errors: Math.min(sum, random.poisson(sum * errors)), latency };
}

export function history(random: Dice, service: Service, minutes = 30): readonly PastReading[] {
  return Array.from({ length: minutes * 4 }, (_, k) => {
    const from = (k - minutes * 4) * SCRAPE;
    const stable = side(random, (service.rate * SCRAPE) / 1000, service.stable(from / 1000, 0));
    return { from, at: from + SCRAPE, stable };
  });
}

/** One interval that ends at `at` ms. */
export function interval(
  random: Dice,
  service: Service,
  at: number,
  percent: number,
  settled = true,
  length = SCRAPE,
): Reading {
  const t = (at - length) / 1000;
  const requests = (service.rate * length) / 1000;
  const canary = side(random, (requests * percent) / 100, service.canary(t, percent));
  const stable = side(random, requests * (1 - percent / 100), service.stable(t, percent));
  return { at, percent, settled, canary, stable };
}

export interface Run {
  readonly outcome: "done" | "fail" | "open";
  /** Seconds. */
  readonly at: number;
  /** When 100 % was last committed; null when it was not. */
  readonly full: number | null;
  readonly words: string;
  readonly path: readonly { readonly at: number; readonly percent: number }[];
  readonly summary: Summary;
}

/** A whole release: the judge decides, and a weight is in effect one scrape after it was committed. */
export function release(
  seed: number,
  service: Service,
  given: {
    readonly hours?: number;
    readonly minutes?: number;
    readonly options?: Options;
    readonly missing?: (t: number) => boolean;
    readonly rungs?: readonly number[];
  } = {},
): Run {
  const {
    hours = 1,
    minutes = 30,
    options = DEFAULTS,
    missing = () => false,
    rungs = [1, 5, 10, 25, 50, 100],
  } = given;
  const random = dice(seed);
  let summary = begin(learn(history(random, service, minutes)), 0);
  let percent = 0;
  let committed = 0;
  let due = 0;
  const path: { at: number; percent: number }[] = [];
  let last = 0;
  for (let now = 0; now <= hours * 3_600_000; now += SCRAPE) {
    const fresh = !missing(now / 1000);
    if (now > 0) {
      const settled = percent === committed;
      if (now - SCRAPE >= due) percent = committed;
      if (fresh) {
        const reading = interval(random, service, now, percent, settled && now - last === SCRAPE, now - last);
        summary = fold(summary, [reading], options);
        last = now;
      }
    }
    const next = nextStep(summary, { rungs, committed, fresh, now }, options);
    const full = path.findLast((step) => step.percent === 100)?.at ?? null;
    if (next.kind === "done" || next.kind === "fail") {
      return { outcome: next.kind, at: now / 1000, full, words: next.words, path, summary };
    }
    if (next.kind === "wait") continue;
    committed = next.percent;
    due = now + SCRAPE;
    path.push({ at: now / 1000, percent: committed });
  }
  return { outcome: "open", at: hours * 3600, full: null, words: "", path, summary };
}

/** Both sides alike. */
export function healthy(rate: number, errors = 0.001): Service {
  return { rate, stable: () => ({ errors }), canary: () => ({ errors }) };
}
