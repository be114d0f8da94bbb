import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asked, perSecond, release, versions } from "./release.ts";
import { Stage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

describe("the SaaS API on Linkerd, at 2,000 requests a second", () => {
  const RATE = 2000;

  it("splits users in thousandths, and takes back two points of errors from 5 %", async () => {
    const story = await stage.begin("saas", "users", {
      perSecond: RATE,
      does: versions({ failing: 0.002, takes: 15 }, { failing: 0.022 }),
    });
    const good = await release(story, "1.20.0");
    expect(good).toMatchObject({ outcome: "promoted", seen: ["5", "25", "100", "0"] });
    expect(perSecond(story)).toEqual([RATE]);
    expect(asked(story)).toEqual([
      'response_total{namespace="saas",direction="inbound",deployment=~"users|users-canary",route_name!="probe"}',
      'response_latency_ms_bucket{namespace="saas",direction="inbound",deployment=~"users|users-canary",route_name!="probe"}',
      expect.stringMatching(/^mtls .*tls="true"/),
    ]);
    const bad = await release(story, "1.21.0-bad");
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["5", "0"] });
  });

  it("lets its own tenant meet a new API first, and nobody else a broken one", async () => {
    const story = await stage.begin("saas", "api", {
      perSecond: RATE,
      testers: 0.03,
      does: versions({ failing: 0.002, takes: 40 }, { failing: 0.05 }),
    });
    const good = await release(story, "4.1.0");
    expect(good).toMatchObject({ outcome: "promoted", seen: ["0", "5", "50", "100", "0"] });
    expect(perSecond(story)).toEqual([RATE]);
    expect(asked(story)).toEqual([
      'outbound_http_route_backend_response_statuses_total{parent_namespace="saas",parent_name="api",backend_name=~"api-stable|api-canary"}',
      'outbound_grpc_route_backend_response_statuses_total{parent_namespace="saas",parent_name="api",backend_name=~"api-stable|api-canary"}',
      'outbound_http_route_backend_response_duration_seconds_bucket{parent_namespace="saas",parent_name="api",backend_name=~"api-stable|api-canary"}',
      'outbound_grpc_route_backend_response_duration_seconds_bucket{parent_namespace="saas",parent_name="api",backend_name=~"api-stable|api-canary"}',
    ]);
    const bad = await release(story, "4.2.0-bad");
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["0"] });
    expect(await story.team.read("main", "mesh/api.yaml")).not.toContain("x-tenant");
  });
});

describe("analytics on Cilium, at 50,000 requests a second", () => {
  const RATE = 50_000;

  it("shows queries to the canary as copies, and gives no user to one that is over 5 ms", async () => {
    const story = await stage.begin("analytics", "query", {
      perSecond: RATE,
      does: versions({ failing: 0.0002, takes: 1 }, { takes: 2 }),
    });
    const good = await release(story, "7.2.0");
    expect(good).toMatchObject({ outcome: "promoted", seen: ["0", "1", "10", "50", "100", "0"] });
    expect(good.plan).toContain("labelsContext");
    expect(asked(story)).toEqual([
      'hubble_http_requests_total{reporter="server",destination_namespace="analytics",destination_workload=~"query|query-canary"}',
      'hubble_http_request_duration_seconds_bucket{reporter="server",destination_namespace="analytics",destination_workload=~"query|query-canary"}',
    ]);
    const bad = await release(story, "7.3.0-bad");
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["0"] });
    expect(await story.failure()).toMatch(/latency|slower|ms/);
    expect(await story.team.read("main", "mesh/routes.yaml")).not.toContain("RequestMirror");
  });

  it("moves collect in another rule of the same route, and takes back a fault of two in a thousand", async () => {
    const story = await stage.begin("analytics", "collect", {
      perSecond: RATE,
      does: versions({ failing: 0.0002, takes: 1 }, { failing: 0.002 }),
    });
    const good = await release(story, "2.5.0");
    expect(good).toMatchObject({ outcome: "promoted", seen: ["1", "10", "50", "100", "0"] });
    expect(perSecond(story)).toEqual([RATE]);
    const bad = await release(story, "2.6.0-bad");
    expect(bad).toMatchObject({ outcome: "rolled-back", seen: ["1", "0"] });
  });
});
