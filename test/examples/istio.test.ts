import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asked, end, perSecond, propose, release, versions } from "./release.ts";
import { Stage, waitFor } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

describe("the shop on Istio, at 10,000 requests a second", () => {
  const RATE = 10_000;

  it("moves its frontend behind the gateway, and takes back half a point more errors from 5 %", async () => {
    const story = await stage.begin("ecommerce", "frontend", {
      perSecond: RATE,
      does: versions({ failing: 0.001, takes: 60 }, { failing: 0.006 }),
    });
    const good = await release(story, "5.3.0");
    expect(good).toMatchObject({ outcome: "promoted", seen: ["5", "25", "100", "0"] });
    expect(await story.image("stable")).toBe("5.3.0");
    expect(perSecond(story)).toEqual([RATE]);
    expect(asked(story)).toEqual([
      'istio_requests_total{reporter="destination",destination_workload_namespace="production",destination_workload=~"frontend|frontend-canary"}',
      'istio_request_duration_milliseconds_bucket{reporter="destination",destination_workload_namespace="production",destination_workload=~"frontend|frontend-canary"}',
      expect.stringMatching(/^mtls .*connection_security_policy="mutual_tls"/),
    ]);
    // Under the limit of 1 %, and yet worse than what runs beside it.
    const bad = await release(story, "5.4.0-bad");
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["5", "0"] });
    expect(await story.failure()).toMatch(/error/);
    expect(await story.image("canary")).toBe("5.3.0");
  });

  it("shows its checkout to testers first, waits for its hours and for somebody's word", async () => {
    const story = await stage.begin("ecommerce", "checkout", {
      perSecond: RATE,
      testers: 0.01,
      does: versions({ failing: 0.001, takes: 60 }, { plain: 0.001 }),
    });
    waitFor(story, "shut");
    const { pull, plan } = await propose(story, "3.9.0");
    expect(plan).toContain("Mon-Thu 09:00-16:00 Europe/Berlin");
    await story.merge(pull);
    expect((await story.state()).release).toMatchObject({ step: -1, hold: { reason: "window" } });
    waitFor(story, "open");
    const good = await end(story, pull, plan, async ({ shift, approved, step }) => {
      if (shift.percent === 10 && shift.live && !approved && step === 1)
        await story.say(pull, "/canary approve");
    });
    expect(good).toMatchObject({ outcome: "promoted", seen: ["0", "10", "50", "100", "0"] });
  });

  it("lets no weight go to a checkout that testers reach in plain text", async () => {
    const story = await stage.begin("ecommerce", "checkout", {
      perSecond: RATE,
      testers: 0.01,
      does: versions({ failing: 0.001, takes: 60 }, { plain: 0.001 }),
    });
    waitFor(story, "open");
    const bad = await release(story, "3.10.0-bad");
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["0"] });
    expect(await story.failure()).toMatch(/mtls is 0\.99\d*, limit at least 1/);
    expect(await story.team.read("main", "mesh/checkout.yaml")).not.toContain("x-shop-tester");
  });

  it("ships payment when somebody says so, and takes it back when the circuit breaker opens", async () => {
    const story = await stage.begin("ecommerce", "payment", {
      perSecond: RATE,
      does: versions({ failing: 0.0005, takes: 120 }, { turnedAway: 0.002 }),
    });
    const { pull, plan } = await propose(story, "2.12.0");
    expect(plan).toContain("`overflow` is read from `envoy_cluster_upstream_rq_pending_overflow`");
    await story.merge(pull);
    expect((await story.state()).release).toBeNull();
    await story.say(pull, "/canary start");
    const good = await end(story, pull, plan);
    expect(good).toMatchObject({ outcome: "promoted", seen: ["1", "10", "50", "100", "0"] });
    expect(asked(story)).toContain(
      'envoy_cluster_upstream_rq_pending_overflow{cluster_name=~"outbound\\\\|[^-_/|]+\\\\|canary\\\\|payment\\\\.production\\\\.svc\\\\..*|outbound\\\\|[^-_/|]+\\\\|\\\\|canary\\\\.production\\\\.svc\\\\..*"}',
    );
    const next = await propose(story, "2.13.0-bad");
    await story.merge(next.pull);
    // What was pushed in the second of the comment was not looked at before it was said.
    await story.pass(15_000);
    await story.say(next.pull, "/canary start");
    const bad = await end(story, next.pull, next.plan);
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["0", "1", "0"] });
    expect(await story.failure()).toMatch(/overflow is \d+, limit at most 0/);
  });
});

describe("one mesh in two clouds", () => {
  it("moves both clusters in one commit, and leaves both when one of them fails", async () => {
    const usual = { failing: 0.001, takes: 20 };
    const story = await stage.begin("two-clouds", "inventory", {
      perSecond: 3000,
      clusters: { aws: 0.8, gcp: 0.2 },
      does: (version, cluster) =>
        version.endsWith("-bad") && cluster === "gcp" ? { ...usual, failing: 0.03 } : usual,
    });
    const good = await release(story, "6.4.0");
    expect(good).toMatchObject({ outcome: "promoted", seen: ["5 5", "25 25", "50 50", "100 100", "0 0"] });
    expect(perSecond(story)).toEqual([3000]);
    expect(asked(story)).toContainEqual(expect.stringMatching(/^max\(\s*\(sum by \(cluster\)/));

    // The traffic is taken away at once; the rest waits for a review.
    const bad = await release(story, "6.5.0-bad");
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["5 5", "0 0"] });
    expect(await story.image("canary")).toBe("6.5.0-bad");
    const [rollback] = (await story.team.alice.pulls()).filter(({ state }) => state === "open");
    expect(rollback?.head.ref).toBe("sluice/rollback/inventory-2");
    await story.merge(rollback?.number ?? 0);
    expect(await story.image("canary")).toBe("6.4.0");
  });
});

describe("ambient with a waypoint, at 100 requests a second", () => {
  it("is split, counted and taken back by what the waypoint reports", async () => {
    const story = await stage.begin("ambient", "orders", {
      perSecond: 100,
      does: versions({ failing: 0.001, takes: 30 }, { failing: 0.1 }),
    });
    const good = await release(story, "0.10.0");
    expect(good).toMatchObject({ outcome: "promoted", seen: ["10", "50", "100", "0"] });
    expect(good.plan).toContain("Without a waypoint there is nothing to read");
    expect(perSecond(story)).toEqual([100]);
    expect(asked(story).slice(0, 2)).toEqual([
      'istio_requests_total{reporter="waypoint",destination_workload_namespace="orders",destination_workload=~"orders|orders-canary"}',
      'istio_request_duration_milliseconds_bucket{reporter="waypoint",destination_workload_namespace="orders",destination_workload=~"orders|orders-canary"}',
    ]);
    const bad = await release(story, "0.11.0-bad");
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["10", "0"] });
  });
});
