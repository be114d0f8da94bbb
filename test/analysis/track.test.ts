import { describe, expect, it } from "vitest";
import { follow, NO_TRACK, sums, type Track } from "../../src/analysis/track.ts";
import type { Counts, Scrape } from "../../src/analysis/types.ts";
import { fc } from "../fast-check.ts";

const counts = (requests: number, errors: number, slow = 0): Counts => ({
  requests,
  errors,
  latency: [
    { le: 100, count: requests - slow },
    { le: 500, count: requests },
    { le: Infinity, count: requests },
  ],
});

function trackOf(scrapes: readonly Scrape[], percent = 10): Track {
  return scrapes.reduce((track, scrape) => follow(track, scrape, percent, 0.99), NO_TRACK);
}

const scrape = (i: number, canary = counts(10, 1), stable = counts(90, 0)): Scrape => ({
  at: i * 15_000,
  canary,
  stable,
});

describe("the track of a release", () => {
  it("keeps every scrape of a short one", () => {
    const { points, per } = trackOf([scrape(1), scrape(2)]);
    expect(per).toBe(1);
    expect(points.map(({ at }) => at)).toEqual([15_000, 30_000]);
    expect(points[0]?.canary).toEqual({ requests: 10, errors: 1, latency: 99 });
  });

  it("stays a few kilobytes however long it lasts, and loses no request", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), (length) => {
        const track = trackOf(Array.from({ length }, (_, i) => scrape(i + 1)));
        expect(track.points.length).toBeLessThanOrEqual(40);
        expect(Buffer.byteLength(JSON.stringify(track, null, 2))).toBeLessThan(16_000);
        expect(sums(track)).toMatchObject({
          canary: { requests: 10 * length, errors: length },
          stable: { requests: 90 * length, errors: 0 },
        });
        expect(track.points.at(-1)?.at).toBe(length * 15_000);
      }),
      { numRuns: 30 },
    ));

  it("says how slow it was by the requests of each stretch, and nothing where nothing was timed", () => {
    const silent = counts(0, 0);
    const long = Array.from({ length: 41 }, (_, i) => scrape(i + 1, i < 2 ? counts(100, 0, 100) : silent));
    const { points } = trackOf(long);
    expect(points[0]?.canary.latency).toBe(496);
    expect(points.at(-1)?.canary.latency).toBeNull();
  });

  it("shows the last edge where all that is known is that it was slower", () => {
    const beyond = {
      requests: 10,
      errors: 0,
      latency: [
        { le: 250, count: 0 },
        { le: Infinity, count: 10 },
      ],
    };
    expect(trackOf([scrape(1, beyond)]).points[0]?.canary.latency).toBe(250);
  });
});
