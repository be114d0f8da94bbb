import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Chance } from "./chance.ts";
import { mutated } from "./mutants/apply.ts";
import { MUTANTS } from "./mutants/list.ts";
import { Past } from "./past.ts";
import { REGRESSIONS } from "./regressions.ts";
import { simulate } from "./simulate.ts";
import { Tally } from "./tally.ts";

it("a seed is the same world every time", async () => {
  const told: string[][] = [[], []];
  for (const lines of told) await simulate(7, { trace: (line) => lines.push(line) });
  expect(told[0]?.length).toBeGreaterThan(50);
  expect(told[1]).toEqual(told[0]);
});

it("what is left out of a run leaves the rest as it was", async () => {
  const whole = await simulate(11);
  const [first] = whole.happened;
  const without = await simulate(11, { muted: new Set([first?.id ?? ""]) });
  expect(without.happened[0]?.id).toBe(whole.happened[1]?.id);
});

it("processes that keep nothing between two looks but what others cannot change break no promise", async () => {
  const broken: unknown[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const { violation } = await simulate(seed, { forgetful: true });
    if (violation) broken.push({ seed, violation });
  }
  expect(broken).toEqual([]);
});

it("releases come to every end, and people stop some of them", async () => {
  const tally = new Tally();
  for (let seed = 1; seed <= 40; seed++) {
    const result = await simulate(seed);
    expect({ seed, violation: result.violation }).toEqual({ seed, violation: null });
    tally.add(result);
  }
  for (const ending of ["promoted", "rolled-back", "superseded", "cancelled"]) {
    expect({ ending, reached: tally.outcome(`ended ${ending}`) > 0 }).toEqual({ ending, reached: true });
  }
  expect(tally.outcome("rollback PR opened")).toBeGreaterThan(10);
  expect(tally.outcome("hold hand-edit")).toBeGreaterThan(0);
  expect(tally.outcome("healthy version passed")).toBeGreaterThan(5);
  expect(tally.unfair()).toBeNull();
});

it.each([
  [4, 0.9],
  [3, 0.5],
  [20, 0.001],
  [300, 0.05],
  [300, 0.95],
])("of %i requests each fails with probability %f, on average and in its spread", (n, probability) => {
  const chance = new Chance(1, "requests");
  const draws = Array.from({ length: 40_000 }, () => chance.count(n, probability));
  const mean = draws.reduce((sum, one) => sum + one, 0) / draws.length;
  const variance = draws.reduce((sum, one) => sum + (one - mean) ** 2, 0) / draws.length;
  const spread = n * probability * (1 - probability);
  expect(Math.abs(mean - n * probability)).toBeLessThan(5 * Math.sqrt(spread / draws.length));
  expect(variance / spread).toBeGreaterThan(0.9);
  expect(variance / spread).toBeLessThan(1.1);
});

it("a read from the past has what was there then", () => {
  let now = 1_000;
  const kept = new Past<string, string>(() => now);
  kept.set("alice", "write");
  now = 5_000;
  kept.set("alice", "read");
  kept.set("bob", "admin");
  now = 6_000;
  expect([kept.was("alice", 4_999), kept.was("alice", 5_000), kept.was("bob", 4_999)]).toEqual([
    "write",
    "read",
    undefined,
  ]);
  expect(kept.all(4_999)).toEqual(["write"]);
  expect(kept.all(now)).toEqual(["read", "admin"]);
});

describe("the ways to break the bot", () => {
  it("are at least forty, each with a name of its own", () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
    expect(MUTANTS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(REGRESSIONS)("have the bug of the past: %s", (name) => {
    expect(MUTANTS.map((mutant) => mutant.name)).toContain(name);
  });

  it.each(MUTANTS)("$name: still applies to the code", (mutant) => {
    for (const { file } of mutant.edits) {
      const text = readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");
      expect(mutated(mutant, file, text)).not.toBe(text);
    }
  });
});
