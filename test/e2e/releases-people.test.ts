import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startWorld, virtualService, type World } from "./release-world.ts";

type Name = "edited" | "raced" | "refusing" | "restarting" | "reverted" | "forged" | "newer" | "lost";

const GENTLE = { perSecond: 40 };

let world: World<Name>;
beforeAll(async () => {
  world = await startWorld<Name>({
    edited: GENTLE,
    raced: {
      ...GENTLE,
      rollout: { steps: [{ setWeight: 25 }, { setWeight: 50 }, { setWeight: 100 }] },
    },
    refusing: GENTLE,
    restarting: { ...GENTLE, rollout: { supersede: "restart", bake: "2s" } },
    reverted: GENTLE,
    forged: GENTLE,
    newer: GENTLE,
    lost: GENTLE,
  });
});
afterAll(() => world.stop());

/** Time in which the bot looks several times and would have acted. */
const someLooks = () => sleep(1500);

const MESH = "mesh/checkout.yaml";
const STATE = "rollouts/checkout.json";

describe.concurrent("people win", () => {
  it("holds on a weight edited by hand, says what it saw, and goes on from there when told to", () =>
    world.tell("edited", async (shop) => {
      const pull = await shop.ship("2.0.0");
      await shop.weightIs(50);
      const edited = virtualService("edited", 70, 30).replace("# percent", "# careful, says alice");
      await shop.push({ [MESH]: edited }, "Less for now");
      const held = await shop.held("hand-edit");
      const saw = `${MESH} says 70/30 (stable/canary), Sluice last wrote 50/50`;
      expect(held.hold?.detail).toContain(saw);
      await shop.comment(pull, "says 70/30");
      await someLooks();
      expect(await shop.read("main", MESH)).toBe(edited);
      expect(await shop.command(shop.alice, pull, "/canary 80")).toBe("-1");
      expect(await shop.read("main", MESH)).toBe(edited);
      expect(await shop.command(shop.alice, pull, "/canary resume")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("promoted");
      expect(await shop.weights()).toEqual([0, 50, 30, 50, 100, 0]);
      // Her comment stays, whatever weights come and go.
      expect(await shop.read("main", MESH)).toBe(
        virtualService("edited", 100, 0).replace("# percent", "# careful, says alice"),
      );
    }));

  it("lands its commits between those of people who push all the time, and loses none of theirs", () =>
    world.tell("raced", async (shop) => {
      await shop.ship("2.0.0");
      let pushed = 0;
      let over = false;
      const pushing = (async () => {
        while (!over) {
          await shop.push({ [`notes/${pushed}.md`]: `note ${pushed}\n` }, `Note ${pushed}`);
          pushed++;
          await sleep(500);
        }
      })();
      const release = await shop.ended(1).finally(() => {
        over = true;
      });
      await pushing;
      expect(release.ending).toBe("promoted");
      expect(await shop.weights()).toEqual([0, 25, 50, 100, 0]);
      expect(await shop.image("stable")).toBe("2.0.0");
      expect(pushed).toBeGreaterThan(5);
      for (let i = 0; i < pushed; i++) expect(await shop.read("main", `notes/${i}.md`)).toBe(`note ${i}\n`);
    }));

  it("supersede: refuse fails the check of a second version while one runs, and passes it afterwards", () =>
    world.tell("refusing", async (shop) => {
      const first = await shop.ship("2.0.0");
      await shop.weightIs(50);
      expect(await shop.command(shop.alice, first, "/canary pause")).toBe("rocket");
      const second = await shop.propose("3.0.0");
      const { head } = await shop.alice.pull(second);
      const refused = await shop.check(head.sha, "sluice", ({ conclusion }) => conclusion === "failure");
      expect(refused.title).toContain("checkout#1");
      expect(await shop.command(shop.alice, first, "/canary resume")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("promoted");
      await shop.check(head.sha, "sluice", ({ conclusion }) => conclusion === "success");
    }));

  it("supersede: restart writes 0 first and begins with the newer version when 0 is live", () =>
    world.tell("restarting", async (shop) => {
      const first = await shop.ship("2.0.0");
      await shop.weightIs(50);
      expect(await shop.command(shop.alice, first, "/canary pause")).toBe("rocket");
      const second = await shop.propose("3.0.0");
      const { head } = await shop.alice.pull(second);
      await shop.check(head.sha, "sluice", ({ conclusion }) => conclusion === "success");
      expect(await shop.command(shop.alice, first, "/canary resume")).toBe("rocket");
      await shop.alice.merge(second);
      expect((await shop.ended(1)).ending).toBe("superseded");
      const release = await shop.ended(2);
      expect(release).toMatchObject({ ending: "promoted", cause: { pull: second } });
      expect(await shop.image("stable")).toBe("3.0.0");
      // The newer one began at 0, wherever the older one had come to.
      expect((await shop.weights()).slice(-4)).toEqual([0, 50, 100, 0]);
      await shop.comment(first, "superseded");
    }));

  it("cancels when a person takes the canary workload back, and returns the weight to 0", () =>
    world.tell("reverted", async (shop) => {
      const pull = await shop.ship("2.0.0");
      await shop.weightIs(50);
      await shop.push(await shop.canaryWith("1.0.0"), "Take 2.0.0 back");
      expect((await shop.ended(1)).ending).toBe("cancelled");
      expect(await shop.weight()).toBe(0);
      expect(shop.rollbacks()).toEqual([]);
      await shop.comment(pull, "cancelled");
      await someLooks();
      expect((await shop.state())?.release).toBeNull();
    }));
});

describe.concurrent("the state branch", () => {
  it("is not obeyed when somebody else wrote it: nothing is done, and the check says who and what to do", () =>
    world.tell("forged", async (shop) => {
      const pull = await shop.ship("2.0.0");
      await shop.weightIs(50);
      expect(await shop.command(shop.alice, pull, "/canary pause")).toBe("rocket");
      const state = await shop.state();
      const forged = { ...state, release: { ...state?.release, step: 1, will: null } };
      await shop.push(
        { [STATE]: JSON.stringify(forged, null, 2) },
        "checkout: canary at 100 %",
        "sluice/state",
      );
      const { git } = shop.repository;
      const good = (await git.commit((await git.branch("sluice/state")) ?? ""))?.parents[0] ?? null;
      const main = (await shop.repository.git.branch("main")) ?? "";
      const said = await shop.check(main, "sluice", ({ title }) => title.includes("last changed by alice"));
      expect(said.summary).toContain("/canary checkout resume");
      await someLooks();
      expect(await shop.repository.git.branch("main")).toBe(main);

      // Put back by force to where we left it, it is ours again and the release goes on.
      await world.github.forcePush(shop.repository, "refs/heads/sluice/state", good, "alice");
      expect(await shop.command(shop.alice, pull, "/canary checkout resume")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("promoted");
    }));

  it("is left alone when a newer Sluice wrote it", () =>
    world.tell("newer", async (shop) => {
      await shop.adopted();
      const app = shop.app();
      const text = JSON.stringify({ ...(await shop.state()), schema: 2 }, null, 2);
      const head = (await shop.repository.git.branch("sluice/state")) ?? "";
      await app.commit({
        branch: "sluice/state",
        expectedHead: head,
        message: "checkout: written by a newer one",
        files: [{ path: STATE, text }],
        priority: "state",
      });
      const written = await shop.repository.git.branch("sluice/state");
      const before = await shop.alice.propose("v2", "checkout 2.0.0", await shop.canaryWith("2.0.0"));
      await shop.alice.merge(before);
      const main = (await shop.repository.git.branch("main")) ?? "";
      const said = await shop.check(main, "sluice", ({ title }) => title.includes("schema 2"));
      expect(said.title).toContain("Run the newer Sluice");
      await someLooks();
      expect(await shop.repository.git.branch("main")).toBe(main);
      expect(await shop.repository.git.branch("sluice/state")).toBe(written);
    }));

  it("may be lost: a person takes a new baseline, and the numbers go on", () =>
    world.tell("lost", async (shop) => {
      const pull = await shop.ship("2.0.0");
      await shop.weightIs(50);
      await world.github.forcePush(shop.repository, "refs/heads/sluice/state", null, "alice");
      const held = await shop.until("the hold", async () => {
        const state = await shop.state();
        return state?.hold?.reason === "state-lost" ? state : null;
      });
      expect(held.hold?.detail).toContain("checkout#1");
      const stood = await shop.weight();
      await someLooks();
      expect(await shop.weight()).toBe(stood);

      // What is there is not good yet: the person sets it right, then says so.
      await shop.push(
        { [MESH]: virtualService("lost", 100, 0), ...(await shop.canaryWith("1.0.0")) },
        "Start over",
      );
      expect(await shop.command(shop.alice, pull, "/canary checkout resume")).toBe("rocket");
      await shop.ship("3.0.0");
      const release = await shop.ended(2);
      expect(release).toMatchObject({ number: 2, ending: "promoted" });
    }));
});
