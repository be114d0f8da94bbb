import { describe, expect, it } from "vitest";
import { healthy, release, type Service } from "./simulated.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];
const every = (service: Service, given: Parameters<typeof release>[2] = {}) =>
  SEEDS.map((seed) => release(seed, service, given));
const outcomes = (runs: readonly { outcome: string }[]) => [...new Set(runs.map(({ outcome }) => outcome))];

describe("a healthy canary", () => {
  it("is fully out within ten minutes from 10 to 10,000 requests a second", () => {
    for (const rate of [10, 100, 1000, 10_000]) {
      const runs = every(healthy(rate));
      expect(outcomes(runs)).toEqual(["done"]);
      expect(Math.max(...runs.map(({ full }) => full ?? Infinity))).toBeLessThan(rate === 10 ? 1200 : 600);
    }
  });

  it("is fully out in bounded time at one request a minute, without having been seen to be worse", () => {
    const runs = every(healthy(1 / 60), { hours: 3 });
    expect(outcomes(runs)).toEqual(["done"]);
    expect(Math.max(...runs.map(({ full }) => full ?? Infinity))).toBeLessThan(1800);
  });

  it("may be slow while it warms up", () => {
    const slow: Service = {
      ...healthy(300),
      canary: (t) => ({ errors: 0.001, slower: t < 60 ? 3 : 1 }),
    };
    expect(outcomes(every(slow))).toEqual(["done"]);
  });

  it("is not blamed for an outage of both sides, and waits until it is over", () => {
    const outage = (t: number) => ({ errors: t >= 150 && t < 450 ? 0.3 : 0.001 });
    const runs = every({ rate: 200, stable: outage, canary: outage });
    expect(outcomes(runs)).toEqual(["done"]);
    for (const { path } of runs) {
      const rises = path.filter(
        ({ at, percent }, k) => percent > (path[k - 1]?.percent ?? 0) && at > 180 && at < 450,
      );
      expect(rises).toEqual([]);
    }
  });

  it("is not blamed for an outage at full weight, where nothing is beside it: it gets company first", () => {
    const outage = (t: number) => ({ errors: t >= 900 && t < 1100 ? 0.3 : 0.001 });
    const runs = every({ rate: 200, stable: outage, canary: outage });
    expect(outcomes(runs)).toEqual(["done"]);
    for (const { path } of runs) expect(path.some(({ at, percent }) => at > 900 && percent < 100)).toBe(true);
  });

  it("is not blamed for trouble of both sides that begins where little of the old version is held back", () => {
    for (const [rate, errors] of [
      [20, 0.05],
      [100, 0.02],
      [1000, 0.02],
    ] as const) {
      const trouble = (t: number) => ({ errors: t >= 900 && t < 1100 ? errors : 0.001 });
      const runs = every({ rate, stable: trouble, canary: trouble }, { rungs: [1, 5, 25, 95], hours: 2 });
      expect(outcomes(runs)).toEqual(["done"]);
    }
  });

  it("does not move while scrapes are missing, and is not harmed by them", () => {
    const missing = (t: number) => (t >= 120 && t < 240) || t % 105 === 0;
    const runs = every(healthy(200), { missing });
    expect(outcomes(runs)).toEqual(["done"]);
    for (const { path } of runs)
      expect(path.filter(({ at }) => missing(at))).toEqual([{ at: 0, percent: 1 }]);
  });

  it("is judged without any history", () => {
    expect(outcomes(every(healthy(100), { minutes: 0 }))).toEqual(["done"]);
  });
});

