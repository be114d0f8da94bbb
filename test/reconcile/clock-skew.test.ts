import { expect, it } from "vitest";
import { certain } from "../../src/reconcile/clock-skew.ts";
import type { Team } from "./inside.ts";
import { climbing, ENDLESS, ended, lookUntil, openShop, passUntil, ship, weightOf } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

/** A process on a machine whose clock is wrong, as GitHub's answers tell. */
function off(team: Team, skew: number) {
  const repository = async () => ({ ...(await team.forge.repository()), skew });
  return team.process({ ...team.forge, repository });
}

it("a weight neither counts as live nor rises by a clock that GitHub's contradicts, and does by one that is right", async () => {
  const team = await openShop(inside);
  await ship(team, "2.0.0");
  const wrong = off(team, 200_000);
  const held = await lookUntil(team, wrong, ({ release }) => release?.hold?.kind === "evidence");
  expect(held.release?.hold?.detail).toContain("this machine's clock is 200 s behind GitHub's; set it right");
  const weight = await weightOf(team);
  for (let i = 0; i < 10; i++) {
    await team.second();
    await wrong.look({ kind: "push" });
  }
  expect(await weightOf(team)).toBe(weight);
  expect((await lookUntil(team, team.process(), ended)).last?.outcome).toBe("promoted");
});

it("a failure is taken back by any clock", async () => {
  const team = await openShop(inside);
  await ship(team, "2.0.0-bad");
  await passUntil(team, team.process(), climbing);
  const wrong = off(team, -40_000);
  const { release } = await lookUntil(team, wrong, ({ release: now }) => now?.rollback?.settled === true);
  expect(release?.failure).not.toBeNull();
  expect(await weightOf(team)).toBe(0);
  // That nobody is sent there any more is seen by a clock that is right.
  expect((await lookUntil(team, team.process(), ended)).last?.outcome).toBe("rolled-back");
});

it("what was said to a release is heard by a clock that is ahead, and what was said before it is not", async () => {
  for (const [skew, heard] of [
    [-20_000, true],
    [0, false],
  ] as const) {
    const team = await openShop(inside, ENDLESS);
    const bot = team.process();
    const pull = await ship(team, "2.0.0");
    const comment = await team.alice.comment(pull, "/canary checkout pause");
    await team.second(10);
    await lookUntil(team, bot, climbing);
    await off(team, skew).look({ kind: "comment", comment });
    expect((await team.state())?.release?.will?.kind).toBe(heard ? "paused" : undefined);
  }
});

it.each([
  [null, 0],
  // An answer takes its time, and says whole seconds only.
  [-1_900, 0],
  [-20_000, -18_000],
  [20_000, 20_000],
  [-31_000, 0],
])("of a difference of %s ms it is certain of %i", (skew, sure) => {
  expect(certain(skew)).toBeCloseTo(sure);
});

it("GitHub says its time with every answer", async () => {
  const team = await openShop(inside);
  expect(Math.abs((await team.forge.repository()).skew ?? Number.NaN)).toBeLessThan(5_000);
});
