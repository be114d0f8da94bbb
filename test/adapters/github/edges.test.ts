import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Inside, startInside, type Team } from "../../reconcile/inside.ts";

/** At GitHub's limits and beyond them, against a GitHub that refuses what is over. */

let inside: Inside;
let team: Team;
beforeAll(async () => {
  inside = await startInside({ validate: true });
  team = await inside.team({ files: { "a.txt": "a\n" }, share: async () => 0, failing: async () => 0 });
});
afterAll(async () => {
  expect(inside.github.violations).toEqual([]);
  await inside.stop();
});

const run = {
  name: "sluice",
  status: "completed",
  conclusion: "neutral",
  title: "t",
  summary: "s",
  annotations: [],
} as const;

async function shown(change: Partial<Parameters<Team["forge"]["check"]>[0]>) {
  const commit = (await team.repository.git.branch("main")) ?? "";
  const externalId = `edge-${team.repository.checkRuns.size}`;
  await team.forge.check({ ...run, commit, externalId, ...change });
  const found = [...team.repository.checkRuns.values()].at(-1);
  if (!found) throw new Error("no check run");
  return found;
}

describe("A check run", () => {
  it.each([
    [65_535, false],
    [65_536, true],
    [200_000, true],
  ])("with a summary of %i characters is shown, cut: %s", async (length, cut) => {
    const { output } = await shown({ summary: "x".repeat(length) });
    expect(output.summary?.length).toBeLessThanOrEqual(65_535);
    expect(output.summary?.includes("cut here")).toBe(cut);
  });

  it.each([50, 51, 120])("with %i annotations shows them all", async (count) => {
    const annotations = Array.from({ length: count }, (_, i) => ({
      path: "a.txt",
      line: i + 1,
      message: "m",
    }));
    expect((await shown({ annotations })).annotations).toHaveLength(count);
  });

  it("with more buttons or longer words than GitHub takes shows what it takes", async () => {
    const actions = ["a", "b", "c", "d"].map((identifier) => ({
      label: "l".repeat(21),
      description: "d".repeat(41),
      identifier: identifier.repeat(20),
    }));
    const { actions: seen } = await shown({ actions });
    expect(seen.map(({ identifier }) => identifier)).toEqual(["a", "b", "c"].map((one) => one.repeat(20)));
    expect(seen.map(({ label }) => String(label).length)).toEqual([20, 20, 20]);
    expect(seen.map(({ description }) => String(description).length)).toEqual([40, 40, 40]);
  });
});

describe("A comment", () => {
  it.each([65_536, 65_537])("of %i characters is made", async (length) => {
    const number = await team.alice.propose(`b${length}`, "t", { "a.txt": `${length}\n` });
    const { body } = await team.forge.createComment(number, "x".repeat(length));
    expect(body.length).toBeLessThanOrEqual(65_536);
  });
});
