import { describe, expect, it } from "vitest";
import type { Team } from "./inside.ts";
import { climbing, ended, lookUntil, openShop, ship } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

/** Release by release: its states, oldest first, and where its last one leads. */
function environment(team: Team) {
  return [...team.repository.deployments.values()].map(({ description, statuses }) => ({
    release: description,
    states: statuses.map(({ state }) => state).filter((state, i, all) => state !== all[i - 1]),
    url: statuses.at(-1)?.environmentUrl,
  }));
}

describe("The environment that a rollout names", () => {
  it("tells the story of each release, with the address where it can be seen", async () => {
    const url = "https://shop.example.com/";
    const team = await openShop(inside, { environment: { name: "production", url } });
    const bot = team.process();
    await ship(team, "2.0.0");
    await lookUntil(team, bot, ended);
    expect(environment(team)).toEqual([{ release: "checkout#1", states: ["in_progress", "success"], url }]);
    await ship(team, "3.0.0-bad");
    await lookUntil(team, bot, (state) => ended(state) && state.last?.number === 2);
    await ship(team, "4.0.0");
    await lookUntil(team, bot, (state) => ended(state) && state.last?.number === 3);
    expect(environment(team).map(({ release, states }) => [release, states.join(" ")])).toEqual([
      ["checkout#1", "in_progress success inactive"],
      ["checkout#2", "in_progress failure"],
      ["checkout#3", "in_progress success"],
    ]);
  });

  it("has one deployment, though GitHub does not show it for a while after it was made", async () => {
    const team = await openShop(inside, { environment: "production" });
    const bot = team.process({ ...team.forge, deployments: () => Promise.resolve([]) });
    await ship(team, "2.0.0");
    await lookUntil(team, bot, climbing);
    expect(environment(team)).toHaveLength(1);
  });

  it("has no deployment in progress once a release has ended that two processes showed at the same moment", async () => {
    const team = await openShop(inside, { environment: "production" });
    const bot = team.process();
    await ship(team, "2.0.0");
    await lookUntil(team, bot, ({ release }) => release?.shift.live != null);
    // Another process had asked before that one's deployment was there.
    const early = { ...team.forge, deployments: () => Promise.resolve([]) };
    await team.process(early).look({ kind: "push" });
    expect(environment(team).map(({ release }) => release)).toEqual(["checkout#1", "checkout#1"]);
    await lookUntil(team, bot, ended);
    expect(environment(team).map(({ states }) => states.join(" "))).toEqual([
      "in_progress inactive",
      "in_progress success",
    ]);
    const [twin] = team.repository.deployments.values();
    // It is kept for ever each time that it is said.
    expect(twin?.statuses.filter(({ state }) => state === "inactive")).toHaveLength(1);
  });
});
