import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../../dev/prometheus/start.ts";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import type { QueryReading } from "../../../src/analysis/types.ts";
import { query as cli } from "../../../src/entry/cli/query.ts";
import type { MetricsQuestion } from "../../../src/ports/metrics.ts";
import { push } from "./push.ts";

const NOW = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
let prometheus: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
});
afterAll(() => prometheus.stop());

const metrics = () => {
  const source = { url: prometheus.url, auth: { kind: "none" }, headers: {}, timeoutMs: 20_000 } as const;
  return createPrometheus(new Map([["production", source]]));
};

/** The last values of a counter, a scrape each 15 s, the newest now. */
function counter(name: string, labels: Readonly<Record<string, string>>, ...values: number[]): Promise<void> {
  const samples = values.map((value, index) => ({
    timestamp: NOW - (values.length - 1 - index) * 15_000,
    value,
  }));
  return push(prometheus.url, { __name__: name, job: "mesh", instance: "a", ...labels }, samples);
}

describe("built-in queries", () => {
  const requests = (namespace: string, workload: string, policy: string, ...values: number[]) =>
    counter(
      "istio_requests_total",
      {
        reporter: "destination",
        destination_workload_namespace: namespace,
        destination_workload: workload,
        request_protocol: "http",
        response_code: "200",
        connection_security_policy: policy,
      },
      ...values,
    );

  async function ask(
    namespace: string,
    queries: readonly string[],
    change: Partial<MetricsQuestion> = {},
  ): Promise<readonly QueryReading[]> {
    const observation = await metrics().observe({
      source: "production",
      mesh: "istio",
      namespace,
      service: "checkout",
      stable: "checkout",
      canary: "checkout-canary",
      arms: { stable: "v1", canary: "v2" },
      since: NOW - 29_000,
      now: NOW,
      latency: false,
      queries,
      ...change,
    });
    if (observation.status !== "ok") throw new Error(observation.detail);
    return observation.evidence.queries;
  }

  it("mtls is below 1 at the first request of the canary in plain text, and 1 before", async () => {
    await requests("tls", "checkout", "mutual_tls", 0, 500, 1000, 1500);
    await requests("tls", "checkout", "none", 0, 50, 100, 150);
    await requests("tls", "checkout-canary", "mutual_tls", 0, 333, 666, 999);
    expect(await ask("tls", ["mtls"])).toEqual([{ status: "value", value: 1 }]);
    // A series of one sample, the first of its kind: `rate` and `increase` see nothing of it.
    await requests("tls", "checkout-canary", "none", 1);
    expect(await ask("tls", ["mtls"])).toEqual([{ status: "value", value: 666 / 667 }]);
  });

  it("mtls without requests of the canary is nothing, and not to be had where nobody tells", async () => {
    await requests("silent", "checkout", "mutual_tls", 0, 500, 1000);
    expect(await ask("silent", ["mtls"])).toEqual([{ status: "empty" }]);
    await counter("envoy_cluster_upstream_rq", { envoy_cluster_name: "silent_v2_80" }, 0, 1, 2);
    expect(await ask("silent", ["mtls"], { mesh: "contour" })).toEqual([
      { status: "unusable", reason: "Contour: its metrics do not say what is encrypted" },
    ]);
  });

  it("requestRate is the canary's requests a second", async () => {
    await requests("rate", "checkout", "mutual_tls", 0, 500, 1000, 1500);
    await requests("rate", "checkout-canary", "mutual_tls", 0, 30, 60, 90);
    expect(await ask("rate", ["requestRate"])).toEqual([{ status: "value", value: 2 }]);
  });

  it("overflow counts what circuit breakers turned away from the canary, by subset or by service", async () => {
    await requests("full", "checkout", "mutual_tls", 0, 500, 1000, 1500);
    const [missing] = await ask("full", ["overflow"]);
    expect(missing).toMatchObject({
      status: "unusable",
      reason: expect.stringContaining("proxyStatsMatcher"),
    });
    const overflow = (cluster_name: string, ...values: number[]) =>
      counter("envoy_cluster_upstream_rq_pending_overflow", { cluster_name }, ...values);
    await overflow("outbound|8080|v2|checkout.full.svc.cluster.local", 7, 7, 7, 7);
    await overflow("outbound|8080|v1|checkout.full.svc.cluster.local", 7, 8, 9, 10);
    await overflow("outbound|8080|v2|cart.full.svc.cluster.local", 7, 8, 9, 10);
    expect(await ask("full", ["overflow"])).toEqual([{ status: "value", value: 0 }]);
    // Two before the window began, two in it; the second caller restarted in between.
    await overflow("outbound|8081|v2|checkout.full.svc.cluster.local", 4, 6, 7, 8);
    await overflow("outbound|8080||v2.full.svc.cluster.local", 90, 90, 1, 1);
    expect(await ask("full", ["overflow"])).toEqual([{ status: "value", value: 3 }]);
  });

  it("overflow counts a circuit breaker from zero that appears more than a minute after the first", async () => {
    const steady = Array<number>(41).fill(7);
    const growing = steady.map((_, scrape) => 10 * scrape);
    for (const side of ["checkout", "checkout-canary"]) await requests("new", side, "mutual_tls", ...growing);
    const overflow = (port: number, ...values: number[]) => {
      const cluster_name = `outbound|${port}|v2|checkout.new.svc.cluster.local`;
      return counter("envoy_cluster_upstream_rq_pending_overflow", { cluster_name }, ...values);
    };
    await overflow(8080, ...steady);
    // Within that minute it may have counted before anybody looked.
    await overflow(8081, ...steady.slice(4));
    await overflow(8082, 5, 6, 6);
    expect(await ask("new", ["overflow"], { since: NOW - 600_000 })).toEqual([{ status: "value", value: 6 }]);
  });
});

