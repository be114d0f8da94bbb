import { describe, expect, it } from "vitest";
import type { Process, Team } from "./inside.ts";
import { climbing, ENDLESS, lookUntil, openShop, ship, somebody } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

interface Button {
  readonly run: number;
  readonly identifier: string;
}

/** What the check `sluice` on a pull request's head offers. */
async function shown(team: Team, pull: number): Promise<readonly Button[]> {
  const { head } = await team.alice.pull(pull);
  const run = [...team.repository.checkRuns.values()].findLast(
    ({ sha, name, externalId }) => sha === head.sha && name === "sluice" && externalId === "checkout#1",
  );
  return (run?.actions ?? []).map((action) => ({
    run: run?.id ?? 0,
    identifier: String(action["identifier"]),
  }));
}

async function button(team: Team, pull: number, name: string): Promise<Button> {
  const found = (await shown(team, pull)).find(({ identifier }) => identifier.startsWith(`${name}:`));
  if (!found) throw new Error(`no button ${name}`);
  return found;
}

function press(bot: Process, { run, identifier }: Button, by: string): Promise<void> {
  return bot.look({ kind: "click", click: { run, release: "checkout#1", action: identifier, by } });
}

/** A release that stays on its first step. */
async function released(changes: Readonly<Record<string, unknown>> = ENDLESS) {
  const team = await openShop(inside, changes);
  const pull = await ship(team, "2.0.0");
  const bot = team.process();
  await lookUntil(team, bot, climbing);
  return { team, pull, bot };
}

const APPROVED = {
  bake: "1s",
  steps: [{ setWeight: 50 }, { pause: { until: "approved" } }, { setWeight: 100 }],
};

describe("A button of the check on the pull request's head", () => {
  it("is a command of whoever pressed it", async () => {
    const { team, pull, bot } = await released();
    expect((await shown(team, pull)).map(({ identifier }) => identifier.split(":")[0])).toEqual([
      "pause",
      "rollback",
    ]);
    await press(bot, await button(team, pull, "pause"), "alice");
    expect((await team.state())?.release).toMatchObject({ will: { kind: "paused", by: "alice" } });
    await press(bot, await button(team, pull, "resume"), "alice");
    expect((await team.state())?.release?.will).toBeNull();
  });

  it("does once what is pressed and delivered twice, whoever looks", async () => {
    const { team, pull, bot } = await released();
    const pause = await button(team, pull, "pause");
    await press(bot, pause, "alice");
    await press(bot, await button(team, pull, "resume"), "alice");
    // The same delivery again, to a process that remembers nothing.
    await press(team.process(), pause, "alice");
    expect((await team.state())?.release?.will).toBeNull();
    expect((await team.state())?.handled.map(({ key }) => key.split(":")[2])).toEqual(["pause", "resume"]);
  });

  it("is not obeyed from somebody who may not write at that moment, and nothing is recorded", async () => {
    const { team, pull, bot } = await released();
    const rollback = await button(team, pull, "rollback");
    somebody(inside, team, "mallory", "read");
    await press(bot, rollback, "mallory");
    inside.github.setPermission(team.repository, "alice", "read");
    await press(bot, rollback, "alice");
    expect(await team.state()).toMatchObject({ release: { failure: null }, handled: [] });
  });

  it("approves only the step that it was shown for", async () => {
    const { team, pull, bot } = await released(APPROVED);
    await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "approval");
    const approve = await button(team, pull, "approve");
    const old = { ...approve, identifier: "approve:00000000" };
    await press(bot, old, "alice");
    expect(await team.state()).toMatchObject({
      release: { approved: null },
      handled: [{ outcome: "refused", by: "alice" }],
    });
    const { head } = await team.alice.pull(pull);
    const said = (await team.alice.checks(head.sha)).find(({ name }) => name === "sluice");
    expect(said?.output.summary).toContain("**Refused:** button approve by alice");
    await press(bot, approve, "alice");
    await lookUntil(team, bot, ({ last }) => last?.outcome === "promoted");
    expect(await shown(team, pull)).toEqual([]);
  });

  it("keeps to the rollout's approvers", async () => {
    const { team, pull, bot } = await released({ ...ENDLESS, approvers: ["zoe"] });
    await press(bot, await button(team, pull, "pause"), "alice");
    expect(await team.state()).toMatchObject({
      release: { will: null },
      handled: [{ outcome: "refused", reason: expect.stringContaining("approvers only") }],
    });
  });
});
