import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { gitBranch } from "../../../dev/mesh/branch.ts";
import { startLoad } from "../../../dev/mesh/load.ts";
import { type MeshOptions, startMesh } from "../../../dev/mesh/mesh.ts";
import { startPrometheus } from "../../../dev/prometheus/start.ts";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const deployment = (name: string, version: string, image: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: shop
spec:
  template:
    metadata:
      labels: { app: checkout, version: ${version} }
    spec:
      containers:
        - name: app
          image: ${image}
`;

const virtualService = (stable: number, canary: number) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: checkout
  namespace: shop
spec:
  hosts: [checkout]
  http:
    - route:
        - destination: { host: checkout, subset: stable }
          weight: ${stable}
        - destination: { host: checkout, subset: canary }
          weight: ${canary}
`;

/** A bare repository with one branch `main`; each commit replaces files. */
function repository() {
  const home = mkdtempSync(join(tmpdir(), "sluice-mesh-"));
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  const [bare, work] = [join(home, "bare.git"), join(home, "work")];
  const git = (...args: string[]) => execFileSync("git", args, { stdio: "pipe" });
  git("init", "--quiet", "--bare", bare);
  git("init", "--quiet", "--initial-branch=main", work);
  const commit = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) writeFileSync(join(work, path), text);
    git("-C", work, "add", ".");
    git("-C", work, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--message=x");
    git("-C", work, "push", "--quiet", bare, "main");
  };
  commit({
    "mesh.yaml": virtualService(75, 25),
    "stable.yaml": deployment("checkout", "stable", "checkout:1.0"),
    "canary.yaml": deployment("checkout-canary", "canary", "checkout:1.0"),
  });
  return { bare, commit };
}

async function mesh(bare: string, change: Partial<MeshOptions> = {}) {
  const running = await startMesh({
    source: gitBranch(bare, "main"),
    files: { virtualService: "mesh.yaml", stable: "stable.yaml", canary: "canary.yaml" },
    behaviour: () => ({ errorRate: 0, latencyMs: 0 }),
    pollMs: 20,
    applyDelayMs: 20,
    startupMs: 20,
    random: sequence(),
    ...change,
  });
  cleanups.push(running.stop);
  return running;
}

