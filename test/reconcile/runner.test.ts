import { expect, it } from "vitest";
import { ForgeError } from "../../src/ports/forge.ts";
import type { RolloutKey, Scheduler } from "../../src/ports/scheduler.ts";
import { Runner } from "../../src/reconcile/runner.ts";
import type { Team } from "./inside.ts";
import { openShop } from "./shop.ts";
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

it("every command that came while GitHub failed is answered once it is back, not only the last", async () => {
  const team = await openShop(inside, {});
  const { ports } = team.process();
  const pull = await team.alice.propose("notes", "Notes", { "notes.md": "A note\n" });
  let failing = true;
  const forge = new Proxy(ports.forge, {
    get(target, name, receiver): unknown {
      if (name === "snapshot" && failing) return () => Promise.reject(new ForgeError("server", "502"));
      return Reflect.get(target, name, receiver);
    },
  });
  const timer = new OneTimer();
  const runner = new Runner(timer);
  const look = (cause: Parameters<Runner["look"]>[2]) => runner.look(keyOf(team), { ...ports, forge }, cause);
  const said = [];
  for (let i = 0; i < 3; i++) said.push(await team.alice.comment(pull, "/canary checkout start"));
  for (const comment of said) await look({ kind: "comment", comment });

  failing = false;
  for (let i = 0; timer.set && i < 10; i++) {
    timer.set = false;
    await look({ kind: "timer" });
  }
  const handled = (await team.state())?.handled.map(({ key }) => key);
  expect(handled?.sort()).toEqual(said.map((comment) => `comment:${comment}`).sort());
  expect(timer.set).toBe(false);
});
