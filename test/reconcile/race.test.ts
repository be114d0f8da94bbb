import { describe, expect, it } from "vitest";
import type { Forge } from "../../src/ports/forge.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";
import type { Team } from "./inside.ts";
import { justBefore } from "./shop.ts";
import { useInside } from "./use-inside.ts";

const inside = useInside();

function weightIn(text: string): number {
  return Number(/canary }\s+weight: (\d+)/.exec(text)?.[1]);
}

/** A team that nobody has looked at yet. */
function begun(): Promise<Team> {
  return inside.team({
    files: {
      ".github/sluice.yaml": configOf({ checkout: rolloutOf("shop") }),
      [FILES.virtualService]: virtualService("shop", 100, 0),
      [FILES.stable]: deployment("stable", "shop", "1.0.0"),
      [FILES.canary]: deployment("canary", "shop", "1.0.0"),
    },
    share: async (read) => weightIn(await read(FILES.virtualService)) / 100,
    failing: async () => 0,
  });
}

/** A team at rest, with a new version merged that nobody has looked at. */
async function merged(): Promise<Team> {
  const team = await begun();
  await team.second();
  await team.process().look();
  const canary = deployment("canary", "shop", "2.0.0");
  await team.alice.merge(await team.alice.propose("next", "checkout 2.0.0", { [FILES.canary]: canary }));
  return team;
}

/** A forge with which somebody is always a moment faster on main. */
function outrun(forge: Forge, first: () => Promise<unknown>): Forge {
  return new Proxy(forge, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (name !== "commit" || typeof method !== "function") return method;
      return async (request: Parameters<Forge["commit"]>[0]) => {
        if (request.branch === "main") await first();
        return target.commit(request);
      };
    },
  });
}

/** A forge whose commits on main are made, and then answered so. */
function answering(forge: Forge, answer: () => Promise<never>): Forge {
  return new Proxy(forge, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (name !== "commit" || typeof method !== "function") return method;
      return async (request: Parameters<Forge["commit"]>[0]) => {
        const outcome = await target.commit(request);
        return request.branch === "main" ? answer() : outcome;
      };
    },
  });
}

describe("somebody pushes between the look and the commit", () => {
  it("other files: both land, every time", async () => {
    const team = await merged();
    let pushed = 0;
    const forge = outrun(team.forge, async () => {
      // Each commit of ours is outrun twice.
      if (pushed % 3 === 2) return void pushed++;
      const files = { [`notes/${pushed}.md`]: `note ${pushed}\n` };
      await inside.github.push(team.repository, "main", { files, message: "A note", author: "alice" });
      pushed++;
    });
    const bot = team.process(forge);
    for (let second = 0; second < 60 && (await team.state())?.last == null; second++) {
      await team.second();
      await bot.look();
    }
    expect((await team.state())?.last?.outcome).toBe("promoted");
    expect((await team.contents([FILES.virtualService])).map(weightIn)).toEqual([0, 50, 100, 0]);
    // Two weights up, the copy and the way home, outrun twice each.
    expect(pushed).toBe(12);
    for (let i = 0; i < pushed; i++) {
      if (i % 3 !== 2) expect(await team.read("main", `notes/${i}.md`)).toBe(`note ${i}\n`);
    }
  });

  it("the weights themselves: ours does not land, theirs stays, and the release holds", async () => {
    const team = await merged();
    const theirs = virtualService("shop", 95, 5);
    let pushed = false;
    const forge = outrun(team.forge, async () => {
      if (pushed) return;
      pushed = true;
      const files = { [FILES.virtualService]: theirs };
      await inside.github.push(team.repository, "main", { files, message: "Careful", author: "alice" });
    });
    const bot = team.process(forge);
    for (let second = 0; second < 10; second++) {
      await team.second();
      await bot.look();
    }
    expect(await team.read("main", FILES.virtualService)).toBe(theirs);
    const release = (await team.state())?.release;
    expect(release?.hold).toMatchObject({ kind: "person", reason: "hand-edit" });
    expect(release?.hold?.detail).toContain("says 95/5");
  });

  it("and forces our commit out before anybody noted it: it is not made again, and the release holds", async () => {
    const team = await merged();
    const head = async () => (await team.repository.git.branch("main")) ?? "";
    const before = await head();
    // The answer is lost, and the process with it.
    const forge = answering(team.forge, () => Promise.reject(new Error("the process died")));
    await team.second();
    await expect(team.process(forge).look()).rejects.toThrow("the process died");
    expect(weightIn(await team.read("main", FILES.virtualService))).toBe(50);
    await inside.github.forcePush(team.repository, "refs/heads/main", before, "alice");
    const bot = team.process();
    for (let second = 0; second < 5; second++) {
      await team.second();
      await bot.look({ kind: "push" });
    }
    expect(await head()).toBe(before);
    expect((await team.state())?.release?.hold).toMatchObject({ kind: "person", reason: "hand-edit" });
  });
});

describe("somebody changes the state between the look and the write of it", () => {
  const STATE = "sluice/state";
  const DOCUMENT = "rollouts/checkout.json";

  it("ours does not land upon theirs, which is refused", async () => {
    const team = await merged();
    const theirs = (await team.read(STATE, DOCUMENT)).replace('"next": 1', '"next": 7');
    let pushed = false;
    const forge = justBefore(team.forge, "commit", async ({ branch }) => {
      if (pushed || branch !== STATE) return;
      pushed = true;
      const files = { [DOCUMENT]: theirs };
      await inside.github.push(team.repository, STATE, { files, message: "Seven", author: "mallory" });
    });
    const main = await team.repository.git.branch("main");
    const bot = team.process(forge);
    for (let second = 0; second < 3; second++) {
      await team.second();
      await bot.look({ kind: "push" });
    }
    expect(pushed).toBe(true);
    expect(await team.read(STATE, DOCUMENT)).toBe(theirs);
    expect(await team.repository.git.branch("main")).toBe(main);
  });

  it("nor upon something that is no text, where there was nothing", async () => {
    const team = await begun();
    const theirs = "no\0text";
    let pushed = false;
    const forge = justBefore(team.forge, "createOrphan", async () => {
      if (pushed) return;
      pushed = true;
      const change = { files: { [DOCUMENT]: theirs }, message: "No text", author: "mallory", from: "main" };
      await inside.github.push(team.repository, STATE, change);
    });
    await team.second();
    await team.process(forge).look({ kind: "push" });
    expect(pushed).toBe(true);
    expect(await team.read(STATE, DOCUMENT)).toBe(theirs);
  });
});
