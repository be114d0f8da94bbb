import { describe, expect, it } from "vitest";
import { Bot } from "../../src/reconcile/bot.ts";
import { planOfPull } from "../../src/reconcile/plan.ts";
import { routeCommand } from "../../src/reconcile/route.ts";
import type { RolloutState } from "../../src/release/state.ts";
import { planCheck } from "../../src/views/plan.ts";
import { configOf, rolloutOf } from "../e2e/release-world.ts";
import type { Process, Team } from "./inside.ts";
import {
  CONFIG,
  canaryWith,
  climbing,
  config,
  ENDLESS,
  ended,
  lookUntil,
  openShop,
  ship,
  somebody,
  weightIn,
  weightOf,
} from "./shop.ts";
import { useInside } from "./use-inside.ts";

const HOUR = 3_600_000;
const inside = useInside();

/** A comment and all that follows from it. */
async function say(team: Team, bot: Process, pull: number, words: string, who = team.alice) {
  await team.second();
  const comment = await who.comment(pull, words);
  const rollout = await routeCommand(bot.ports, comment);
  if (rollout !== null) await bot.look({ kind: "comment", comment });
  const replies = await team.alice.comments(pull);
  return replies.find(({ body }) => body?.includes(`<!-- sluice:reply ${comment} -->`))?.body ?? "";
}

async function planOf(team: Team, number: number) {
  const { ports } = team.process();
  const plan = await planOfPull(ports, await ports.forge.pull(number));
  return planCheck(plan ?? { problems: [], rollouts: [] });
}

function pushed(team: Team, text: string) {
  const files = { [CONFIG]: text };
  return inside.github.push(team.repository, "main", { files, message: "Freezes", author: "alice" });
}

/** A moment as a configuration and a command write it. */
function written(at: number): string {
  return new Date(at).toISOString().slice(0, 16);
}

/** The bot anew, as after a restart: it knows nothing, and its timers are those of `set`. */
function restarted(team: Team) {
  const set = new Map<string, number>();
  const { repository } = team;
  const where = {
    installation: inside.github.installationId(repository),
    repository: { id: repository.id, owner: repository.owner.login, name: repository.name },
  };
  const { ports } = team.process();
  const bot = new Bot({
    portsFor: async () => ports,
    scheduler: {
      schedule: async ({ rollout }, at) => void set.set(rollout, at),
      cancel: async ({ rollout }) => void set.delete(rollout),
    },
  });
  return {
    set,
    look: () => bot.happened({ ...where, what: { kind: "start-up" }, by: null }),
    due: () => bot.look({ ...where, rollout: "checkout" }, { kind: "timer" }),
  };
}

const began = ({ release }: RolloutState) => release !== null;

describe("a freeze that somebody says", () => {
  it("on any pull request, an open one too, keeps a new version from starting; the plan says so", async () => {
    const team = await openShop(inside);
    const bot = team.process();
    const pull = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    const until = written(inside.now() + 2 * HOUR);
    const answer = await say(team, bot, pull, `/canary freeze until ${until} "holidays, @everyone"`);
    expect(answer).toContain(
      `Frozen by alice until ${until.replace("T", " ")} UTC: holidays, @&#8203;everyone.`,
    );
    expect((await planOf(team, pull)).summary).toContain(
      "No release starts and no weight rises before that.",
    );
    await team.alice.merge(pull);
    for (let i = 0; i < 3; i++) {
      await team.second();
      await bot.look({ kind: "push" });
    }
    expect((await team.state())?.release).toBeNull();
    expect(await say(team, bot, pull, "/canary status")).toContain("Frozen by alice until");
    expect(await say(team, bot, pull, "/canary checkout start")).toContain("was refused: Frozen by alice");
    // It ends by itself, also for a process that has just begun.
    const anew = restarted(team);
    await anew.look();
    expect(written(anew.set.get("checkout") ?? 0)).toBe(until);
    inside.wait(2 * HOUR);
    await anew.due();
    expect((await team.state())?.release?.number).toBe(1);
  });

  it("keeps a weight where it is until somebody lifts it; a stranger cannot", async () => {
    const team = await openShop(inside);
    const bot = team.process();
    const pull = await ship(team, "2.0.0");
    await lookUntil(team, bot, climbing);
    await say(team, bot, pull, "/canary freeze");
    const mallory = somebody(inside, team, "mallory", "read");
    expect(await say(team, bot, pull, "/canary unfreeze", mallory)).toContain("needs write access");
    const held = await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "freeze");
    expect(held.release?.hold).toMatchObject({ reason: "freeze", detail: expect.stringContaining("alice") });
    for (let i = 0; i < 10; i++) {
      await team.second();
      await bot.look({ kind: "push" });
    }
    expect(await weightOf(team)).toBe(50);
    const words = (await team.alice.comments(pull)).map(({ body }) => body ?? "").join("\n");
    expect(words).toContain("**Frozen** since");
    expect(await say(team, bot, pull, "/canary unfreeze")).toContain("No longer frozen: alice ended it");
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("promoted");
  });

  it("does not keep a bad release from being rolled back", async () => {
    const team = await openShop(inside, ENDLESS);
    const bot = team.process();
    const pull = await ship(team, "2.0.0-bad");
    await lookUntil(team, bot, ({ release }) => release?.shift.percent === 50);
    await say(team, bot, pull, "/canary freeze");
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("rolled-back");
    expect((await team.contents(["mesh/checkout.yaml"])).map(weightIn)).toEqual([0, 50, 0]);
  });

  it("needs the rollout's name where there are several", async () => {
    const team = await openShop(inside);
    const targets = [{ file: "mesh/search.yaml", stable: "stable", canary: "canary" }];
    await pushed(team, configOf({ checkout: rolloutOf("shop"), search: rolloutOf("other", { targets }) }));
    const pull = await team.alice.propose("notes", "Notes", { "NOTES.md": "hm" });
    expect(await say(team, team.process(), pull, '/canary freeze "audit"')).toContain(
      'say which rollout: `/canary checkout freeze "audit"` or `/canary search freeze "audit"`',
    );
  });
});

