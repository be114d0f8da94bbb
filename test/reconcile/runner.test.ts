import { describe, expect, it } from "vitest";
import { ForgeError } from "../../src/ports/forge.ts";
import type { RolloutKey, Scheduler } from "../../src/ports/scheduler.ts";
import type { Cause, Ports } from "../../src/reconcile/ports.ts";
import { Runner } from "../../src/reconcile/runner.ts";
import { FILES } from "../e2e/release-world.ts";
import type { Team } from "./inside.ts";
import { CONFIG, canaryWith, climbing, ENDLESS, lookUntil, openShop, ship, somebody } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

/** One timer, which goes off when it is told to. */
class OneTimer implements Scheduler {
  set = false;
  async schedule(): Promise<void> {
    this.set = true;
  }
  async cancel(): Promise<void> {
    this.set = false;
  }
}

function keyOf({ repository }: Team): RolloutKey {
  const { id, owner, name } = repository;
  return { installation: 1, repository: { id, owner: owner.login, name }, rollout: "checkout" };
}

/** GitHub that gives no snapshot until it is told to. */
function failingForge(ports: Ports) {
  const failing = { now: true, ports };
  const forge = new Proxy(ports.forge, {
    get(target, name, receiver): unknown {
      if (name === "snapshot" && failing.now) return () => Promise.reject(new ForgeError("server", "502"));
      return Reflect.get(target, name, receiver);
    },
  });
  failing.ports = { ...ports, forge };
  return failing;
}

async function goOff(timer: OneTimer, look: (cause: Cause) => Promise<unknown>): Promise<void> {
  for (let i = 0; timer.set && i < 10; i++) {
    timer.set = false;
    await look({ kind: "timer" });
  }
}

it("every command that came while GitHub failed is answered once it is back, not only the last", async () => {
  const team = await openShop(inside, {});
  const { ports } = team.process();
  const pull = await team.alice.propose("notes", "Notes", { "notes.md": "A note\n" });
  const failing = failingForge(ports);
  const timer = new OneTimer();
  const runner = new Runner(timer);
  const look = (cause: Parameters<Runner["look"]>[2]) => runner.look(keyOf(team), failing.ports, cause);
  const said = [];
  for (let i = 0; i < 3; i++) said.push(await team.alice.comment(pull, "/canary checkout start"));
  for (const comment of said) await look({ kind: "comment", comment });

  failing.now = false;
  await goOff(timer, look);
  const handled = (await team.state())?.handled.map(({ key }) => key);
  expect(handled?.sort()).toEqual(said.map((comment) => `comment:${comment}`).sort());
  expect(timer.set).toBe(false);
});

it("a look that failed, and for which no timer can be set, is told: whoever asked keeps what was said", async () => {
  const team = await openShop(inside, {});
  const refusing: Scheduler = {
    schedule: () => Promise.reject(new Error("the scheduler refused")),
    cancel: () => Promise.resolve(),
  };
  const runner = new Runner(refusing);
  const { ports } = failingForge(team.process().ports);
  const look = () => runner.look(keyOf(team), ports, { kind: "comment", comment: 1 });
  await expect(look()).rejects.toThrow("the scheduler refused");
  await runner.stop();
  expect(await look()).toEqual({ turned: false, failed: false, again: null });
});

it.each([
  ["a manifest", FILES.virtualService],
  ["the configuration", CONFIG],
])(
  "a freeze said while %s cannot be read is heard before what mends it starts a release",
  async (_, path) => {
    const team = await openShop(inside, ENDLESS);
    const good = await team.read("main", path);
    const write = (text: string, files: Readonly<Record<string, string>> = {}) =>
      inside.github.push(team.repository, "main", {
        files: { [path]: text, ...files },
        message: path,
        author: "alice",
      });
    await write("a: [\n");
    const pull = await team.alice.propose("notes", "Notes", { "notes.md": "A note\n" });
    const comment = await team.alice.comment(pull, "/canary checkout freeze");
    const timer = new OneTimer();
    const runner = new Runner(timer);
    const { ports } = team.process();
    expect(await runner.look(keyOf(team), ports, { kind: "comment", comment })).toMatchObject({
      again: expect.any(Number),
    });
    await write(good, canaryWith("2.0.0"));
    await runner.look(keyOf(team), ports, { kind: "push" });
    await ports.projector.idle();
    expect(await team.state()).toMatchObject({ freeze: { by: "alice" }, release: null });
    expect(await team.alice.reactions(comment)).toContain("rocket");
  },
);

describe("A button that was pressed while GitHub failed", () => {
  async function pressed() {
    const team = await openShop(inside, ENDLESS);
    const pull = await ship(team, "2.0.0");
    const bot = team.process();
    await lookUntil(team, bot, climbing);
    const { head } = await team.alice.pull(pull);
    const run = [...team.repository.checkRuns.values()].findLast(
      ({ sha, name, externalId }) => sha === head.sha && name === "sluice" && externalId === "checkout#1",
    );
    const click = (name: string, by: string): Cause => {
      const action = run?.actions?.find(({ identifier }) => String(identifier).startsWith(`${name}:`));
      const identifier = String(action?.["identifier"]);
      return { kind: "click", click: { run: run?.id ?? 0, release: "checkout#1", action: identifier, by } };
    };
    const failing = failingForge(team.process().ports);
    const timer = new OneTimer();
    const runner = new Runner(timer);
    const look = (cause: Cause) => runner.look(keyOf(team), failing.ports, cause);
    await look(click("rollback", "alice"));
    /** Which buttons were heard once GitHub was back, of whom. */
    const heard = async () => {
      await goOff(timer, look);
      return (await team.state())?.handled.map(({ key, by }) => `${key.split(":")[2]} by ${by}`);
    };
    return { team, failing, look, click, heard };
  }

  const others: readonly Cause["kind"][] = ["push", "timer"];
  it.each(others)("is heard although a %s came before GitHub was back", async (kind) => {
    const { failing, look, heard } = await pressed();
    await look({ kind });
    failing.now = false;
    expect(await heard()).toEqual(["rollback by alice"]);
  });

  it.each(others)("is heard although a %s comes as GitHub is back", async (kind) => {
    const { failing, look, heard } = await pressed();
    failing.now = false;
    await look({ kind });
    expect(await heard()).toEqual(["rollback by alice"]);
  });

  it("is heard once the state may be written again, and whoever asked is told when that is tried", async () => {
    const { team, failing, look, click, heard } = await pressed();
    failing.now = false;
    inside.github.protectBranch(team.repository, "sluice/state", {});
    expect(await look(click("rollback", "alice"))).toMatchObject({
      failed: false,
      again: expect.any(Number),
    });
    await look({ kind: "push" });
    inside.github.protectBranch(team.repository, "sluice/state", null);
    expect(await heard()).toEqual(["rollback by alice"]);
  });

  it("is heard beside another button", async () => {
    const { failing, look, click, heard } = await pressed();
    await look(click("pause", "alice"));
    failing.now = false;
    expect((await heard())?.sort()).toEqual(["pause by alice", "rollback by alice"]);
  });

  it("is heard although somebody who may not presses it too", async () => {
    const { team, failing, look, click, heard } = await pressed();
    somebody(inside, team, "mallory", "read");
    await look(click("rollback", "mallory"));
    failing.now = false;
    expect(await heard()).toEqual(["rollback by alice"]);
  });
});
