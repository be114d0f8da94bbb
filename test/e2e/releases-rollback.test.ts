import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Shop, startWorld, type World } from "./release-world.ts";

const LOOP = new URL("../../examples/loop/", import.meta.url);

/** The example as it is, five minutes cut down to a second. */
function loopFiles(): Record<string, string> {
  const names = readdirSync(LOOP, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".yaml"),
  );
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, LOOP), "utf8")]));
  const config = files[".github/sluice.yaml"] ?? "";
  const short = config.replace("bake: 5m", "bake: 1s");
  if (short === config) throw new Error("the example no longer bakes five minutes");
  return { ...files, ".github/sluice.yaml": short };
}

const rolls = (rollback: Readonly<Record<string, unknown>>) => ({ rollout: { rollback }, perSecond: 40 });

type Name = "loop" | "auto" | "reviewed" | "refused" | "manual" | "immediate" | "closed" | "asked" | "paused";

let world: World<Name>;
beforeAll(async () => {
  world = await startWorld<Name>({
    loop: {
      perSecond: 200,
      own: {
        files: loopFiles(),
        rollout: "reviews",
        subsets: { stable: "v1", canary: "v2" },
        meshFiles: {
          virtualService: "mesh/reviews.yaml",
          stable: "apps/reviews-v1.yaml",
          canary: "apps/reviews-v2.yaml",
        },
      },
    },
    auto: rolls({ merge: "auto" }),
    reviewed: rolls({ merge: "auto", deadline: "1s" }),
    refused: rolls({ merge: "auto", deadline: "1s" }),
    manual: rolls({ merge: "manual" }),
    immediate: rolls({ merge: "manual", traffic: "immediate" }),
    closed: rolls({ merge: "manual" }),
    asked: rolls({}),
    paused: rolls({}),
  });
});
afterAll(() => world.stop());

/** Time in which the bot looks several times and would have acted. */
function someLooks(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1500));
}

async function filesOf(shop: Shop, pull: number): Promise<readonly string[]> {
  const { data } = await shop.alice.octokit.rest.pulls.listFiles({ ...shop.where, pull_number: pull });
  return data.map(({ filename }) => filename);
}

