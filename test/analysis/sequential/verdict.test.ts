import { describe, expect, it } from "vitest";
import { begin } from "../../../src/analysis/sequential/begin.ts";
import { addToBound, evidenceBelow, newBound, upperBound } from "../../../src/analysis/sequential/bound.ts";
import { fold } from "../../../src/analysis/sequential/fold.ts";
import { forecast } from "../../../src/analysis/sequential/forecast.ts";
import { learn } from "../../../src/analysis/sequential/history.ts";
import { rateInterval } from "../../../src/analysis/sequential/interval.ts";
import { DEFAULTS } from "../../../src/analysis/sequential/options.ts";
import { verdictOf } from "../../../src/analysis/sequential/verdict.ts";
import { dice, healthy, history, interval, SCRAPE, type Service } from "./simulated.ts";

const RUNGS = [10, 25, 50, 100];

function judged(service: Service, scrapes: number, percent = 10, options = DEFAULTS) {
  const random = dice(11);
  const readings = Array.from({ length: scrapes }, (_, k) =>
    interval(random, service, (k + 1) * SCRAPE, percent, k > 0),
  );
  const summary = fold(begin(learn(history(random, service)), 0), readings, options);
  const ladder = { rungs: RUNGS, committed: percent, fresh: true, now: summary.asOf };
  return verdictOf(summary, ladder, options);
}

describe("a verdict", () => {
  it("passes a healthy canary and says what is excluded", () => {
    const verdict = judged(healthy(200), 12);
    expect(verdict.verdict).toBe("pass");
    expect(verdict.next).toMatchObject({ kind: "advance", percent: 50 });
    expect(verdict.slos[0]?.words).toMatch(/of harm is excluded at 95 %/);
  });

  it("fails a bad one and names the channel, with both rates and their intervals", () => {
    const verdict = judged({ ...healthy(200), canary: () => ({ errors: 0.05 }) }, 8);
    expect(verdict.verdict).toBe("fail");
    const errors = verdict.channels.find(({ name }) => name === "errors");
    expect(errors?.p).toBeLessThan(0.01);
    expect(errors?.effect?.low).toBeGreaterThan(0);
    expect(errors?.effect?.high).toBeGreaterThan(0.03);
    expect(verdict.words).toMatch(/worse than the stable side: .* times likelier/);
  });

  it("is inconclusive while there is too little to say, and says how much more it takes", () => {
    const verdict = judged(healthy(20, 0.01), 5);
    expect(verdict.verdict).toBe("inconclusive");
    expect(verdict.words).toMatch(/not excluded, as 25 % asks for/);
  });

  it("is inconclusive in an outage of both sides, and blames nobody", () => {
    const random = dice(3);
    const broken = { rate: 200, stable: () => ({ errors: 0.4 }), canary: () => ({ errors: 0.4 }) };
    const calm = learn(history(random, healthy(200)));
    const readings = [1, 2, 3, 4, 5, 6].map((k) =>
      interval(random, k < 4 ? healthy(200) : broken, k * SCRAPE, 10),
    );
    const summary = fold(begin(calm, 0), readings, DEFAULTS);
    const ladder = { rungs: RUNGS, committed: 10, fresh: true, now: summary.asOf };
    expect(verdictOf(summary, ladder, DEFAULTS)).toMatchObject({
      verdict: "inconclusive",
      next: { kind: "wait", for: "calm" },
    });
  });

  it("holds the canary to the limit the team wrote, when there is no history to compare with", () => {
    const random = dice(5);
    const both = { rate: 50, stable: () => ({ errors: 0.2 }), canary: () => ({ errors: 0.2 }) };
    const options = { ...DEFAULTS, limit: 0.05 };
    const readings = Array.from({ length: 20 }, (_, k) => interval(random, both, (k + 1) * SCRAPE, 100));
    const summary = fold(begin(learn([]), 0), readings, options);
    const ladder = { rungs: RUNGS, committed: 100, fresh: true, now: summary.asOf };
    const verdict = verdictOf(summary, ladder, options);
    expect(verdict.verdict).toBe("fail");
    expect(verdict.words).toMatch(/limit: .* 5 % is allowed/);
  });
});

describe("an interval that holds at every look", () => {
  it("covers the rate in all but a few of many series", () => {
    const missed = Array.from({ length: 300 }, (_, seed) => {
      const random = dice(seed);
      let events = 0;
      for (let k = 1; k <= 100; k++) {
        events += random.poisson(2);
        const { low, high } = rateInterval(events, k * 100, 0.05, 1);
        if (low > 0.02 || high < 0.02) return true;
      }
      return false;
    }).filter(Boolean);
    expect(missed.length).toBeLessThanOrEqual(300 * 0.05 + 3 * Math.sqrt(300 * 0.05 * 0.95));
  });

  it("narrows with the requests, and knows nothing without any", () => {
    expect(rateInterval(0, 0, 0.05, 1)).toMatchObject({ share: null, low: 0, high: 1 });
    const width = (n: number) => {
      const { low, high } = rateInterval(n / 100, n, 0.05, 1);
      return high - low;
    };
    expect(width(100_000)).toBeLessThan(width(10_000) / 2);
  });
});

describe("the bound of harm", () => {
  const seen = (canary: number, events: number) => {
    const bound = newBound();
    addToBound(bound, { requests: canary, events }, { requests: 9 * canary, events: 9 * events }, 1);
    return bound;
  };

  it("excludes less and less harm as requests without more errors come in", () => {
    expect(upperBound(seen(10, 0), 0.05)).toBeGreaterThan(0.3);
    expect(upperBound(seen(1000, 1), 0.05)).toBeLessThan(0.01);
    expect(upperBound(seen(100_000, 100), 0.05)).toBeLessThan(0.001);
  });

  it("grows with the harm that is asked about", () => {
    const bound = seen(1000, 2);
    expect(evidenceBelow(bound, 0.02)).toBeGreaterThan(evidenceBelow(bound, 0.01));
  });
});

describe("a forecast", () => {
  const of = (rate: number) => {
    const base = { ...learn(history(dice(1), healthy(100))), rate };
    const rungs = [1, 5, 10, 25, 50, 100];
    return forecast(base, { rungs, skips: true, bake: () => 0, lag: 15_000 }, DEFAULTS);
  };

  it("says how long a release takes at today's traffic", () => {
    const { full, done } = of(1000);
    expect(full).toBeLessThan(600_000);
    expect(done).toBeGreaterThan(full ?? 0);
  });

  it("ends in bounded time, even at a request an hour", () => {
    for (const rate of [1 / 3600, 1 / 60, 0.2]) expect(of(rate).done).toBeLessThan(3 * 86_400_000);
  });
});
