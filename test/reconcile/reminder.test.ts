import { describe, expect, it } from "vitest";
import { findMarker, reminderMarker } from "../../src/views/marker.ts";
import type { Process, Team } from "./inside.ts";
import { climbing, ENDLESS, lookUntil, openShop, ship } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

const TEN_MINUTES = 600_000;

/** Paused, and looked at again when the first reminder is due. */
async function paused(forge?: (team: Team) => Team["forge"]): Promise<{
  readonly team: Team;
  readonly bot: Process;
  readonly pull: number;
}> {
  const team = await openShop(inside, { ...ENDLESS, holds: { remind: "10m" } });
  const pull = await ship(team, "2.0.0");
  const bot = team.process(forge?.(team));
  await lookUntil(team, bot, climbing);
  await bot.look({ kind: "comment", comment: await team.alice.comment(pull, "/canary pause") });
  await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "paused");
  inside.wait(TEN_MINUTES);
  return { team, bot, pull };
}

function reminders(team: Team) {
  return [...team.repository.comments.values()].filter(({ body }) => findMarker(body)?.kind === "reminder");
}

describe("A reminder on the pull request", () => {
  it("comes once, whoever looks and however often", async () => {
    const { team, bot, pull } = await paused();
    await bot.look({ kind: "push" });
    expect(reminders(team)).toHaveLength(1);
    expect(reminders(team)[0]?.body).toMatch(/^@alice `checkout#1` · 50 % · paused/);
    for (let looks = 0; looks < 3; looks++) {
      await team.second();
      await bot.look({ kind: "push" });
      await team.process().look({ kind: "push" });
    }
    expect(reminders(team)).toHaveLength(1);
    inside.wait(TEN_MINUTES);
    await team.process().look({ kind: "push" });
    expect(reminders(team)).toHaveLength(2);
    expect(team.told.filter(({ kind }) => kind === "reminder")).toHaveLength(2);
    expect((await team.alice.comments(pull)).at(-1)?.body).toContain("for 20 min");
  });

  it("is not kept back by somebody who wrote our mark for it first", async () => {
    const { team, bot, pull } = await paused();
    await team.alice.comment(pull, `Never mind.\n\n${reminderMarker("checkout", 1, inside.now())}`);
    await bot.look({ kind: "push" });
    expect(reminders(team)).toHaveLength(2);
  });

  it("that nobody lived to write is written by the next process, unless the wait is over", async () => {
    for (const over of [false, true]) {
      const mute = (team: Team) => ({
        ...team.forge,
        createComment: (pull: number, body: string) =>
          findMarker(body)?.kind === "reminder"
            ? Promise.reject(new Error("the process died"))
            : team.forge.createComment(pull, body),
      });
      const { team, bot, pull } = await paused(mute);
      await bot.look({ kind: "push" });
      expect((await team.state())?.release?.waiting?.reminded).toBe(inside.now());
      expect(reminders(team)).toEqual([]);
      if (over)
        await bot.look({ kind: "comment", comment: await team.alice.comment(pull, "/canary resume") });
      await team.process().look({ kind: "push" });
      expect(reminders(team)).toHaveLength(over ? 0 : 1);
    }
  });
});