describe("a freeze of the configuration", () => {
  it("counts at once for a release that began without it", async () => {
    const team = await openShop(inside);
    const bot = team.process();
    await ship(team, "2.0.0");
    await lookUntil(team, bot, climbing);
    const from = inside.now();
    const freezes = [{ from: written(from), until: written(from + 2 * HOUR), reason: "audit" }];
    await pushed(team, config({ freezes }));
    const held = await lookUntil(team, bot, ({ release }) => release?.hold?.reason === "freeze");
    expect(held.release?.hold).toMatchObject({
      reason: "freeze",
      detail: expect.stringContaining(": audit."),
    });
    expect(await weightOf(team)).toBe(50);
    await pushed(team, config());
    expect((await lookUntil(team, bot, ended)).last?.outcome).toBe("promoted");
  });

  it("is said by the plan before it begins", async () => {
    const from = inside.now() + 3 * HOUR;
    const freezes = [{ from: written(from), until: written(from + HOUR), reason: "audit" }];
    const team = await openShop(inside, { freezes });
    const pull = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    expect((await planOf(team, pull)).summary).toMatch(
      /A freeze begins .* \(audit\): from then until .* no weight rises/,
    );
  });
});

describe("on: schedule", () => {
  it("starts the newest merged version at its time, also after a restart in between; the plan has the time", async () => {
    const due = Math.ceil((inside.now() + HOUR) / HOUR) * HOUR;
    const on = { schedule: `0 ${new Date(due).getUTCHours()} * * *`, zone: "UTC" };
    const team = await openShop(inside, { on });
    const pull = await team.alice.propose("v2", "checkout 2", canaryWith("2.0.0"));
    const check = await planOf(team, pull);
    expect(check.title).toContain(`starts ${written(due).replace("T", " ")}:00 UTC`);
    await team.alice.merge(pull);
    await team.second();
    const bot = team.process();
    await bot.look({ kind: "push" });
    const newest = await ship(team, "3.0.0");
    await team.second();
    await bot.look({ kind: "push" });
    expect(await team.state()).toMatchObject({
      release: null,
      waits: { schedule: `\`${on.schedule}\` UTC` },
    });
    const anew = restarted(team);
    await anew.look();
    expect(anew.set.get("checkout")).toBe(due);
    inside.wait(due - inside.now());
    await anew.due();
    expect((await team.state())?.release).toMatchObject({ cause: { kind: "schedule", pull: newest } });
  });
});

describe("a start that somebody plans", () => {
  it("is answered with its time, shown, and begins then if they still may", async () => {
    const team = await openShop(inside, { on: "command" });
    const bot = team.process();
    const bob = somebody(inside, team, "bob", "write");
    const pull = await ship(team, "2.0.0");
    const due = inside.now() + HOUR;
    const words = `/canary checkout start at ${written(due)}`;
    expect(await say(team, bot, pull, words, bob)).toContain(
      `starts at ${written(due).replace("T", " ")} UTC`,
    );
    expect(await say(team, bot, pull, "/canary checkout status")).toContain("A start is planned for");
    inside.github.setPermission(team.repository, "bob", "read");
    inside.wait(HOUR);
    await bot.look({ kind: "push" });
    expect((await team.state())?.release).toBeNull();
    inside.github.setPermission(team.repository, "bob", "write");
    const state = await lookUntil(team, bot, began);
    expect(state.release?.cause).toMatchObject({ kind: "command", actor: "bob", pull });
  });
});
