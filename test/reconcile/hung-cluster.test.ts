import { expect, it } from "vitest";
import type { ClusterReading, Evidence } from "../../src/analysis/types.ts";
import type { Cluster } from "../../src/ports/cluster.ts";
import type { Forge } from "../../src/ports/forge.ts";
import type { Metrics } from "../../src/ports/metrics.ts";
import type { Facts } from "../../src/reconcile/facts.ts";
import { observe } from "../../src/reconcile/observe.ts";
import { emptyMemory } from "../../src/reconcile/ports.ts";
import { at, type Story } from "../release/world.ts";

const SECONDS = 1000;

/** A look at 25 % of a canary that fails so many of its requests. */
async function look(story: Story, failing: number, cluster: Cluster) {
  const { release } = story;
  const side = (requests: number, errors: number) => ({ requests, errors, latency: [] });
  const from = release.shift.live?.at ?? story.now;
  const scrapes = Array.from({ length: 20 }, (_, index) => ({
    at: from + (index + 1) * 15 * SECONDS,
    canary: side(100, 100 * failing),
    stable: side(300, 0),
  }));
  const asOf = scrapes.at(-1)?.at ?? from;
  const evidence: Evidence = { from, asOf, scrapes, queries: [], asked: [] };
  const metrics: Metrics = {
    observe: async () => ({ status: "ok", evidence }),
    blindSpots: () => [],
    fitOf: () => ({ problem: null, notes: [] }),
    link: () => null,
    checkQuery: async () => ({ status: "unavailable", words: "" }),
  };
  const named = { file: "", kind: "Deployment", namespace: null, name: "x" };
  const workload = { ...named, replicas: null, version: "", template: {} };
  const runs = { ...workload, containers: [] };
  const facts: Facts = { splits: [], weights: [], stable: runs, canary: runs, bases: {} };
  const rollout = { ...story.rollout, cluster: "production" };
  const ports = {
    clock: { now: () => asOf + SECONDS },
    metrics,
    cluster,
    // Nothing is read of it here.
    forge: {} as Forge,
    memory: emptyMemory(),
  };
  const standing = { release, rest: { version: "v1", canary: "" } };
  return observe(ports, rollout, standing, facts, [], "head");
}

const READY: ClusterReading = {
  traffic: { status: "proven", words: "accepted" },
  appliedAt: null,
  drift: null,
  canary: { status: "proven", words: "runs" },
  stable: null,
};
const hung: Cluster = { look: () => new Promise(() => undefined) };

it("a failure that the metrics show does not wait for a cluster that hangs, and nothing is taken for proven", async () => {
  const story = at(25);
  const seen = await look(story, 0.5, hung);
  expect(seen.verdict?.verdict).toBe("fail");
  expect(seen.cluster).toMatchObject({
    traffic: { status: "unavailable" },
    canary: { status: "unavailable" },
  });
  story.verdict = "fail";
  story.cluster = seen.cluster;
  story.pass(1);
  expect(story.percent).toBe(0);
});

it("a good verdict waits for the cluster", async () => {
  let answered = (_: ClusterReading) => {};
  const cluster: Cluster = {
    look: () =>
      new Promise((resolve) => {
        answered = resolve;
      }),
  };
  let done = false;
  const looking = look(at(25), 0, cluster).then((seen) => {
    done = true;
    return seen;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(done).toBe(false);
  answered(READY);
  expect((await looking).cluster).toEqual(READY);
});
