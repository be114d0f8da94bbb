import { describe, expect, it } from "vitest";
import { toPercent, toWeights } from "../../src/manifests/index.ts";
import type { Limits } from "../../src/manifests/types.ts";
import { fc } from "../fast-check.ts";

describe("a percentage in an object's own units", () => {
  it("keeps the sum of stable and canary", () => {
    expect(toWeights(25, { stable: 900, canary: 100 })).toEqual({
      ok: true,
      value: { stable: 750, canary: 250 },
    });
    expect(toWeights(10, { stable: 90, canary: 10 })).toEqual({
      ok: true,
      value: { stable: 90, canary: 10 },
    });
    expect(toWeights(0, { stable: 90, canary: 10 })).toEqual({ ok: true, value: { stable: 100, canary: 0 } });
    expect(toWeights(100, { stable: 1, canary: 0 })).toEqual({ ok: true, value: { stable: 0, canary: 1 } });
    expect(toWeights(0.1, { stable: 1000, canary: 0 })).toEqual({
      ok: true,
      value: { stable: 999, canary: 1 },
    });
  });

  it("refuses what the sum cannot say, with the nearest weights and sums that would do", () => {
    expect(toWeights(25, { stable: 9, canary: 1 })).toEqual({
      ok: false,
      code: "not-whole",
      message:
        "25 % of 10 is not a whole number; nearest are canary 2 with stable 8 (20 %) or canary 3 with stable 7 (30 %); a sum of 4, 20 or 100 would do",
      nearest: [
        { stable: 8, canary: 2 },
        { stable: 7, canary: 3 },
      ],
      sums: [4, 20, 100],
    });
    expect(toWeights(12.5, { stable: 100, canary: 0 })).toMatchObject({ ok: false, sums: [8, 200] });
  });

  it("suggests no sum that is not legal", () => {
    const refused = (percent: number, limits: Limits) => toWeights(percent, { stable: 9, canary: 1 }, limits);
    expect(refused(25, { max: 100, sum: 10 })).toMatchObject({
      code: "not-whole",
      message:
        "25 % of 10 is not a whole number; nearest are canary 2 with stable 8 (20 %) or canary 3 with stable 7 (30 %); no other sum would do that is legal here",
      sums: [],
    });
    expect(refused(0.1, { max: 999, sum: null })).toMatchObject({ sums: [] });
    expect(refused(0.1, { max: 1_000, sum: null })).toMatchObject({ sums: [1_000] });
    expect(refused(25, { max: 50, sum: null })).toMatchObject({ sums: [4, 20] });
  });

  it("refuses a sum of 0 and percentages that are none", () => {
    expect(toWeights(10, { stable: 0, canary: 0 })).toMatchObject({ ok: false, code: "no-sum" });
    for (const percent of [-1, 101, Number.NaN, Number.POSITIVE_INFINITY, 1e-9]) {
      expect(toWeights(percent, { stable: 50, canary: 50 })).toMatchObject({
        ok: false,
        code: "bad-percent",
      });
    }
  });

  it("has an inverse", () => {
    expect(toPercent({ stable: 750, canary: 250 })).toBe(25);
    expect(toPercent({ stable: 0, canary: 0 })).toBeNull();
    const weight = fc.integer({ min: 0, max: 1_000_000 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), weight, weight, (percent, stable, canary) => {
        const sum = stable + canary;
        const outcome = toWeights(percent, { stable, canary });
        if (outcome.ok) {
          expect(outcome.value.stable + outcome.value.canary).toBe(sum);
          expect(toPercent(outcome.value)).toBeCloseTo(percent, 9);
        } else if (sum > 0) {
          expect((percent * sum) % 100).not.toBe(0);
          for (const better of outcome.sums) expect((percent * better) % 100).toBe(0);
        }
      }),
    );
  });
});
