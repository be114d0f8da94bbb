import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import nock from "nock";
import { afterAll, afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import type { SourceConfig } from "../../../src/adapters/prometheus/sources.ts";
import type { MetricsQuestion } from "../../../src/ports/metrics.ts";

const NOW = 1_800_000_000_000;
const HOST = "http://prometheus.example.test";
const TOKEN = "hunter2-token";
const PATH = "/prometheus/api/v1/query";

const question: MetricsQuestion = {
  source: "production",
  mesh: "istio",
  namespace: "shop",
  service: "checkout",
  stable: "checkout-stable",
  canary: "checkout-canary",
  since: NOW - 60_000,
  now: NOW,
  latency: false,
  queries: [],
};

function source(change: Partial<SourceConfig> = {}): SourceConfig {
  return {
    url: `${HOST}/prometheus`,
    auth: { kind: "bearer", token: TOKEN },
    headers: { "X-Scope-OrgID": "tenant-7" },
    timeoutMs: 10_000,
    ...change,
  };
}

function ask(config = source(), change: Partial<MetricsQuestion> = {}) {
  return createPrometheus(new Map([["production", config]])).observe({ ...question, ...change });
}

const success = (data: unknown) => ({ status: "success", data });
const matrix = success({
  resultType: "matrix",
  result: ["checkout-stable", "checkout-canary"].map((workload) => ({
    metric: { destination_workload: workload, response_code: "200" },
    values: [
      [NOW / 1000 - 16, "10"],
      [NOW / 1000 - 1, "30"],
    ],
  })),
});

afterEach(() => {
  nock.cleanAll();
});
afterAll(() => {
  nock.restore();
});

describe("each way a source fails has its name", () => {
  const html = "<!DOCTYPE html><title>Sign in</title>";
  it.each([
    [200, html, "html-page"],
    [200, JSON.stringify(matrix).slice(0, 100), "truncated-json"],
    [200, "hello", "not-json"],
    [200, "[]", "malformed"],
    [200, "{}", "malformed"],
    [200, success({ resultType: "matrix", result: [{ metric: {}, values: [[1]] }] }), "malformed"],
    [200, success({ resultType: "vector", result: [] }), "malformed"],
    [200, success({ resultType: "matrix", result: [] }), "empty"],
    [200, { status: "error", errorType: "execution", error: "out of memory" }, "query-error"],
    [400, { status: "error", errorType: "bad_data", error: "parse error" }, "query-error"],
    [422, { status: "error", errorType: "execution", error: "many-to-many" }, "query-error"],
    [200, { ...matrix, warnings: ["store 3 is down"] }, "warnings"],
    [401, html, "unauthorised"],
    [403, { status: "error", error: "no" }, "unauthorised"],
    [404, "not found", "http-status"],
    [429, "slow down", "rate-limited"],
  ] as const)("%i %j is %s", async (status, body, code) => {
    nock(HOST).get(PATH).query(true).reply(status, body);
    expect(await ask()).toMatchObject({ status: "unavailable", code });
  });

  it("a counter that is not finite", async () => {
    const bad = JSON.stringify(matrix).replace('"30"', '"NaN"');
    nock(HOST).get(PATH).query(true).reply(200, bad);
    expect(await ask()).toMatchObject({ status: "unavailable", code: "not-finite" });
  });

  it("a redirect, which is not followed", async () => {
    const elsewhere = nock("http://evil.example.test").get(/.*/).reply(200, matrix);
    nock(HOST).get(PATH).query(true).reply(302, "", { Location: "http://evil.example.test/" });
    expect(await ask()).toMatchObject({ status: "unavailable", code: "redirect" });
    expect(elsewhere.isDone()).toBe(false);
  });

  it("data older than its scrapes allow", async () => {
    nock(HOST).get(PATH).query(true).times(2).reply(200, matrix);
    expect(await ask()).toMatchObject({ status: "ok" });
    const later = await ask(source(), { now: NOW + 60_000 });
    expect(later).toMatchObject({ status: "unavailable", code: "stale" });
  });

  it("a source nobody configured", async () => {
    expect(await ask(source(), { source: "staging" })).toEqual({
      status: "unavailable",
      code: "unknown-source",
      detail: 'no metrics source is called "staging"; the operator configured: production',
    });
  });
});

describe("what is sent", () => {
  it("carries the bearer token, the tenant and an exactly escaped query", async () => {
    const seen: { query: string; time: string }[] = [];
    nock(HOST, { reqheaders: { authorization: `Bearer ${TOKEN}`, "x-scope-orgid": "tenant-7" } })
      .get(PATH)
      .query((query) => {
        seen.push({ query: String(query["query"]), time: String(query["time"]) });
        return true;
      })
      .reply(200, matrix);
    await ask(source(), { namespace: 'a"b', stable: "check.out", canary: "c|d\\" });
    expect(seen[0]?.query).toBe(
      String.raw`istio_requests_total{reporter="destination",destination_workload_namespace="a\"b",destination_workload=~"check\\.out|c\\|d\\\\"}[360s]`,
    );
    expect(seen[0]?.time).toBe("1800000000.000");
  });

  it("carries basic credentials", async () => {
    const scope = nock(HOST).get(PATH).query(true).basicAuth({ user: "me", pass: "pä" }).reply(200, matrix);
    await ask(source({ auth: { kind: "basic", username: "me", password: "pä" } }));
    expect(scope.isDone()).toBe(true);
  });

  it("asks a waypoint's reporter in ambient mode", async () => {
    const scope = nock(HOST)
      .get(PATH)
      .query(({ query }) => String(query).startsWith('istio_requests_total{reporter="waypoint",'))
      .reply(200, matrix);
    await ask(source(), { mesh: "istio-ambient" });
    expect(scope.isDone()).toBe(true);
  });
});

describe("retries", () => {
  it("come after 5xx and failed connections", async () => {
    nock(HOST).get(PATH).query(true).reply(503, "busy");
    nock(HOST)
      .get(PATH)
      .query(true)
      .replyWithError(Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    nock(HOST).get(PATH).query(true).reply(200, matrix);
    expect(await ask()).toMatchObject({ status: "ok" });
  });

  it("end, with the last failure's name", async () => {
    const scope = nock(HOST).get(PATH).query(true).times(3).reply(502, "bad gateway");
    expect(await ask()).toMatchObject({ status: "unavailable", code: "http-status" });
    expect(scope.isDone()).toBe(true);
  });

  it("do not follow a refusal", async () => {
    nock(HOST).get(PATH).query(true).reply(401, "");
    const second = nock(HOST).get(PATH).query(true).reply(200, matrix);
    expect(await ask()).toMatchObject({ code: "unauthorised" });
    expect(second.isDone()).toBe(false);
  });
});

describe("a rollout's own query", () => {
  const vector = (...values: string[]) =>
    success({ resultType: "vector", result: values.map((value) => ({ metric: {}, value: [1, value] })) });
  it.each([
    [200, vector("4.5"), { status: "value", value: 4.5 }],
    [200, success({ resultType: "scalar", result: [1, "2"] }), { status: "value", value: 2 }],
    [200, vector(), { status: "empty" }],
    [200, vector("NaN"), { status: "unusable", reason: "the query gives NaN" }],
    [200, vector("+Inf"), { status: "unusable", reason: "the query gives Infinity" }],
    [200, vector("-Inf"), { status: "unusable", reason: "the query gives -Infinity" }],
    [200, vector("1", "2"), { status: "unusable", reason: expect.stringContaining("gives 2 series") }],
    [200, matrix, { status: "unusable", reason: expect.stringContaining("gives a matrix") }],
    [
      400,
      { status: "error", errorType: "bad_data", error: "parse\nerror" },
      { status: "unusable", reason: "the source refuses the query (bad_data): parse error" },
    ],
  ])("answered with %i %j", async (status, body, reading) => {
    nock(HOST)
      .get(PATH)
      .query(({ query }) => query !== "mine")
      .reply(200, matrix);
    nock(HOST).get(PATH).query({ query: "mine", time: "1799999999.000" }).reply(status, body);
    expect(await ask(source(), { queries: ["mine"] })).toMatchObject({
      status: "ok",
      evidence: { asOf: NOW - 1000, queries: [reading] },
    });
  });

  it("that meets a failing source makes all of it unavailable", async () => {
    nock(HOST)
      .get(PATH)
      .query(({ query }) => query !== "mine")
      .reply(200, matrix);
    nock(HOST)
      .get(PATH)
      .query(({ query }) => query === "mine")
      .reply(429, "");
    expect(await ask(source(), { queries: ["mine"] })).toMatchObject({ code: "rate-limited" });
  });
});

describe("over a real connection", () => {
  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("an answer that breaks off is a failed connection", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { "Content-Length": "100000" });
      response.write('{"status":"success","data":');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await ask(source({ url }))).toMatchObject({ status: "unavailable", code: "connection" });
  });

  it("a source that never ends its answer runs into the deadline", async () => {
    const url = await serve((_, response) => {
      response.writeHead(200);
      response.write("{");
    });
    expect(await ask(source({ url, timeoutMs: 300 }))).toEqual({
      status: "unavailable",
      code: "timeout",
      detail: "the source did not answer within 0.3 s",
    });
  });

  it("an answer without end is cut off", async () => {
    const url = await serve((_, response) => {
      const megabyte = "x".repeat(1024 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(megabyte));
      };
      response.on("drain", more);
      more();
    });
    expect(await ask(source({ url }))).toMatchObject({ status: "unavailable", code: "oversized" });
  });

  it("nobody there is a failed connection", async () => {
    expect(await ask(source({ url: "http://127.0.0.1:1" }))).toMatchObject({ code: "connection" });
  });

  it("no failure tells an address or a credential", async () => {
    const url = await serve((request, response) => {
      response.writeHead(400);
      const error = `${request.headers.host} ${request.headers.authorization} ${request.headers["x-scope-orgid"]}`;
      response.end(JSON.stringify({ status: "error", errorType: "bad_data", error }));
    });
    const answers = [await ask(source({ url })), await ask(source({ url: "http://127.0.0.1:1" }))];
    const said = JSON.stringify(answers);
    expect(said).toContain("***");
    for (const secret of [TOKEN, "tenant-7", "127.0.0.1"]) expect(said).not.toContain(secret);
  });
});
