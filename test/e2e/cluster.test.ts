import { afterAll, beforeAll, expect, it } from "vitest";
import { startWorld, type World } from "./release-world.ts";

const SHORT = { live: { after: "2s" }, holds: { limit: "5s" } };
const SHOPS = {
  // Longer than anybody waits: only proof ends it sooner.
  proven: { cluster: true, rollout: { promotion: { strategy: "copy", settle: "20m" } } },
  crashing: { cluster: true, rollout: SHORT },
  refused: { cluster: true, rollout: SHORT },
  stuck: { cluster: true, rollout: SHORT },
} as const;

let world: World<keyof typeof SHOPS>;
beforeAll(async () => {
  world = await startWorld(SHOPS);
});
afterAll(() => world?.stop());

it.concurrent("A good version is promoted by proof alone, and the comment says which", () =>
  world.tell("proven", async (shop) => {
    const pull = await shop.ship("2.0.0");
    const release = await shop.ended(1);
    expect(release.ending).toBe("promoted");
    const said = release.timeline.map(({ text }) => text);
    expect(said.find((text) => text.startsWith("50 % is live"))).toMatch(
      /^50 % is live: VirtualService checkout taken by the proxies at \d\d:\d\d:\d\d, 50\/50$/,
    );
    expect(said.join("\n")).toContain(
      "The stable workload runs the new version (Deployment checkout-stable runs registry.example.com/checkout:2.0.0, 2 of 2 ready)",
    );
    await shop.comment(pull, /taken by the proxies/);
    expect(await shop.image("stable")).toBe("2.0.0");
  }));

it.concurrent("A canary that crash-loops never gets traffic and is taken back with the pod's reason", () =>
  world.tell("crashing", async (shop) => {
    shop.troubles.crashes = (image) => image.endsWith("2.0.0");
    const pull = await shop.ship("2.0.0");
    const release = await shop.ended(1);
    expect(release.ending).toBe("rolled-back");
    expect(await shop.weights()).toEqual([0]);
    expect(await shop.image("canary")).toBe("1.0.0");
    expect(shop.rollbacks()).toHaveLength(1);
    expect(release.failure?.words).toBe(
      "Failed at 0 %: Deployment checkout-canary: pod checkout-canary-new-1, container checkout: CrashLoopBackOff, 3 restarts, last exit code 1 (Error): no database",
    );
    await shop.comment(pull, /CrashLoopBackOff, 3 restarts/);
  }));

it.concurrent("A route that the controller refuses is never live: it holds with the controller's words and goes back", () =>
  world.tell("refused", async (shop) => {
    shop.troubles.refused = ({ weights }) => (weights.get("canary") ? "IST0101" : null);
    await shop.ship("2.0.0");
    await shop.weightIs(50);
    const held = await shop.held("not-live");
    expect(held.hold?.detail).toBe(
      "VirtualService checkout is refused: Istio's analysis finds an error: IST0101 ReferencedResourceNotFound; Argo CD application refused: " +
        `synced ${held.shift.commit?.slice(0, 7)}, Healthy`,
    );
    expect(shop.mesh.applied().weights.canary).toBe(0);
    const release = await shop.ended(1);
    expect(release.ending).toBe("rolled-back");
    expect(release.failure?.words).toMatch(/not-live\): VirtualService checkout is refused/);
    expect(await shop.weights()).toEqual([0, 50, 0]);
  }));

it.concurrent("A GitOps tool that is stuck is said in its own words, and the release goes back", () =>
  world.tell("stuck", async (shop) => {
    shop.troubles.stuck = ({ weights }) =>
      weights.get("canary") ? "one or more objects failed to apply" : null;
    const pull = await shop.ship("2.0.0");
    const held = await shop.held("not-live");
    expect(held.hold?.detail).toBe(
      "VirtualService checkout has 100/0, git says 50/50; Argo CD application stuck: its last sync ended Failed: one or more objects failed to apply",
    );
    await shop.comment(pull, "its last sync ended Failed");
    const release = await shop.ended(1);
    expect(release.ending).toBe("rolled-back");
    expect(await shop.weights()).toEqual([0, 50, 0]);
  }));
