import { judge } from "../../src/analysis/judge.ts";
import { beginJudgement, type Judging } from "../../src/analysis/judgement.ts";
import { readLive } from "../../src/analysis/live.ts";
import type { Counts, Past, Scrape } from "../../src/analysis/types.ts";
import { seeded } from "../../test/seeded.ts";

const SECOND = 1000;
/** Seconds of the stable side alone before a release. */
const HISTORY = 3600;
/** Seconds between two looks. */
const EVERY = 5;
/** Seconds after which nobody waits any more. */
const PATIENCE = 900;
const EDGES = [5, 10, 25, 50, Infinity];
/** Mean of what a request takes, ms. */
const MEAN = 5;

const JUDGING: Judging = {
  slos: [
    { kind: "errorRate", max: 0.05, mode: "sequential" },
    { kind: "latency", quantile: 0.99, max: 1000, mode: "sequential" },
  ],
  minRequests: 20,
  falseRollback: 0.01,
};

/**
 * Releases at 10 % whose canary fails `failing` of its requests, while stable fails none, scraped each second: the
 * seconds from the weight's commit to the failure, ascending; Infinity for those that are not found.
 */
export function caught(releases: number, traffic: number, failing: number): readonly number[] {
  const random = seeded(0);
  const past = Array.from({ length: HISTORY }, (_, second): Past => {
    const from = (second - HISTORY) * SECOND;
    return { from, at: from + SECOND, stable: scraped(random, traffic, 0, 0, 0).stable };
  });
  const begun = beginJudgement(JUDGING, past, 0);
  return Array.from({ length: releases }, (_, seed) => found(seeded(seed + 1))).sort((a, b) => a - b);

  function found(dice: () => number): number {
    const scrapes: Scrape[] = [];
    let known = begun;
    let live: number | null = null;
    for (let second = 1; second <= PATIENCE; second += 1) {
      const now = second * SECOND;
      scrapes.push(scraped(dice, traffic, 0.1, failing, now));
      if (second % EVERY !== 0) continue;
      if (live === null) {
        const reading = readLive({
          scrapes,
          from: 0,
          to: 0.1,
          committedAt: 0,
          now,
          after: 120 * SECOND,
          beside: { kind: "nothing" },
        });
        if (reading.live) live = now;
      }
      if (live === null) continue;
      const { verdict, judgement } = judge({
        observation: {
          status: "ok",
          evidence: {
            from: known.summary.asOf,
            asOf: now,
            scrapes: scrapes.splice(0),
            queries: [],
            asked: [],
          },
        },
        judging: JUDGING,
        position: { rungs: [10, 50, 100], percent: 10, since: live, settled: true, now },
        known,
        began: 0,
      });
      if (verdict.verdict === "fail") return second;
      known = judgement ?? known;
    }
    return Infinity;
  }
}

function scraped(dice: () => number, traffic: number, share: number, failing: number, at: number): Scrape {
  const sides = { stable: { requests: 0, errors: 0 }, canary: { requests: 0, errors: 0 } };
  const took = { stable: EDGES.map(() => 0), canary: EDGES.map(() => 0) };
  for (let request = 0; request < traffic; request += 1) {
    const side = dice() < share ? "canary" : "stable";
    sides[side].requests += 1;
    if (side === "canary" && dice() < failing) sides[side].errors += 1;
    const ms = -MEAN * Math.log(1 - dice());
    const edge = EDGES.findIndex((le) => ms <= le);
    took[side][edge] = (took[side][edge] ?? 0) + 1;
  }
  return { at, stable: of("stable"), canary: of("canary") };

  function of(side: "stable" | "canary"): Counts {
    let count = 0;
    const latency = EDGES.map((le, edge) => {
      count += took[side][edge] ?? 0;
      return { le, count };
    });
    return { ...sides[side], latency };
  }
}
