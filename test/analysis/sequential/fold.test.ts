import { describe, expect, it } from "vitest";
import { begin } from "../../../src/analysis/sequential/begin.ts";
import { fold } from "../../../src/analysis/sequential/fold.ts";
import { learn } from "../../../src/analysis/sequential/history.ts";
import { DEFAULTS } from "../../../src/analysis/sequential/options.ts";
import type { Reading, Summary } from "../../../src/analysis/sequential/types.ts";
import { verdictOf } from "../../../src/analysis/sequential/verdict.ts";
import { dice, healthy, history, interval, SCRAPE } from "./simulated.ts";

const service = { ...healthy(100, 0.004), canary: () => ({ errors: 0.008, slower: 1.2 }) };
const random = dice(7);
const start = begin(learn(history(random, service)), 0);
const readings: readonly Reading[] = Array.from({ length: 120 }, (_, k) =>
  interval(random, service, (k + 1) * SCRAPE, k < 40 ? 5 : k < 80 ? 25 : 10, k % 40 !== 0),
);
const ladder = { rungs: [5, 10, 25, 50, 100], committed: 10, fresh: true, now: 120 * SCRAPE };

describe("a summary", () => {
  it("is the same whether scrapes come one by one through JSON or all at once", () => {
    let stored: Summary = start;
    for (const reading of readings) {
      stored = fold(JSON.parse(JSON.stringify(stored)), [reading], DEFAULTS);
    }
    expect(stored).toEqual(fold(start, readings, DEFAULTS));
  });

  it("goes through JSON unchanged: no infinity, no hole", () => {
    for (const summary of [start, fold(start, readings, DEFAULTS)]) {
      expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
    }
  });

  it("leaves out what it has already, so that a step may be read again from its start", () => {
    const half = fold(start, readings.slice(0, 60), DEFAULTS);
    expect(fold(half, readings, DEFAULTS)).toEqual(fold(start, readings, DEFAULTS));
  });

  it("does not touch the one before", () => {
    const before = JSON.stringify(start);
    fold(start, readings, DEFAULTS);
    expect(JSON.stringify(start)).toBe(before);
  });

  it("judges twice alike", () => {
    const again = () => verdictOf(fold(start, readings, DEFAULTS), ladder, DEFAULTS);
    expect(again()).toEqual(again());
  });

  it("stays below six kilobytes, however long the release", () => {
    const long = Array.from({ length: 2000 }, (_, k) => interval(random, service, (k + 1) * SCRAPE, 10));
    expect(JSON.stringify(fold(start, long, DEFAULTS)).length).toBeLessThan(6_000);
  });

  it("survives a million requests a scrape", () => {
    const huge = { ...healthy(100_000, 0.01), canary: () => ({ errors: 0.5 }) };
    const summary = fold(
      start,
      [1, 2, 3].map((k) => interval(random, huge, k * SCRAPE, 10)),
      DEFAULTS,
    );
    expect(verdictOf(summary, ladder, DEFAULTS).verdict).toBe("fail");
    expect(Number.isFinite(summary.errors.process.log)).toBe(true);
  });
});
