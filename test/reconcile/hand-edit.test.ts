import { expect, it } from "vitest";
import { FILES, virtualService } from "../e2e/release-world.ts";
import { climbing, ENDLESS, lookUntil, openShop, ship } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside({ validate: false });

it("a version does not fail because somebody took its traffic away by hand, nor when they give it back", async () => {
  const team = await openShop(inside, { ...ENDLESS, steps: [{ setWeight: 50 }, { setWeight: 100 }] });
  const bot = team.process();
  const seconds = async (count: number) => {
    for (let second = 0; second < count; second += 1) {
      await team.second();
      await bot.look();
    }
  };
  const push = (canary: number) => {
    const files = { [FILES.virtualService]: virtualService("shop", 100 - canary, canary) };
    return inside.github.push(team.repository, "main", { files, message: "By hand", author: "alice" });
  };
  await ship(team, "2.0.0");
  await lookUntil(team, bot, climbing);
  await push(0);
  await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "hand-edit");
  await seconds(120);
  expect((await team.state())?.release).toMatchObject({ failure: null, hold: { reason: "hand-edit" } });
  await push(50);
  // Before any request comes that way again.
  await bot.look({ kind: "push" });
  await seconds(60);
  expect((await team.state())?.release).toMatchObject({ phase: "stepping", failure: null, hold: null });
});