/** Numbers in [0, 1) that look random and are the same in every run (mulberry32). */
function sequence(): () => number {
  let state = 7;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** Real requests until `enough` were answered. */
async function load(url: string, enough: number) {
  const running = startLoad({ url, perSecond: 300 });
  await until(() => running.counts().ok + running.counts().failed >= enough);
  return running.stop();
}

describe("the mesh", () => {
  it("splits real traffic by the weights of the branch, and follows them", async () => {
    const { bare, commit } = repository();
    const running = await mesh(bare);
    const before = await load(running.url, 200);
    const share = before.bySide.canary.ok / (before.ok + before.failed);
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.35);

    commit({ "mesh.yaml": virtualService(100, 0) });
    await until(() => running.applied().weights.canary === 0);
    expect(await load(running.url, 100)).toMatchObject({ failed: 0, bySide: { canary: { ok: 0 } } });

    commit({ "mesh.yaml": virtualService(0, 100) });
    await until(() => running.applied().weights.canary === 100);
    expect(await load(running.url, 100)).toMatchObject({ failed: 0, bySide: { stable: { ok: 0 } } });
  });

  it("lets each side play the version its image names, and says what users saw", async () => {
    const { bare, commit } = repository();
    const broken = { "checkout:2.0": true };
    const running = await mesh(bare, {
      behaviour: (image) => ({
        errorRate: image === "checkout:2.0" && broken["checkout:2.0"] ? 1 : 0,
        latencyMs: 0,
      }),
    });
    expect(await load(running.url, 50)).toMatchObject({ failed: 0, firstFailureAt: null });
    expect([running.failedRequests(), running.firstFailureAt()]).toEqual([0, null]);

    const rolledAt = Date.now();
    commit({ "canary.yaml": deployment("checkout-canary", "canary", "checkout:2.0") });
    await until(() => running.applied().images.canary === "checkout:2.0");
    const seen = await load(running.url, 50);
    expect(seen.bySide).toMatchObject({ stable: { failed: 0 }, canary: { ok: 0 }, none: { failed: 0 } });
    expect(seen.failed).toBeGreaterThan(0);
    expect(running.failedRequests()).toBe(seen.failed);
    expect(running.firstFailureAt()).toBeGreaterThanOrEqual(rolledAt);

    broken["checkout:2.0"] = false;
    expect(await load(running.url, 50)).toMatchObject({ failed: 0 });
  });

  it("closes no connection for idleness, so that no request is lost on one", async () => {
    const { bare } = repository();
    const running = await mesh(bare);
    const answer = await fetch(running.url);
    await answer.text();
    // Node announces here after how many idle seconds it closes.
    expect(answer.headers.get("keep-alive")).toBeNull();
  });

  it("tells the first failure since a moment, and of a side, from those before", async () => {
    const { bare, commit } = repository();
    commit({ "mesh.yaml": virtualService(0, 100) });
    const broken = { canary: true };
    const running = await mesh(bare, {
      behaviour: () => ({ errorRate: broken.canary ? 1 : 0, latencyMs: 0 }),
    });
    await until(() => running.applied().weights.canary === 100);
    const users = startLoad({ url: running.url, perSecond: 50 });
    await until(() => users.counts().failed > 0);
    broken.canary = false;
    const { ok } = users.counts();
    await until(() => users.counts().ok > ok + 5);
    const mark = Date.now();
    expect(users.firstFailure(0)).toBeLessThan(mark);
    expect(users.firstFailure(mark)).toBeNull();
    broken.canary = true;
    await until(() => users.firstFailure(mark, "canary") !== null);
    expect(users.firstFailure(mark)).toBeGreaterThanOrEqual(mark);
    expect(users.firstFailure(mark, "stable")).toBeNull();
    await users.stop();
  });

  it("keeps what it has when a commit cannot be applied, and says why", async () => {
    const { bare, commit } = repository();
    const running = await mesh(bare);
    commit({ "mesh.yaml": "kind: Nothing\n" });
    await until(() => running.problem() !== null);
    expect(running.problem()).toContain("mesh.yaml at ");
    expect(running.applied().weights).toEqual({ stable: 75, canary: 25 });
    commit({ "mesh.yaml": virtualService(50, 50) });
    await until(() => running.applied().weights.canary === 50);
    await until(() => running.problem() === null);
  });

  it("answers 503 where no weight leads anywhere", async () => {
    const { bare, commit } = repository();
    const running = await mesh(bare);
    commit({ "mesh.yaml": virtualService(0, 0) });
    await until(() => running.applied().weights.stable === 0);
    expect((await fetch(running.url)).status).toBe(503);
  });

  it("shows a real Prometheus exactly what the users counted", async () => {
    const { bare } = repository();
    const running = await mesh(bare, {
      behaviour: (image) => ({ errorRate: image === "checkout:1.0" ? 0.2 : 0, latencyMs: 2 }),
    });
    const prometheus = await startPrometheus({
      scrape: [{ job: "istio", targets: running.scrapeTargets, interval: "200ms" }],
    });
    cleanups.push(prometheus.stop);
    const source = { url: prometheus.url, auth: { kind: "none" }, headers: {}, timeoutMs: 10_000 } as const;
    const metrics = createPrometheus(new Map([["production", source]]));
    const ask = async (since: number) => {
      const observation = await metrics.observe({
        source: "production",
        mesh: "istio",
        namespace: "shop",
        service: "checkout",
        stable: "checkout",
        canary: "checkout-canary",
        since,
        now: Date.now(),
        queries: ["sum(istio_requests_total)"],
      });
      return observation.status === "ok" ? observation.evidence : null;
    };
    const sum = (numbers: readonly number[] | undefined) => (numbers ?? []).reduce((a, b) => a + b, 0);

    // Enough for each counter to exist, so that counting has a place to start.
    const first = await load(running.url, 100);
    const total = (counts: { ok: number; failed: number }) => counts.ok + counts.failed;
    await until(async () => {
      const [reading] = (await ask(0))?.queries ?? [];
      return reading?.status === "value" && reading.value === 2 * total(first);
    });
    const since = Date.now();
    // The scrape round in which a window begins is left out: nobody's requests may be in it.
    await new Promise((resolve) => setTimeout(resolve, 600));
    const users = await load(running.url, 300);
    await until(async () => {
      const [reading] = (await ask(since))?.queries ?? [];
      // Both reporters count each request: their sum is twice what users sent.
      return reading?.status === "value" && reading.value === 2 * (total(first) + total(users));
    });
    const evidence = await ask(since);
    for (const side of ["stable", "canary"] as const) {
      const { ok, failed } = users.bySide[side];
      expect(sum(evidence?.scrapes.map((scrape) => scrape[side].requests))).toBe(ok + failed);
      expect(sum(evidence?.scrapes.map((scrape) => scrape[side].errors))).toBe(failed);
      expect(sum(evidence?.scrapes.map((scrape) => scrape[side].latency.at(-1)?.count ?? 0))).toBe(
        ok + failed,
      );
      expect(failed).toBeGreaterThan(0);
    }
  });
});
