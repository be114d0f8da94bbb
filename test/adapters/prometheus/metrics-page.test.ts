import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../../dev/prometheus/start.ts";
import { asker } from "../../../src/adapters/prometheus/ask.ts";
import { credentialsOf } from "../../../src/adapters/prometheus/credentials.ts";
import { metricsPage, metricsRows } from "../../../src/adapters/prometheus/metrics-page.ts";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import { ANSWERS } from "../../../src/config/mesh.ts";
import { MESHES, type Mesh } from "../../../src/config/types.ts";
import { metrics } from "../../../src/entry/cli/metrics.ts";
import { rolloutWith } from "../../config/helpers.ts";
import { push } from "./push.ts";

describe("what is written about metrics", () => {
  it("docs/metrics.md is what the rows say today", async () => {
    await expect(metricsPage()).toMatchFileSnapshot("../../../docs/metrics.md");
  });

  it("the command prints a line a data plane, the page, or all of it as JSON", async () => {
    const run = (options: Record<string, boolean>) => metrics.run({ operands: [], options });
    const table = await run({});
    if (table.ok !== true) throw new Error("the table is printed");
    expect(table.stdout.trim().split("\n")).toHaveLength(MESHES.length + 1);
    expect(await run({ markdown: true })).toEqual({ ok: true, stdout: metricsPage() });
    expect(await run({ json: true })).toEqual({
      ok: true,
      stdout: `${JSON.stringify(metricsRows(), null, 2)}\n`,
    });
  });
});

describe("what the metrics of a rollout cannot tell", () => {
  const { blindSpots } = createPrometheus(new Map());
  const told = (mesh: Mesh, slos: string) =>
    blindSpots(rolloutWith({ mesh, slos })).slice(blindSpots({ mesh, slos: [] }).length);
  const latency = (max: string) => `[{ latency: { quantile: 0.99, max: ${max} } }]`;

  const MTLS = "[{ mtls: { min: 100% } }]";
  const OVERFLOW = "[{ overflow: { max: 0 } }]";

  it("is said of its data plane: ambient mode needs a waypoint, Hubble its labels", () => {
    expect(blindSpots({ mesh: "istio-ambient", slos: [] }).join()).toContain("Without a waypoint");
    expect(blindSpots({ mesh: "cilium", slos: [] }).join()).toContain("labelsContext");
  });

  it("is said of a latency limit that is no edge of the histogram", () => {
    expect(told("istio", latency("250ms"))).toEqual([]);
    expect(told("istio", latency("300ms"))).toEqual([
      "A limit of 300 ms for p99 is between two of its edges: the histogram, as it is shipped, can tell of 250ms or 500ms exactly, and the quantile is interpolated between them.",
    ]);
    expect(told("linkerd-outbound", latency("5ms"))).toEqual([
      expect.stringContaining("below its first edge"),
    ]);
    expect(told("traefik", latency("8s"))).toEqual([expect.stringContaining("which ends at 5000 ms")]);
  });

  it("is refused with the configuration where a data plane has no metric for an SLO", () => {
    for (const { mesh, queries } of metricsRows()) {
      expect(ANSWERS[mesh].includes("mtls"), `${mesh} mtls`).toBe(queries.mtls !== null);
      expect(ANSWERS[mesh].includes("overflow"), `${mesh} overflow`).toBe(queries.overflow !== null);
    }
  });

  it("is said of SLOs whose metric must be switched on", () => {
    expect(told("istio", OVERFLOW)).toEqual([expect.stringContaining("proxyStatsMatcher")]);
    expect(told("istio", MTLS)).toEqual([]);
  });
});

describe("the PromQL of the page", () => {
  const NOW = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
  let prometheus: RunningPrometheus;
  beforeAll(async () => {
    prometheus = await startPrometheus({ remoteWrite: true });
  });
  afterAll(() => prometheus.stop());

  async function ask(query: string): Promise<number | null> {
    const source = { url: prometheus.url, auth: { kind: "none" }, headers: {}, timeoutMs: 20_000 } as const;
    const answer = await asker(source, credentialsOf(source.auth), AbortSignal.timeout(20_000))(query, NOW);
    if (answer.status !== "ok" || answer.result.type !== "vector") throw new Error(JSON.stringify(answer));
    expect(answer.result.samples.length).toBeLessThanOrEqual(1);
    return answer.result.samples[0]?.value ?? null;
  }

  it.each(metricsRows().map((row) => [row.mesh, row] as const))(
    "of %s is understood by Prometheus and gives nothing, not 0, where there is nothing",
    async (_, { queries }) => {
      const { requestRate, errorRate, latency, mtls, overflow } = queries;
      for (const query of [requestRate, errorRate, latency, mtls, overflow]) {
        if (query !== null) expect(await ask(query), query).toBeNull();
      }
    },
  );

  it("gives one number each where there are requests, and failures that no series shows are 0", async () => {
    const [istio] = metricsRows();
    if (!istio?.queries.latency || !istio.queries.mtls) throw new Error("istio has all of them");
    const labels = {
      reporter: "destination",
      destination_workload: "checkout-canary",
      destination_workload_namespace: "shop",
      request_protocol: "http",
      response_code: "200",
    };
    const trace = (by: number) =>
      Array.from({ length: 20 }, (_, index) => ({
        timestamp: NOW - index * 15_000,
        value: (20 - index) * by,
      }));
    const requests = (more: Record<string, string>, by: number) =>
      push(prometheus.url, { __name__: "istio_requests_total", ...labels, ...more }, trace(by));
    await requests({ connection_security_policy: "mutual_tls", instance: "a" }, 90);
    expect(await ask(istio.queries.errorRate)).toBe(0);
    await requests({ connection_security_policy: "none", instance: "b" }, 5);
    await requests({ connection_security_policy: "none", instance: "b", response_code: "503" }, 5);
    for (const [le, by] of [
      ["100", 98],
      ["250", 100],
      ["+Inf", 100],
    ] as const) {
      const bucket = { __name__: "istio_request_duration_milliseconds_bucket", ...labels, le };
      await push(prometheus.url, { ...bucket, instance: "a" }, trace(by));
      await push(prometheus.url, { ...bucket, instance: "b" }, trace(by));
    }
    expect(await ask(istio.queries.requestRate)).toBeCloseTo(100 / 15, 6);
    expect(await ask(istio.queries.errorRate)).toBeCloseTo(0.05, 6);
    expect(await ask(istio.queries.mtls)).toBeCloseTo(0.9, 6);
    expect(await ask(istio.queries.latency)).toBeCloseTo(175, 6);
  });
});
