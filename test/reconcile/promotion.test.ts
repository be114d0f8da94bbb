import { describe, expect, it } from "vitest";
import { planOfPull } from "../../src/reconcile/plan.ts";
import type { RolloutState } from "../../src/release/state.ts";
import { planCheck } from "../../src/views/plan.ts";
import { FILES } from "../e2e/release-world.ts";
import type { Process, Team } from "./inside.ts";
import { canaryWith, ended, lookUntil, openShop, weightOf } from "./shop.ts";
import { useInside } from "./use-inside.ts";

/** Releases that change more than images, and what becomes of the rest. */

const inside = useInside();

const LEVEL = "          env: [{ name: LOG_LEVEL, value: hunter2 }]\n";
const QUICK = { promotion: { strategy: "copy", settle: "3s" } };

function changed(version: string) {
  return { [FILES.canary]: `${canaryWith(version)[FILES.canary]}${LEVEL}` };
}

async function shipped(version: string): Promise<{ team: Team; bot: Process; pull: number }> {
  const team = await openShop(inside, QUICK);
  const pull = await team.alice.propose("level", `checkout ${version}, and its log level`, changed(version));
  await team.alice.merge(pull);
  return { team, bot: team.process(), pull };
}

const behind = ({ release }: RolloutState) => release?.hold?.reason === "stable-behind";

async function put(team: Team): Promise<string> {
  const text = `${await team.read("main", FILES.stable)}${LEVEL}`;
  await inside.github.push(team.repository, "main", {
    files: { [FILES.stable]: text },
    message: "stable gets the log level",
    author: "alice",
  });
  return text;
}

function said({ release }: RolloutState): string {
  return (release?.timeline ?? []).map(({ text }) => text).join("\n");
}

describe("A version that changes a variable", () => {
  it("is planned with what promotion will wait for, and without its value", async () => {
    const team = await openShop(inside);
    const number = await team.alice.propose("level", "its log level", changed("1.0.0"));
    const ports = team.process().ports;
    const plan = await planOfPull(ports, await ports.forge.pull(number));
    const { summary } = planCheck(plan ?? { problems: [], rollouts: [] });
    expect(summary).toContain(
      "Promotion copies images only: container checkout's env LOG\\_LEVEL changes in apps/checkout/canary.yaml and not in apps/checkout/stable.yaml. Before it is promoted the release will hold until stable has it.",
    );
    expect(JSON.stringify(plan?.rollouts.map(({ notes }) => notes))).not.toContain("hunter2");
  });

  it("is planned without a word where stable gets it by the same merge", async () => {
    const team = await openShop(inside);
    const both = {
      ...changed("2.0.0"),
      [FILES.stable]: `${await team.read("main", FILES.stable)}${LEVEL}`,
    };
    const number = await team.alice.propose("both", "both levels", both);
    const ports = team.process().ports;
    const plan = await planOfPull(ports, await ports.forge.pull(number));
    expect(plan?.rollouts.flatMap(({ notes }) => notes).join()).not.toContain("Promotion copies");
  });

  it.each(["1.0.0", "2.0.0"])(
    "and has image %s waits at 100 % until stable has it, then goes on by itself",
    async (version) => {
      const { team, bot } = await shipped(version);
      const state = await lookUntil(team, bot, behind);
      expect(state.release?.hold?.detail).toContain("container checkout's env LOG_LEVEL");
      expect(await weightOf(team)).toBe(100);
      await team.second();
      await bot.look({ kind: "push" });
      expect(behind((await team.state()) ?? state)).toBe(true);
      await put(team);
      const done = await lookUntil(team, bot, ended);
      expect(done.last?.outcome).toBe("promoted");
      const stable = await team.read("main", FILES.stable);
      expect(stable).toContain(`checkout:${version} `);
      expect(stable).toContain(LEVEL);
      expect(await weightOf(team)).toBe(0);
    },
  );

  it("whose image somebody takes from stable again, after the copy, waits too", async () => {
    const team = await openShop(inside, QUICK);
    const before = await team.read("main", FILES.stable);
    const pull = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    await team.alice.merge(pull);
    const bot = team.process();
    await lookUntil(team, bot, ({ release }) => release?.promotion?.copiedAt != null);
    await inside.github.push(team.repository, "main", {
      files: { [FILES.stable]: before },
      message: "stable as it was",
      author: "alice",
    });
    const state = await lookUntil(team, bot, behind);
    expect(state.release?.hold?.detail).toContain("container checkout's image");
    expect(await weightOf(team)).toBe(100);
  });

  it("is promoted without it when somebody says so, and the next release does not ask again", async () => {
    const { team, bot, pull } = await shipped("2.0.0");
    await lookUntil(team, bot, behind);
    const comment = await team.alice.comment(pull, "/canary promote");
    await bot.look({ kind: "comment", comment });
    const copied = await lookUntil(team, bot, ({ release }) => release?.promotion?.copiedAt != null);
    expect(said(copied)).toContain("without container checkout's env LOG_LEVEL: alice said so");
    await lookUntil(team, bot, ended);
    expect(await team.read("main", FILES.stable)).not.toContain("LOG_LEVEL");
    const next = await team.alice.propose("v3", "checkout 3", changed("3.0.0"));
    await team.alice.merge(next);
    const third = await lookUntil(team, bot, (now) => ended(now) && now.last?.number === 2);
    expect(third.last?.outcome).toBe("promoted");
  });

  it("is rolled back with what stable got of it", async () => {
    const team = await openShop(inside, { promotion: { strategy: "copy", settle: "10h" } });
    const before = await team.read("main", FILES.stable);
    const pull = await team.alice.propose("level", "checkout 2, and its log level", changed("2.0.0"));
    await team.alice.merge(pull);
    const bot = team.process();
    await lookUntil(team, bot, behind);
    await put(team);
    await lookUntil(team, bot, ({ release }) => release?.promotion?.copiedAt != null);
    const comment = await team.alice.comment(pull, "/canary rollback");
    await bot.look({ kind: "comment", comment });
    await lookUntil(team, bot, ended);
    expect(await team.read("main", FILES.stable)).toBe(before);
    expect(await weightOf(team)).toBe(0);
  });
});
