import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTrailers } from "../../src/release/trailers.ts";
import { type Shop, startWorld, type World } from "./release-world.ts";

/** `delivery: pull-request` with the server that production runs. */

type Name = "open" | "reviewed" | "refused" | "failing";

const rollout = { delivery: "pull-request", rollback: { deadline: "3s" } };

let world: World<Name>;
beforeAll(async () => {
  const shop = { perSecond: 40, rollout };
  world = await startWorld<Name>({ open: shop, reviewed: shop, refused: shop, failing: shop });
});
afterAll(() => world.stop());

const someLooks = () => sleep(1500);

function proposals({ repository }: Shop) {
  return [...repository.pulls.values()].filter(({ headBranch }) => headBranch.startsWith("sluice/release/"));
}

/** The number of the latest one, once there are so many. */
function proposed(shop: Shop, count: number): Promise<number> {
  return shop.until(`pull request ${count} of ours`, async () => proposals(shop)[count - 1]?.number);
}

const REVIEWS = { requiredReviews: 1 };

describe.concurrent("each change by a pull request of its own", () => {
  it("is merged at once where nothing forbids it", () =>
    world.tell("open", async (shop) => {
      await shop.ship("2.0.0");
      expect((await shop.ended(1)).ending).toBe("promoted");
      expect(proposals(shop).map(({ title, merged }) => `${title}${merged ? "" : ", not merged"}`)).toEqual([
        "checkout: canary 0 % → 50 %",
        "checkout: canary 50 % → 100 %",
        "checkout: promote 2.0.0 to stable",
        "checkout: return to stable, canary 100 % → 0 %",
      ]);
      expect(await shop.weights()).toEqual([0, 50, 100, 0]);
      expect(await shop.image("stable")).toBe("2.0.0");
      await shop.until("no branch left", async () => {
        const left = proposals(shop).map(({ headBranch }) => shop.repository.git.branch(headBranch));
        return (await Promise.all(left)).every((head) => head === null);
      });
    }));

  it("waits for the review that the branch asks for, as the plan foretold, and goes on once it is given", () =>
    world.tell("reviewed", async (shop) => {
      await shop.visited();
      world.github.protectBranch(shop.repository, "main", REVIEWS);
      const pull = await shop.propose("2.0.0");
      const { head } = await shop.alice.pull(pull);
      const { summary } = await shop.check(head.sha, "sluice", ({ conclusion }) => conclusion === "success");
      expect(summary).toContain("`main` asks for 1 approving review: each change");
      await reviewed(shop, pull);
      await shop.alice.merge(pull);
      for (const count of [1, 2, 3, 4]) {
        const number = await proposed(shop, count);
        await shop.comment(pull, `#${number}`);
        await someLooks();
        expect((await shop.alice.pull(number)).state).toBe("open");
        await reviewed(shop, number);
        // Sluice tries again within a minute; nobody has to wait for that, and it may still be faster.
        await shop.alice.merge(number).catch(() => undefined);
        await shop.until(`#${number} is merged`, async () => (await shop.alice.pull(number)).merged);
      }
      expect((await shop.ended(1)).ending).toBe("promoted");
      expect(await shop.weights()).toEqual([0, 50, 100, 0]);
    }));

  it("that a person closes is a no, until they resume", () =>
    world.tell("refused", async (shop) => {
      await shop.visited();
      const pull = await shop.propose("2.0.0");
      await shop.alice.merge(pull);
      const first = await proposed(shop, 1);
      await shop.weightIs(50);
      world.github.protectBranch(shop.repository, "main", REVIEWS);
      const second = await proposed(shop, 2);
      expect(second).not.toBe(first);
      await shop.alice.close(second);
      await shop.held("proposal-closed");
      await someLooks();
      expect(proposals(shop)).toHaveLength(2);
      expect(await shop.weight()).toBe(50);
      world.github.protectBranch(shop.repository, "main", null);
      expect(await shop.command(shop.alice, pull, "/canary resume")).toBe("rocket");
      expect((await shop.ended(1)).ending).toBe("promoted");
      expect(await shop.weights()).toEqual([0, 50, 100, 0]);
    }));

  it("waits no longer than the failure: it is withdrawn, and the rollback is the one pull request left", () =>
    world.tell("failing", async (shop) => {
      await shop.ship("2.0.0");
      await shop.weightIs(50);
      world.github.protectBranch(shop.repository, "main", REVIEWS);
      const waiting = await proposed(shop, 2);
      shop.faults.share = (image) => (image.endsWith(":2.0.0") ? 0.4 : 0);
      const rollback = await shop.rollbackOpen();
      expect((await shop.alice.pull(waiting)).state).toBe("closed");
      expect(readTrailers(rollback.body ?? "")).not.toBeNull();
      world.github.protectBranch(shop.repository, "main", null);
      await shop.until("the rollback's merge", async () => {
        if ((await shop.alice.pull(rollback.number)).merged) return true;
        await shop.alice.merge(rollback.number).catch(() => undefined);
        return false;
      });
      expect((await shop.ended(1)).ending).toBe("rolled-back");
      expect(await shop.weight()).toBe(0);
      expect(await shop.image("canary")).toBe("1.0.0");
    }));
});

/** Somebody other than its author says yes. */
async function reviewed(shop: Shop, pull: number): Promise<void> {
  shop.person("bob", "write");
  await world.github.approve(shop.repository, pull, "bob");
}