describe("a bad canary is rolled back", () => {
  const bad = (rate: number, canary: Service["canary"], errors = 0.001): Service => ({
    rate,
    stable: () => ({ errors }),
    canary,
  });

  it("after two scrapes at the first weight when everything fails", () => {
    const runs = every(bad(1000, () => ({ errors: 1 })));
    expect(outcomes(runs)).toEqual(["fail"]);
    for (const { at, path } of runs) {
      expect(at).toBe(45);
      expect(path).toEqual([{ at: 0, percent: 1 }]);
    }
  });

  it("when it fails half a percent more often", () => {
    const runs = every(bad(1000, () => ({ errors: 0.0055 }), 0.0005));
    expect(outcomes(runs)).toEqual(["fail"]);
    for (const { path } of runs) expect(path.at(-1)?.percent).toBeLessThanOrEqual(10);
  });

  it("when its requests never arrive", () => {
    const runs = every(bad(300, () => ({ errors: 0.001, lost: 0.3 })));
    expect(outcomes(runs)).toEqual(["fail"]);
  });

  it("when it is twice as slow, which no error shows", () => {
    expect(outcomes(every(bad(200, () => ({ errors: 0.001, slower: 2 }))))).toEqual(["fail"]);
  });

  it("when its errors begin only after it has all the traffic", () => {
    const runs = every(bad(100, (t) => ({ errors: t < 1200 ? 0.001 : 0.05 })));
    expect(outcomes(runs)).toEqual(["fail"]);
    for (const { at, path } of runs) {
      expect(at).toBeLessThan(1440);
      // One scrape later it has no longer all of it.
      expect(path.at(-1)?.at).toBeLessThan(1260);
      expect(path.at(-1)?.percent).toBeLessThan(25);
    }
  });

  it("without losing the comparison where a part of the old version is held back", () => {
    const late = bad(100, (t) => ({ errors: t < 1200 ? 0.001 : 0.05 }));
    const runs = every(late, { rungs: [1, 5, 25, 95] });
    expect(outcomes(runs)).toEqual(["fail"]);
    for (const { path } of runs) expect(path.map(({ percent }) => percent)).toEqual([1, 5, 25, 95]);
    expect(outcomes(every(healthy(100), { rungs: [1, 5, 25, 95] }))).toEqual(["done"]);
  });

  it("and finds it soon where hardly any of the old version is left: it gets more company", () => {
    const late = bad(20, (t) => ({ errors: t < 1200 ? 0.001 : 0.05 }));
    const runs = every(late, { rungs: [1, 5, 25, 95], hours: 2 });
    expect(outcomes(runs)).toEqual(["fail"]);
    for (const { path } of runs) expect(path.map(({ percent }) => percent)).toContain(95);
    for (const { path } of runs) expect(path.at(-1)?.percent).toBeLessThan(95);
  });

  it("when its errors begin at some weight only", () => {
    expect(outcomes(every(bad(300, (_, weight) => ({ errors: weight >= 25 ? 0.03 : 0.001 }))))).toEqual([
      "fail",
    ]);
  });

  it("when it leaks slowly", () => {
    const runs = every(bad(100, (t) => ({ errors: Math.min(0.1, 0.001 + t / 20_000) })));
    expect(outcomes(runs)).toEqual(["fail"]);
  });

  it("when it breaks the stable side as well, as soon as the weight has gone back", () => {
    const poisoned = (_: number, weight: number) => ({ errors: weight >= 25 ? 0.1 : 0.001 });
    const runs = every({ rate: 200, stable: poisoned, canary: poisoned });
    expect(outcomes(runs)).toEqual(["fail"]);
    for (const { path } of runs) expect(path.filter(({ percent }) => percent >= 25)).toHaveLength(1);
  });

  it("at one request a minute, within a dozen requests", () => {
    const runs = every(
      bad(1 / 60, () => ({ errors: 1 })),
      { hours: 2 },
    );
    expect(outcomes(runs)).toEqual(["fail"]);
    for (const { summary } of runs) expect(summary.errors.spread.canaryUnits).toBeLessThanOrEqual(12);
  });
});

describe("a release that cannot be decided", () => {
  it("does not stay open: after half an hour of trouble on both sides it fails", () => {
    const broken = (t: number) => ({ errors: t > 60 ? 0.5 : 0.001 });
    const runs = every({ rate: 100, stable: broken, canary: broken });
    expect(outcomes(runs)).toEqual(["fail"]);
    for (const { words } of runs) expect(words).toMatch(/both sides/);
  });
});
