import { describe, expect, it } from "vitest";
import { type Beside, readLive } from "../../src/analysis/live.ts";
import type { Scrape } from "../../src/analysis/types.ts";

const committedAt = 100_000;

function scrapes(...pairs: [canary: number, stable: number][]): Scrape[] {
  return pairs.map(([canary, stable], index) => ({
    at: committedAt + 1000 * (index + 1),
    canary: { requests: canary, errors: 0, latency: [] },
    stable: { requests: stable, errors: 0, latency: [] },
  }));
}

function read(seen: Scrape[], change: { from?: number; to?: number; waited?: number; beside?: Beside } = {}) {
  const { from = 0.1, to = 0.25, waited = 10_000, beside = { kind: "nothing" } } = change;
  return readLive({
    scrapes: seen,
    from,
    to,
    committedAt,
    now: committedAt + waited,
    after: 120_000,
    beside,
  });
}

describe("a committed weight is live", () => {
  it("when the shares speak for the new split", () => {
    const reading = read(scrapes([10, 90], [12, 38], [13, 37], [13, 37]));
    expect(reading).toMatchObject({ live: true, how: "shares", at: committedAt + 3000 });
    expect(reading.detail).toBe(
      "canary got 25.3 % of 150 requests: over 1,000 times likelier at 25 % than at 10 %",
    );
  });

  it("soon after it took effect, however long the old split was seen before", () => {
    const old = Array.from({ length: 300 }, (): [number, number] => [10, 90]);
    expect(read(scrapes(...old)).live).toBe(false);
    expect(read(scrapes(...old, [25, 75], [25, 75])).live).toBe(true);
  });

  it("from 0 by the first canary requests, to 0 by their absence, and at 100 by stable's", () => {
    expect(read(scrapes([2, 18], [2, 18]), { from: 0, to: 0.1 }).live).toBe(true);
    expect(read(scrapes([0, 100], [0, 100]), { from: 0.1, to: 0 }).live).toBe(true);
    expect(read(scrapes([20, 0], [20, 0]), { from: 0.5, to: 1 }).live).toBe(true);
  });

  it("although one request went astray", () => {
    expect(read(scrapes([1, 400], [0, 400]), { from: 0.5, to: 0 }).live).toBe(true);
  });

  it("at once when the split does not change", () => {
    expect(read([], { from: 0.25, to: 0.25 })).toMatchObject({ live: true, how: "shares" });
  });

  it("by time when traffic is too low to tell", () => {
    expect(read(scrapes([0, 3]), { waited: 119_999 }).live).toBe(false);
    const reading = read(scrapes([0, 3]), { waited: 120_000 });
    expect(reading).toMatchObject({ live: true, how: "time" });
    expect(reading.detail).toContain("too few to tell; 2 min have passed");
  });

  it("after a split of before the old one, as soon as the new one is seen", () => {
    const stuck = Array.from({ length: 20 }, (): [number, number] => [1000, 0]);
    expect(read(scrapes(...stuck), { from: 0, to: 0.5, waited: 600_000 })).toEqual({
      live: false,
      detail: "canary got 100 % of 20,000 requests since the commit: traffic follows neither 50 % nor 0 %",
    });
    expect(read(scrapes(...stuck, [500, 500], [500, 500]), { from: 0, to: 0.5 }).live).toBe(true);
  });
});

describe("a committed weight is not live", () => {
  it("however long nothing is read of the time since the commit", () => {
    expect(read([], { waited: 600_000 })).toEqual({
      live: false,
      detail: "nothing was read of the time since the commit",
    });
  });

  it("while the shares clearly follow the old split, however much time has passed", () => {
    const reading = read(scrapes([10, 90], [10, 90]), { waited: 3_600_000 });
    expect(reading.live).toBe(false);
    expect(reading.detail).toContain("still follows the old split of 10 %");
  });

  it("on a handful of requests", () => {
    expect(read(scrapes([1, 3])).live).toBe(false);
  });

  it("by a scrape of which a part was by another split, as the next one shows", () => {
    // Of 3,000 requests a second the canary gets none, and 9 s before the scrape 10 %, which nobody committed.
    const mixed: [number, number] = [2_700, 42_300];
    const change = { from: 0, to: 0.05, waited: 60_000 };
    expect(read(scrapes([0, 45_000], mixed), change)).toEqual({
      live: false,
      detail:
        "canary got 3 % of 90,000 requests since the commit: the next scrape tells whether the split is 5 %",
    });
    const farther = read(scrapes([0, 45_000], mixed, [4_500, 40_500]), change);
    expect(farther.detail).toContain("follows neither 5 % nor 0 %");
    const over = read(scrapes([0, 45_000], mixed, [0, 45_000]), change);
    expect(over.detail).toContain("still follows the old split of 0 %");
    // After a burst a few requests that follow the old split, or none, prove nothing either.
    const few = read(scrapes([0, 45_000], mixed, [0, 130], [0, 0]), change);
    for (const { live } of [farther, over, few]) expect(live).toBe(false);
    const after = read(scrapes([0, 45_000], mixed, [2_250, 42_750]), change);
    expect(after).toMatchObject({ live: true, at: committedAt + 2000 });
  });

  it("by a burst alone, though no request follows: then the clock tells", () => {
    const burst = scrapes([250, 750], [0, 0], [0, 0]);
    expect(read(burst, { from: 0, to: 0.25, waited: 60_000 }).live).toBe(false);
    expect(read(burst, { from: 0, to: 0.25, waited: 600_000 })).toMatchObject({ live: true, how: "time" });
  });

  it("on scrapes from before the commit", () => {
    const before = scrapes([250, 750]).map((scrape) => ({ ...scrape, at: committedAt }));
    const reading = read(before);
    expect(reading.live).toBe(false);
    expect(reading.detail).toContain("no request since the commit");
  });
});

describe("a canary that also gets requests beside the split", () => {
  // 40 % of all requests are mobile users, whom a route sends to the canary; the split decides on the rest.
  const steady = { kind: "steady", before: scrapes([460, 540], [460, 540]) } as const;

  it("is live when the requests that the split decides follow it", () => {
    const reading = read(scrapes([550, 450], [550, 450]), { beside: steady });
    expect(reading).toMatchObject({ live: true, how: "shares" });
    expect(reading.detail).toContain("40 % of them beside the split");
  });

  it("is not live because of them", () => {
    const seen = scrapes([300, 700], [300, 700]);
    expect(read(seen, { beside: steady }).live).toBe(false);
    expect(read(seen).live).toBe(true);
  });

  it("is live by time alone on the way down from 100, where all requests looked alike", () => {
    const change = { from: 1, to: 0, beside: steady };
    expect(read(scrapes([850, 150]), change).live).toBe(false);
    expect(read(scrapes([850, 150]), { ...change, waited: 120_000 })).toMatchObject({
      live: true,
      how: "time",
    });
  });

  it("is live by time alone where nobody knows how many they are", () => {
    const unknown = { kind: "unknown", why: "a header route came" } as const;
    expect(read(scrapes([550, 450]), { beside: unknown })).toEqual({
      live: false,
      detail: "a header route came; 1.83 min to wait",
    });
    expect(read(scrapes([550, 450]), { beside: unknown, waited: 120_000 })).toMatchObject({
      live: true,
      how: "time",
    });
  });

  it("is live by time alone while what came before the commit is too little to tell", () => {
    const few = { kind: "steady", before: scrapes([4, 5]) } as const;
    expect(read(scrapes([550, 450]), { beside: few }).live).toBe(false);
    expect(read(scrapes([550, 450]), { beside: few, waited: 120_000 }).live).toBe(true);
  });
});
