import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import { parseSources } from "../../../src/adapters/prometheus/sources.ts";
import { MATRIX, NOW, question, serve } from "./stand-in.ts";

/** What a source is sent, under the variables an operator sets. */
async function sent(variables: Readonly<Record<string, string>>): Promise<readonly IncomingMessage[]> {
  const seen: IncomingMessage[] = [];
  const host = await serve((request, response) => {
    seen.push(request);
    response.end(MATRIX);
  });
  const { sources, problems } = parseSources({ PROMETHEUS_URL: `http://${host}/prom`, ...variables });
  expect(problems).toEqual([]);
  const metrics = createPrometheus(sources);
  for (const _ of [1, 2]) expect(await metrics.observe(question)).toMatchObject({ status: "ok" });
  return seen;
}

describe("a source lets us in", () => {
  it("by a tenant's name (Mimir, Cortex)", async () => {
    const [request] = await sent({ PROMETHEUS_TENANT: "shop", PROMETHEUS_BEARER_TOKEN: "t0ken" });
    expect(request?.headers).toMatchObject({ "x-scope-orgid": "shop", authorization: "Bearer t0ken" });
  });

  it("by instance number and token (Grafana Cloud)", async () => {
    const [request] = await sent({ PROMETHEUS_USERNAME: "123456", PROMETHEUS_PASSWORD: "glc_token" });
    const [scheme, pair = ""] = (request?.headers.authorization ?? "").split(" ");
    expect([scheme, Buffer.from(pair, "base64").toString()]).toEqual(["Basic", "123456:glc_token"]);
  });

  it("by a token in a file, read every time", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-token-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "token");
    writeFileSync(file, "first\n");
    const seen: (string | undefined)[] = [];
    const host = await serve((request, response) => {
      seen.push(request.headers.authorization);
      writeFileSync(file, "second\n");
      response.end(MATRIX);
    });
    const { sources } = parseSources({
      PROMETHEUS_URL: `http://${host}`,
      PROMETHEUS_BEARER_TOKEN_FILE: file,
    });
    const metrics = createPrometheus(sources);
    await metrics.observe(question);
    await metrics.observe(question);
    expect(seen).toEqual(["Bearer first", "Bearer second"]);
    rmSync(file);
    expect(await metrics.observe(question)).toEqual({
      status: "unavailable",
      code: "credentials",
      detail: "the file with the bearer token cannot be read",
    });
  });

  it("by a token of Google's metadata server, asked for once while it is good", async () => {
    let asked = 0;
    const host = await serve((request, response) => {
      asked += 1;
      expect(request.headers["metadata-flavor"]).toBe("Google");
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ access_token: "ya29.a", expires_in: 3599, token_type: "Bearer" }));
    });
    const seen = await sent({ PROMETHEUS_GOOGLE_AUTH: "metadata", GCE_METADATA_HOST: host });
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Bearer ya29.a", "Bearer ya29.a"]);
    expect(asked).toBe(1);
  });

  it("or we do not ask it at all", async () => {
    const host = await serve((_, response) => response.writeHead(404).end());
    const { sources } = parseSources({
      PROMETHEUS_URL: "http://127.0.0.1:1",
      PROMETHEUS_GOOGLE_AUTH: "metadata",
      GCE_METADATA_HOST: host,
    });
    expect(await createPrometheus(sources).observe(question)).toEqual({
      status: "unavailable",
      code: "credentials",
      detail: "Google's metadata server gives no token",
    });
  });
});

describe("half an answer is none", () => {
  async function answered(body: Record<string, unknown>) {
    const host = await serve((_, response) =>
      response.end(JSON.stringify({ ...JSON.parse(MATRIX), ...body })),
    );
    return createPrometheus(parseSources({ PROMETHEUS_URL: `http://${host}` }).sources).observe(question);
  }

  it.each([
    [
      "Thanos, with a store that is down",
      { warnings: ["receive series from store-3: unavailable"] },
      "warnings",
    ],
    ["VictoriaMetrics, with a storage node that is down", { isPartial: true }, "partial"],
  ])("%s", async (_, body, code) => {
    expect(await answered(body)).toMatchObject({ status: "unavailable", code });
  });

  it("what is only said for information changes nothing", async () => {
    expect(
      await answered({ infos: ["PromQL info: metric might not be a counter"], isPartial: false }),
    ).toMatchObject({
      status: "ok",
    });
  });

  it("a warning of what a query means is the query's fault, not the source's", async () => {
    const warning = 'PromQL warning: bucket label "le" is missing or has a malformed value of "" (1:25)';
    const host = await serve((request, response) => {
      const mine = request.url?.includes("query=mine") === true;
      response.end(mine ? JSON.stringify({ ...JSON.parse(MATRIX), warnings: [warning] }) : MATRIX);
    });
    const metrics = createPrometheus(parseSources({ PROMETHEUS_URL: `http://${host}` }).sources);
    expect(await metrics.observe({ ...question, queries: ["mine"] })).toMatchObject({
      status: "ok",
      evidence: { queries: [{ status: "unusable", reason: warning }] },
    });
    expect(await metrics.checkQuery("production", "mine", NOW)).toEqual({
      status: "problem",
      words: warning,
    });
  });
});

describe("500 releases at once", () => {
  it("are looked at a few at a time, and all of them", async () => {
    let open = 0;
    let most = 0;
    const host = await serve(async (_, response) => {
      open += 1;
      most = Math.max(most, open);
      await turn();
      open -= 1;
      response.end(MATRIX);
    });
    const metrics = createPrometheus(parseSources({ PROMETHEUS_URL: `http://${host}` }).sources);
    const all = await Promise.all(Array.from({ length: 500 }, () => metrics.observe(question)));
    expect(all.every(({ status }) => status === "ok")).toBe(true);
    expect(most).toBeLessThanOrEqual(4);
  });

  it("wait for a minute at most, and are told why", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const host = await serve(async (_, response) => {
      await held;
      response.end(MATRIX);
    });
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const metrics = createPrometheus(parseSources({ PROMETHEUS_URL: `http://${host}` }).sources);
    const all = Array.from({ length: 5 }, () => metrics.observe(question));
    vi.setSystemTime(Date.now() + 61_000);
    release();
    const codes = (await Promise.all(all)).map((one) => (one.status === "ok" ? "ok" : one.code));
    expect(codes).toEqual(["ok", "ok", "ok", "ok", "busy"]);
  });

  it("do not wait for a source that is not theirs", async () => {
    const dead = await serve(() => undefined);
    const host = await serve((_, response) => response.end(MATRIX));
    const { sources } = parseSources({
      PROMETHEUS_URL: `http://${host}`,
      PROMETHEUS_DEAD_URL: `http://${dead}`,
      PROMETHEUS_DEAD_TIMEOUT_SECONDS: "0.5",
    });
    const metrics = createPrometheus(sources);
    const stuck = Array.from({ length: 8 }, () => metrics.observe({ ...question, source: "dead" }));
    let waiting = true;
    const ended = Promise.all(stuck).finally(() => {
      waiting = false;
    });
    expect(await metrics.observe(question)).toMatchObject({ status: "ok" });
    expect(waiting).toBe(true);
    for (const one of await ended) expect(one).toMatchObject({ status: "unavailable", code: "timeout" });
  });
});