describe("a query is checked", () => {
  const check = (query: string) => metrics().checkQuery("production", query, NOW);

  beforeAll(async () => {
    for (const [le, by] of [
      ["0.1", 3],
      ["+Inf", 4],
    ] as const) {
      await counter("rpc_seconds_bucket", { le, pod: "a" }, 0, by, 2 * by, 3 * by);
    }
    await counter("rpc_total", { pod: "a", code: "200" }, 0, 10, 20, 30);
    await counter("rpc_total", { pod: "b", code: "200" }, 0, 10, 20, 30);
  });

  it("and one number is good", async () => {
    expect(await check("sum(rpc_total)")).toEqual({ status: "ok", value: 60 });
    expect(await check("histogram_quantile(0.5, sum by (le) (rate(rpc_seconds_bucket[1m])))")).toMatchObject({
      status: "ok",
    });
    expect(await check("time() * 0")).toEqual({ status: "ok", value: 0 });
  });

  it.each([
    ["sum(rate(rpc_total[5m])", "unclosed left parenthesis"],
    ["rate(rpc_total)", "expected type range vector in call to function"],
    ["sum(rpc_total[5m])", "expected type instant vector in aggregation expression"],
    ["summ(rpc_total)", "unknown function"],
    ['rpc_total{pod=~"("}', "missing closing )"],
    ["clamp(sum(rpc_total))", "expected 3 argument(s)"],
  ])("and refused in Prometheus' own words: %s", async (query, words) => {
    const checked = await check(query);
    expect(checked.status).toBe("problem");
    expect("words" in checked && checked.words).toContain(words);
  });

  it.each([
    ["rpc_total", "it gives 2 series, one is needed"],
    ["rpc_total[5m]", "it gives a matrix"],
    ["histogram_quantile(0.5, sum(rate(rpc_seconds_bucket[1m])))", 'bucket label "le" is missing'],
    [
      "histogram_quantile(0.5, sum by (pod) (rate(rpc_seconds_bucket[1m]))) or vector(0)",
      'bucket label "le" is missing',
    ],
    ["sum(rate(rpc_totl[5m]))", "the source knows no metric rpc_totl"],
    ['sum(rate(rpc_total{cod="500"}[5m]))', "no series of rpc_total has a label cod"],
    ['sum(rate(rpc_total{code=~"5.."}[5m])) / sum(rate(rpc_totall[5m]))', "no metric rpc_totall"],
    ['sum by (pod) (rate(rpc_total{nope="a"}[5m])) / on (pod) group_left (code) rpc_total', "a label nope"],
  ])("and cannot mean what it says: %s", async (query, words) => {
    const checked = await check(query);
    expect(checked.status).toBe("problem");
    expect("words" in checked && checked.words).toContain(words);
  });

  it.each([
    ['sum(rate(rpc_total{code="500"}[5m])) # nobody failed "yet"', "every metric and label in it is known"],
    ["sum(rate(rpc_total[5m]) * 0) / sum(rate(rpc_total[5m]) * 0)", "it gives NaN now"],
    ["mtls", "it is built in"],
  ])("and may have nothing to say now: %s", async (query, words) => {
    expect(await check(query)).toEqual({ status: "empty", words: expect.stringContaining(words) });
  });

  it("only where there is a source", async () => {
    expect(await metrics().checkQuery("staging", "up", NOW)).toEqual({
      status: "unavailable",
      words: expect.stringContaining('no metrics source is called "staging"'),
    });
  });

  it("on the command line, under the operator's name for the source", async () => {
    vi.stubEnv("PROMETHEUS_DEV_URL", prometheus.url);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const run = (text: string, options: Record<string, string>) => cli.run({ operands: [text], options });
    expect(await run("1 + 1", { source: "dev" })).toEqual({ ok: true, stdout: "2\n" });
    expect(await run("summ(up)", { source: "dev" })).toEqual({
      ok: false,
      problems: [expect.stringContaining('unknown function with name "summ"')],
    });
    for (const text of ["mtls", "no_such_metric"]) {
      const nothing = await run(text, { source: "dev" });
      expect(nothing).toEqual({ ok: false, problems: [expect.stringMatching(/./)] });
    }
    expect(await run("up", {})).toEqual({ ok: false, problems: [expect.stringContaining('"production"')] });
    vi.unstubAllEnvs();
    expect(await run("up", {})).toEqual({ ok: false, problems: [expect.stringContaining("PROMETHEUS_URL")] });
  });
});
