import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Shop, startWorld, type World } from "./release-world.ts";

const DEPLOYS = { steps: [{ setWeight: 100 }] };

let world: World<"created" | "success" | "commanded">;
beforeAll(async () => {
  world = await startWorld({
    created: {
      rollout: { ...DEPLOYS, on: { deployment: { environment: "production", when: "created" } } },
    },
    success: { rollout: { ...DEPLOYS, on: { deployment: { environment: "production" } } } },
    commanded: { rollout: { ...DEPLOYS, on: "command" } },
  });
});
afterAll(() => world.stop());

/** Everybody who deploys does it like this; the deployment's id. */
async function deploy(shop: Shop, ref: string, environment = "production"): Promise<number> {
  const { data } = await shop.alice.octokit.rest.repos.createDeployment({
    ...shop.where,
    ref,
    environment,
    auto_merge: false,
    required_contexts: [],
  });
  if (!("id" in data)) throw new Error("no deployment was made");
  return data.id;
}

async function say(shop: Shop, deployment: number, state: "success" | "failure"): Promise<void> {
  const { rest } = shop.alice.octokit;
  await rest.repos.createDeploymentStatus({ ...shop.where, deployment_id: deployment, state });
}

/** Oldest first, without repetitions. */
function states(shop: Shop, deployment: number): readonly string[] {
  const all = shop.repository.deployments.get(deployment)?.statuses ?? [];
  return [...all.values()].map(({ state }) => state).filter((state, i, list) => state !== list[i - 1]);
}

/** Deliveries so far were answered and what they caused was looked at; then nothing is running. */
async function nothingStarted(shop: Shop): Promise<void> {
  await world.github.settled();
  // Whatever starts a release does so at the look that its webhook causes; some looks' time is given.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const state = await shop.state();
  expect(state?.release).toBeNull();
}

describe.concurrent("what starts a release", () => {
  it("on deployment created: Sluice deploys, and reports on that very deployment", () =>
    world.tell("created", async (shop) => {
      await shop.ship("2.0.0");
      await nothingStarted(shop);
      const elsewhere = await deploy(shop, "main", "staging");
      await nothingStarted(shop);

      const good = await deploy(shop, "main");
      const promoted = await shop.ended(1);
      expect(promoted.cause).toMatchObject({ kind: "deployment", actor: "alice", deployment: good });
      await shop.until("the success", async () => states(shop, good).at(-1) === "success");
      expect(states(shop, good)).toEqual(["in_progress", "success"]);
      expect(states(shop, elsewhere)).toEqual([]);

      await shop.ship("3.0.0-bad");
      const bad = await deploy(shop, "main");
      expect((await shop.ended(2)).ending).toBe("rolled-back");
      await shop.until("the failure", async () => states(shop, bad).at(-1) === "failure");
      expect(states(shop, bad)).toEqual(["in_progress", "failure"]);
      expect(states(shop, good)).toEqual(["in_progress", "success"]);
      // Sluice made none of its own, and none of this began a third release.
      expect(shop.repository.deployments.size).toBe(3);
      await nothingStarted(shop);
      expect((await shop.state())?.next).toBe(3);
    }));

  it("on deployment success, the default: only a successful deployment of this version starts it", () =>
    world.tell("success", async (shop) => {
      const before = (await shop.repository.git.branch("main")) ?? "";
      await shop.ship("2.0.0");
      const old = await deploy(shop, before);
      await say(shop, old, "success");
      await nothingStarted(shop);
      const failing = await deploy(shop, "main");
      await nothingStarted(shop);
      await say(shop, failing, "failure");
      await nothingStarted(shop);
      const good = await deploy(shop, "main");
      await nothingStarted(shop);
      await say(shop, good, "success");
      const promoted = await shop.ended(1);
      expect(promoted.cause).toMatchObject({ kind: "deployment", deployment: good });
      // The deployment is another tool's: what it says stays as that tool left it.
      expect(states(shop, good)).toEqual(["success"]);
      expect(shop.repository.deployments.size).toBe(3);
    }));

  it("on command: nothing starts until somebody who may write says so", () =>
    world.tell("commanded", async (shop) => {
      const reader = shop.person("mallory", "read");
      const pull = await shop.ship("2.0.0");
      await nothingStarted(shop);
      expect(await shop.command(reader, pull, "/canary checkout start")).toBe("-1");
      await nothingStarted(shop);
      expect(await shop.command(shop.alice, pull, "/canary checkout start")).toBe("rocket");
      const promoted = await shop.ended(1);
      expect(promoted).toMatchObject({ ending: "promoted", cause: { pull, actor: "alice" } });
      expect(await shop.weights()).toEqual([0, 100, 0]);
      expect(await shop.image("stable")).toBe("2.0.0");
    }));
});
