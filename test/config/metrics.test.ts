import { describe, expect, it } from "vitest";
import { MESHES } from "../../src/config/types.ts";
import { outline, problemsWith, rolloutWith } from "./helpers.ts";

const first = (keys: Readonly<Record<string, string | null>>) => {
  const [problem] = problemsWith(keys);
  return `${problem?.code}: ${problem?.message}`;
};

describe("mesh", () => {
  it.each(MESHES)("%s", (mesh) => {
    expect(rolloutWith({ mesh }).mesh).toBe(mesh);
  });
});

describe("metrics", () => {
  it("are absent unless something is said of them", () => {
    expect(rolloutWith()).not.toHaveProperty("metrics");
  });

  it("of a data plane may have other names for the sides, a port and a route", () => {
    const names = "{ stable: checkout-v1, canary: checkout-v2, port: 8080, route: web }";
    expect(rolloutWith({ mesh: "contour", metrics: names }).metrics).toMatchObject({
      stable: "checkout-v1",
      canary: "checkout-v2",
      port: "8080",
      route: "web",
    });
  });

  it("of an application have the usual names unless said", () => {
    expect(rolloutWith({ mesh: "app", metrics: "{}" }).metrics).toEqual({
      stable: null,
      canary: null,
      port: null,
      route: null,
      application: {
        requests: "http_requests_total",
        status: "code",
        failed: "5..",
        latency: "http_request_duration_seconds",
        unit: "s",
        side: "pod",
        namespace: "namespace",
      },
    });
  });

  it("of an application may have any names", () => {
    const said =
      "{ requests: rpc_total, status: result, failed: error|timeout, latency: rpc_ms_bucket, side: version, namespace: none, stable: v1, canary: v2 }";
    expect(rolloutWith({ mesh: "app", metrics: said }).metrics).toMatchObject({
      stable: "v1",
      canary: "v2",
      application: {
        requests: "rpc_total",
        status: "result",
        failed: "error|timeout",
        latency: "rpc_ms",
        unit: "ms",
        side: "version",
        namespace: null,
      },
    });
  });

  it.each([
    ["istio", "{ requests: rpc_total }", /^conflict: `requests` is read with `mesh: app` only/],
    ["app", "{ requests: 'rpc_total{a=\"b\"}' }", /^bad-name: .*the name alone/],
    ["app", "{ side: a-b }", /^bad-name/],
    ["app", "{ failed: '5[' }", /^bad-name: It is no regular expression/],
    ["app", "{ failed: '(?!2)...' }", /^bad-name: Prometheus reads no lookaround/],
    ["app", "{ canary: '' }", /^out-of-range/],
    ["istio", "{ stable: checkout, canary: checkout }", /^conflict: `stable` and `canary` are the same/],
    ["app", "{ requets: a }", /^unknown-key: .*Did you mean `requests`/],
  ])("with mesh %s: %s is refused", (mesh, metrics, message) => {
    expect(first({ mesh, metrics })).toMatch(message);
  });
});

describe("the names of the sides", () => {
  it("may be the same where the stable side has none", () => {
    const metrics = "{ stable: checkout, canary: checkout }";
    expect(rolloutWith({ mesh: "ingress-nginx", metrics }).metrics?.canary).toBe("checkout");
  });
});

describe("objectives that are built in", () => {
  it.each([
    ["cilium", "mtls: { min: 100% }", /^conflict: `mtls` can never be judged with `mesh: cilium`, whose/],
    ["app", "mtls: { min: 100% }", /it is known with `istio`, `istio-ambient`, `linkerd`\./],
    ["linkerd", "overflow: { max: 0 }", /^conflict: `overflow` can never be judged with `mesh: linkerd`/],
    ["kuma", "query: overflow, max: 0", /^conflict: `overflow` can never be judged/],
  ])("with mesh %s: %s can never be judged, and is refused where it stands", (mesh, yaml, message) => {
    const slos = `[{ requestRate: { min: 1 } }, { ${yaml} }]`;
    expect(first({ mesh, slos })).toMatch(message);
    expect(outline(problemsWith({ mesh, slos }))).toEqual([expect.stringMatching(/^11:\d\d conflict$/)]);
  });

  it.each([
    ["mtls: { min: 100% }", { kind: "query", query: "mtls", min: 1, max: null }],
    ["mtls: { min: 99.5% }", { kind: "query", query: "mtls", min: 0.995, max: null }],
    ["overflow: { max: 0 }", { kind: "query", query: "overflow", min: null, max: 0 }],
    ["requestRate: { min: 2.5 }", { kind: "query", query: "requestRate", min: 2.5, max: null }],
  ])("%s", (yaml, slo) => {
    expect(rolloutWith({ slos: `[{ ${yaml} }]` }).slos).toEqual([slo]);
  });

  it.each([
    ["[{ mtls: { min: 101% } }]", /^out-of-range: .*at most 100%/],
    ["[{ mtls: 100% }]", /^wrong-type: Write `mtls: { min: 100% }`/],
    ["[{ mtls: { max: 100% } }]", /^(missing-key|unknown-key)/],
    ["[{ overflow: { max: -1 } }]", /^out-of-range/],
    ["[{ overflow: { max: 0 }, mtls: { min: 100% } }]", /^conflict: One item holds one SLO/],
    ["[{ overflow: { max: 0 }, max: 1 }]", /^conflict: Only a query has a limit beside it/],
  ])("%s is refused", (slos, message) => {
    expect(first({ slos })).toMatch(message);
  });
});

describe("a query that cannot mean what it seems to", () => {
  it("is refused where it stands, with what does", () => {
    const query = "'rate(http_requests_total{code=~\"5..\"}[5m])'";
    const problems = problemsWith({ slos: `[{ query: ${query}, max: 0.05 }]` });
    expect(outline(problems)).toEqual([expect.stringMatching(/^\d+:\d+ misleading-query$/)]);
    expect(problems[0]?.message).toContain(
      'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))',
    );
  });
});
