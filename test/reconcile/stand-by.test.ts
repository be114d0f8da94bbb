import { describe, expect, it } from "vitest";
import type { Forge } from "../../src/ports/forge.ts";
import type { Process, Team } from "./inside.ts";
import { climbing, ended, lookUntil, openShop, ship, weightOf } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

const STAND_BY = 120_000;
const replica = (team: Team, forge?: Forge) => team.process(forge, null, STAND_BY);
/** The replica that carries on with the shop's rollout, once the process that opened it is given up. */
async function ownerOf(team: Team, forge?: Forge): Promise<Process> {
  const owner = replica(team, forge);
  await owner.look({ kind: "push" });
  inside.wait(STAND_BY);
  return owner;
}
const heads = async ({ repository }: Team) =>
  JSON.stringify([await repository.git.branch("main"), await repository.git.branch("sluice/state")]);

/** A forge that counts the commits made through it. */
function counting(forge: Forge) {
  const made = { commits: 0 };
  const counted: Forge = {
    ...forge,
    commit: (request) => {
      made.commits += 1;
      return forge.commit(request);
    },
  };
  return { counted, made };
}

/** One look a second, for so many seconds. */
async function looks(team: Team, bot: Process, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    await team.second();
    await bot.look({ kind: "push" });
  }
}

/** Nothing moves until the time is over, and then the release is seen through. */
async function takesOver(team: Team, bot: Process): Promise<void> {
  const before = await heads(team);
  await looks(team, bot, 5);
  inside.wait(STAND_BY - 10_000);
  await looks(team, bot, 4);
  expect(await heads(team)).toBe(before);
  expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("promoted");
  expect(await weightOf(team)).toBe(0);
}

describe("of two replicas, the one that did not write the state", () => {
  it("stands by while the other lives, and writes nothing from the first step to the end", async () => {
    const team = await openShop(inside);
    const { counted, made } = counting(team.forge);
    const owner = await ownerOf(team);
    const other = replica(team, counted);
    await ship(team, "2.0.0");
    await team.second();
    await owner.look({ kind: "push" });
    for (let i = 0; i < 90 && !((await team.state())?.last && !(await team.state())?.release); i++) {
      await team.second();
      // It is always the first to look, so that the other is not merely faster.
      await other.look({ kind: "push" });
      await owner.look({ kind: "push" });
    }
    expect((await team.state())?.last?.outcome).toBe("promoted");
    expect(made.commits).toBe(0);
  });

  it("takes over a release whose owner died between two steps, once its time is over and not before", async () => {
    const team = await openShop(inside);
    const owner = await ownerOf(team);
    await ship(team, "2.0.0");
    await lookUntil(team, owner, climbing);
    await takesOver(team, replica(team));
  });

  it("sees through what an owner intended that died before the commit", async () => {
    const team = await openShop(inside);
    const dying: Forge = {
      ...team.forge,
      commit: (request) =>
        request.branch === "main" ? Promise.reject(new Error("killed")) : team.forge.commit(request),
    };
    const owner = await ownerOf(team, dying);
    await ship(team, "2.0.0");
    await expect(lookUntil(team, owner, climbing)).rejects.toThrow("killed");
    expect((await team.state())?.pending).not.toBeNull();
    await takesOver(team, replica(team));
  });

  it("does what a person tells it at once", async () => {
    const team = await openShop(inside, { bake: "10h" });
    const owner = await ownerOf(team);
    const pull = await ship(team, "2.0.0");
    await lookUntil(team, owner, climbing);
    const comment = await team.alice.comment(pull, "/canary promote");
    await replica(team).look({ kind: "comment", comment });
    expect(await weightOf(team)).toBe(100);
  });

  it("asks the gate that stands before a promotion which a person tells it", async () => {
    const steps = [{ setWeight: 50 }, { setWeight: 100 }, { gate: { check: "smoke" } }];
    const team = await openShop(inside, { steps });
    const owner = await ownerOf(team);
    const elsewhere = await team.alice.propose("notes", "Notes", { "notes.md": "A note\n" });
    await ship(team, "2.0.0");
    await lookUntil(team, owner, ({ release }) => release?.hold?.reason === "gate");
    const comment = await team.alice.comment(elsewhere, "/canary checkout promote");
    await replica(team).look({ kind: "comment", comment });
    expect((await team.state())?.handled).toMatchObject([{ outcome: "refused" }]);
    expect(await team.alice.reactions(comment)).toContain("-1");
  });
});
