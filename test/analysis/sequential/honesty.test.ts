import { describe, expect, it } from "vitest";
import { begin } from "../../../src/analysis/sequential/begin.ts";
import { channelEvidence } from "../../../src/analysis/sequential/evidence.ts";
import { fold } from "../../../src/analysis/sequential/fold.ts";
import { learn } from "../../../src/analysis/sequential/history.ts";
import { DEFAULTS } from "../../../src/analysis/sequential/options.ts";
import { dice, healthy, history, interval, release, SCRAPE, type Service } from "./simulated.ts";

/** Smallest p-value each release of an hour ever shows in one channel. */
function smallest(service: Service, channel: "errors" | "arrivals", releases: number): readonly number[] {
  return Array.from({ length: releases }, (_, seed) => {
    const random = dice(1000 + seed);
    let summary = begin(learn(history(random, service, 5)), 0);
    let most = -Infinity;
    for (let k = 1; k <= 60; k++) {
      summary = fold(summary, [interval(random, service, k * SCRAPE, 10)], DEFAULTS);
      most = Math.max(most, channelEvidence(summary)[channel]);
    }
    return Math.min(1, Math.exp(-most));
  });
}

/** How often p <= level, and how often it may be, three standard deviations allowed. */
function counts(ps: readonly number[], level: number): { seen: number; most: number } {
  const most = ps.length * level + 3 * Math.sqrt(ps.length * level * (1 - level));
  return { seen: ps.filter((p) => p <= level).length, most };
}

describe("p-values that may be looked at after every scrape", () => {
  it("are honest on the very edge of the accepted errors", () => {
    const { factor, plus } = DEFAULTS.errors;
    const edge: Service = {
      rate: 200,
      stable: () => ({ errors: 0.005 }),
      canary: () => ({ errors: 0.005 * factor + plus }),
    };
    const ps = smallest(edge, "errors", 400);
    for (const level of [0.5, 0.2, 0.1, 0.05, 0.01]) {
      const { seen, most } = counts(ps, level);
      expect(seen).toBeLessThanOrEqual(most);
    }
  });

  it("are honest on the very edge of the accepted loss", () => {
    const edge: Service = {
      ...healthy(50),
      canary: () => ({ errors: 0.001, lost: 1 - DEFAULTS.arrivals }),
    };
    const ps = smallest(edge, "arrivals", 300);
    for (const level of [0.5, 0.2, 0.1, 0.05, 0.01]) {
      const { seen, most } = counts(ps, level);
      expect(seen).toBeLessThanOrEqual(most);
    }
  });

  it("become small when the canary is beyond the edge", () => {
    const beyond: Service = { ...healthy(200), canary: () => ({ errors: 0.02 }) };
    expect(smallest(beyond, "errors", 20).every((p) => p < 0.01)).toBe(true);
  });
});

describe("the budget of false rollbacks", () => {
  const RELEASES = 60;
  const nuisances: Readonly<Record<string, Service>> = {
    "independent errors": healthy(100, 0.005),
    "outages of both sides": shared((t) => (Math.floor(t / 60) % 8 === 3 ? 0.1 : 0.001)),
    "errors that follow the hour": shared((t) => 0.004 + 0.003 * Math.sin(t / 600)),
  };

  it.each(Object.entries(nuisances))("is kept with %s", (_, service) => {
    const failed = Array.from({ length: RELEASES }, (_, seed) => release(seed + 1, service)).filter(
      ({ outcome }) => outcome === "fail",
    );
    // 1 % of 60 is less than one; two are within three standard deviations.
    expect(failed.length).toBeLessThanOrEqual(2);
  });
});

function shared(errors: (t: number) => number): Service {
  return { rate: 100, stable: (t) => ({ errors: errors(t) }), canary: (t) => ({ errors: errors(t) }) };
}