describe.concurrent("the way back", () => {
  it("takes back a fault that begins only at 100 %, as the shell loop's declaration says", () =>
    world.tell("loop", async (shop) => {
      shop.faults.share = (image) =>
        image.endsWith(":1.5.0") && shop.mesh.applied().weights.canary === 100 ? 0.3 : 0;
      const pull = await shop.ship("1.5.0");
      const release = await shop.ended(1);
      expect(release.ending).toBe("rolled-back");
      // What is worse than its past fails there by the limit, or goes back first to where it can be compared.
      expect(release.failure?.words).toMatch(/^Failed at (100|10|25|50) %: /);
      const weights = await shop.weights();
      expect(weights.slice(0, 5)).toEqual([0, 10, 25, 50, 100]);
      expect(Math.max(...weights.slice(5))).toBeLessThan(100);
      expect(weights.at(-1)).toBe(0);
      const [rollback, ...more] = shop.rollbacks();
      expect(more).toEqual([]);
      expect(rollback?.merged?.by.login).toBe("sluice[bot]");
      expect(await shop.image("canary")).toBe("1.4.0");
      expect(await shop.image("stable")).toBe("1.4.0");
      await shop.comment(pull, "Rolled back");
    }));

  it("merges its own pull request at once: weight and workload are as they were, bytes and all", () =>
    world.tell("auto", async (shop) => {
      await shop.adopted();
      const files = ["mesh/checkout.yaml", "apps/checkout/canary.yaml", "apps/checkout/stable.yaml"];
      const before = await Promise.all(files.map((file) => shop.read("main", file)));
      const pull = await shop.ship("2.0.0-bad");
      expect((await shop.ended(1)).ending).toBe("rolled-back");
      expect(await Promise.all(files.map((file) => shop.read("main", file)))).toEqual(before);
      expect(await shop.weights()).toEqual([0, 50, 0]);
      expect(shop.rollbacks().map(({ merged }) => merged?.by.login)).toEqual(["sluice[bot]"]);
      await shop.comment(pull, "Rolled back");
      expect(await shop.stickies(pull)).toHaveLength(1);
    }));

  it("commits the weights alone where the merge is refused, and leaves the rest to the pull request", () =>
    world.tell("reviewed", async (shop) => {
      await shop.ship("2.0.0-bad");
      world.github.protectBranch(shop.repository, "main", { requiredReviews: 1, bypass: ["sluice[bot]"] });
      const release = await shop.ended(1);
      expect(release).toMatchObject({ ending: "rolled-back", rollback: { direct: "done" } });
      expect(release.rollback?.blocked).toMatch(/approving review is required/);
      expect(await shop.weight()).toBe(0);
      expect(await shop.image("canary")).toBe("2.0.0-bad");
      const [rollback] = shop.rollbacks();
      expect(rollback?.state).toBe("open");
      const number = rollback?.number ?? 0;
      // Once people review it, it still does what remains.
      await world.github.approve(shop.repository, number, "alice");
      await shop.alice.merge(number);
      expect(await shop.image("canary")).toBe("1.0.0");
      await someLooks();
      expect((await shop.state())?.release).toBeNull();
    }));

  it("holds and says what to do where both are refused, and goes on when it may", () =>
    world.tell("refused", async (shop) => {
      const pull = await shop.ship("2.0.0-bad");
      await shop.weightIs(50);
      world.github.protectBranch(shop.repository, "main", { requiredReviews: 1 });
      const held = await shop.held("blocked");
      expect(held).toMatchObject({ phase: "rolling-back", rollback: { direct: "refused" } });
      const [rollback] = shop.rollbacks();
      expect(rollback?.state).toBe("open");
      const comment = await shop.comment(pull, "merge the rollback PR by hand now");
      expect(comment).toContain("/canary resume");
      await shop.check(
        held.cause.commit,
        "sluice / checkout",
        ({ conclusion }) => conclusion === "action_required",
      );
      await someLooks();
      expect(await shop.weight()).toBe(50);
      world.github.protectBranch(shop.repository, "main", null);
      expect(await shop.command(shop.alice, pull, "/canary resume")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("rolled-back");
      expect(shop.rollbacks()).toHaveLength(1);
      expect(await shop.weights()).toEqual([0, 50, 0]);
    }));

  it("leaves the merge to people with merge: manual", () =>
    world.tell("manual", async (shop) => {
      const pull = await shop.ship("2.0.0-bad");
      const rollback = await shop.rollbackOpen();
      await shop.comment(pull, `Merge #${rollback.number}`);
      await someLooks();
      expect(rollback.state).toBe("open");
      expect(await shop.weight()).toBe(50);
      await shop.alice.merge(rollback.number);
      expect(await shop.weight()).toBe(0);
      expect((await shop.ended(1)).ending).toBe("rolled-back");
      expect(shop.rollbacks()).toHaveLength(1);
    }));

  it("returns the traffic at once with traffic: immediate; the pull request carries the rest", () =>
    world.tell("immediate", async (shop) => {
      await shop.ship("2.0.0-bad");
      const release = await shop.ended(1);
      expect(release).toMatchObject({ ending: "rolled-back", rollback: { direct: "done" } });
      const [rollback, ...more] = shop.rollbacks();
      expect(more).toEqual([]);
      expect(rollback?.state).toBe("open");
      expect(await shop.weights()).toEqual([0, 50, 0]);
      await shop.alice.merge(rollback?.number ?? 0);
      expect(await shop.image("canary")).toBe("1.0.0");
      expect(await filesOf(shop, rollback?.number ?? 0)).toContain("apps/checkout/canary.yaml");
      expect(await shop.weights()).toEqual([0, 50, 0]);
    }));

  it("holds where a person closes the pull request, and never opens another", () =>
    world.tell("closed", async (shop) => {
      const pull = await shop.ship("2.0.0-bad");
      const rollback = await shop.rollbackOpen();
      await shop.alice.octokit.rest.pulls.update({
        ...shop.where,
        pull_number: rollback.number,
        state: "closed",
      });
      const held = await shop.held("rollback-closed");
      expect(held.hold?.detail).toMatch(/^alice closed the rollback PR/);
      await shop.comment(pull, "alice closed the rollback PR");
      await someLooks();
      expect(await shop.weight()).toBe(50);
      expect(shop.rollbacks().map(({ state }) => state)).toEqual(["closed"]);
      // The weight may not rise again, and a person can still return the traffic.
      expect(await shop.command(shop.alice, pull, "/canary 100")).toBe("-1");
      expect(await shop.command(shop.alice, pull, "/canary resume")).toBe("-1");
      expect(await shop.command(shop.alice, pull, "/canary rollback")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("rolled-back");
      expect(shop.rollbacks().map(({ state }) => state)).toEqual(["closed"]);
      expect(await shop.weights()).toEqual([0, 50, 0]);
    }));

  it("rolls a healthy release back because a writer says so, and not because a reader does", () =>
    world.tell("asked", async (shop) => {
      const reader = shop.person("mallory", "read");
      const pull = await shop.ship("2.0.0");
      await shop.weightIs(50);
      // Held, so that the story does not depend on who is faster.
      expect(await shop.command(shop.alice, pull, "/canary pause")).toBe("rocket");
      expect(await shop.command(reader, pull, "/canary rollback")).toBe("-1");
      expect(shop.rollbacks()).toEqual([]);
      expect(await shop.command(shop.alice, pull, "/canary rollback")).toBe("rocket");
      const release = await shop.ended(1);
      expect(release).toMatchObject({ ending: "rolled-back", failure: { by: "alice" } });
      expect(shop.rollbacks().map(({ merged }) => merged?.by.login)).toEqual(["sluice[bot]"]);
      expect(await shop.weight()).toBe(0);
      expect(await shop.image("canary")).toBe("1.0.0");
    }));

  it("opens the pull request for a failure while paused, and leaves the merge to whoever paused", () =>
    world.tell("paused", async (shop) => {
      const pull = await shop.ship("2.0.0");
      await shop.weightIs(50);
      expect(await shop.command(shop.alice, pull, "/canary pause")).toBe("rocket");
      shop.faults.share = (image) => (image.endsWith(":2.0.0") ? 0.4 : 0);
      const rollback = await shop.rollbackOpen();
      const held = await shop.held("paused");
      expect(held.phase).toBe("rolling-back");
      await shop.comment(pull, "the rollback PR is open, but not merged");
      await someLooks();
      expect(rollback.state).toBe("open");
      expect(await shop.weight()).toBe(50);
      expect(await shop.command(shop.alice, pull, "/canary rollback")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("rolled-back");
      expect(rollback.merged?.by.login).toBe("sluice[bot]");
      expect(shop.rollbacks()).toHaveLength(1);
    }));
});
