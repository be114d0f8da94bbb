import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../../dev/prometheus/start.ts";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import type { Counts, Evidence, Observation } from "../../../src/analysis/types.ts";
import type { MetricsQuestion } from "../../../src/ports/metrics.ts";
import { push } from "./push.ts";

/** A time on the clock of the traces; seconds in the tests count from here. */
const START = Math.floor(Date.now() / 1000) * 1000 - 12 * 3_600_000;
const at = (seconds: number) => START + seconds * 1000;

let prometheus: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
});
afterAll(() => prometheus.stop());

type Trace = readonly (readonly [seconds: number, value: number])[];

/** A scrape each 15 s from `from` on. */
function every15(from: number, ...values: number[]): Trace {
  return values.map((value, index) => [from + 15 * index, value] as const);
}

/** Each test has a namespace of its own in the one server. */
class World {
  static #count = 0;
  readonly namespace = `shop-${World.#count++}`;

  async push(metric: string, trace: Trace, labels: Record<string, string>): Promise<void> {
    await push(
      prometheus.url,
      {
        __name__: metric,
        job: "istio",
        instance: "gateway:15020",
        reporter: "destination",
        destination_workload_namespace: this.namespace,
        request_protocol: "http",
        response_code: "200",
        ...labels,
      },
      trace.map(([seconds, value]) => ({ timestamp: at(seconds), value })),
    );
  }

  requests(workload: string, trace: Trace, labels: Record<string, string> = {}): Promise<void> {
    return this.push("istio_requests_total", trace, { destination_workload: workload, ...labels });
  }

  bucket(workload: string, le: string, trace: Trace, labels: Record<string, string> = {}): Promise<void> {
    const all = { destination_workload: workload, le, ...labels };
    return this.push("istio_request_duration_milliseconds_bucket", trace, all);
  }

  ask(since: number, now: number, change: Partial<MetricsQuestion> = {}): Promise<Observation> {
    const source = { url: prometheus.url, auth: { kind: "none" }, headers: {}, timeoutMs: 20_000 } as const;
    return createPrometheus(new Map([["production", source]])).observe({
      source: "production",
      mesh: "istio",
      namespace: this.namespace,
      service: "checkout",
      stable: "checkout",
      canary: "checkout-canary",
      since: at(since),
      now: at(now),
      queries: [],
      ...change,
    });
  }

  async evidence(since: number, now: number, change: Partial<MetricsQuestion> = {}): Promise<Evidence> {
    const observation = await this.ask(since, now, change);
    if (observation.status !== "ok") throw new Error(`${observation.code}: ${observation.detail}`);
    return observation.evidence;
  }
}

const pairs = (evidence: Evidence, side: "canary" | "stable") =>
  evidence.scrapes.map((scrape) => [scrape[side].requests, scrape[side].errors]);
const counts = (requests: number, errors: number, latency: Counts["latency"] = []): Counts => ({
  requests,
  errors,
  latency,
});

describe("requests", () => {
  it("are counted per scrape on both sides, as they were, without extrapolation", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 1000, 1090, 1180, 1273));
    await world.requests("checkout", every15(0, 4, 4, 5, 7), { response_code: "503" });
    await world.requests("checkout-canary", every15(0, 50, 60, 71, 82));
    await world.requests("checkout-canary", every15(0, 0, 0, 3, 3), { response_code: "500" });
    const evidence = await world.evidence(5, 50);
    expect(evidence).toMatchObject({ from: at(5), asOf: at(45), queries: [] });
    expect(evidence.scrapes).toEqual([
      { at: at(15), stable: counts(90, 0), canary: counts(10, 0) },
      { at: at(30), stable: counts(91, 1), canary: counts(14, 3) },
      { at: at(45), stable: counts(95, 2), canary: counts(11, 0) },
    ]);
  });

  it("of gRPC fail by their status, and their 5xx or 200 says nothing", async () => {
    const world = new World();
    const grpc = (status: string) => ({ request_protocol: "grpc", grpc_response_status: status });
    for (const [index, status] of ["0", "2", "4", "5", "7", "13", "14", "15"].entries()) {
      await world.requests("checkout-canary", every15(0, 0, 10 ** index), grpc(status));
    }
    await world.requests("checkout", every15(0, 0, 1));
    const evidence = await world.evidence(5, 20);
    expect(pairs(evidence, "canary")).toEqual([[11_111_111, 11_100_110]]);
  });

  it("are counted from one reporter, one namespace and two exact workloads only", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 0, 7));
    await world.requests("checkout-canary", every15(0, 0, 3));
    await world.requests("checkout", every15(0, 0, 7), { reporter: "source" });
    await world.requests("checkout", every15(0, 0, 70), { reporter: "waypoint" });
    await world.requests("checkout-canary-2", every15(0, 0, 100));
    await world.requests("xcheckout", every15(0, 0, 100));
    await world.requests("checkout", every15(0, 0, 100), { destination_workload_namespace: "elsewhere" });
    const evidence = await world.evidence(5, 20);
    expect([pairs(evidence, "stable"), pairs(evidence, "canary")]).toEqual([[[7, 0]], [[3, 0]]]);
    const ambient = await world.evidence(5, 20, { mesh: "istio-ambient" });
    expect(pairs(ambient, "stable")).toEqual([[70, 0]]);
  });

  it("of a scrape round in which the window begins are left out: a lone side would seem to get everything", async () => {
    const world = new World();
    // Two targets, the stable one scraped 2 s before the canary's in each round; the window begins between them.
    await world.requests("checkout", every15(0, 0, 90, 180, 270), { instance: "a:15020" });
    await world.requests("checkout-canary", every15(2, 0, 10, 20, 30), { instance: "b:15020" });
    const evidence = await world.evidence(16, 50);
    expect(evidence.scrapes.map(({ stable, canary }) => [stable.requests, canary.requests])).toEqual([
      [90, 10],
      [90, 10],
    ]);
  });

  it("go on over a restart of their counter", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 100, 110, 4, 9));
    await world.requests("checkout-canary", every15(0, 0, 1, 2, 3));
    const evidence = await world.evidence(5, 50);
    expect(pairs(evidence, "stable").map(([requests]) => requests)).toEqual([10, 4, 5]);
    // What was counted between the last sample and the restart is lost: no share is read from that scrape.
    expect(evidence.scrapes.map(({ restarted }) => restarted ?? false)).toEqual([false, true, false]);
  });

  it("of a counter that appears late are counted from zero", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 100, 110, 120, 130));
    await world.requests("checkout-canary", every15(30, 8, 12));
    await world.requests("checkout-canary", [[45, 2]], { response_code: "500" });
    expect(pairs(await world.evidence(5, 50), "canary")).toEqual([
      [0, 0],
      [8, 0],
      [6, 2],
    ]);
  });

  it("of counters that nobody watched before are not, since they may be old", async () => {
    const world = new World();
    await world.requests("checkout", every15(15, 10_000, 10_010));
    await world.requests("checkout-canary", every15(15, 500, 501));
    const evidence = await world.evidence(5, 35);
    expect(pairs(evidence, "stable").map(([requests]) => requests)).toEqual([0, 10]);
    expect(pairs(evidence, "canary").map(([requests]) => requests)).toEqual([0, 1]);
  });

  it("missed by a few scrapes come with the next one", async () => {
    const world = new World();
    await world.requests("checkout", [...every15(0, 0, 10), ...every15(75, 50, 60)]);
    await world.requests("checkout-canary", [...every15(0, 0, 1), ...every15(75, 5, 6)]);
    const evidence = await world.evidence(5, 95);
    expect(evidence.scrapes.map((scrape) => (scrape.at - START) / 1000)).toEqual([15, 75, 90]);
    expect(pairs(evidence, "stable").map(([requests]) => requests)).toEqual([10, 40, 10]);
  });
});

describe("pods that are scraped at moments of their own", () => {
  const pod = (name: string) => ({ instance: name });

  it("make rounds that show both sides over equal stretches", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 0, 90, 180, 270), pod("a"));
    await world.requests("checkout", every15(4, 0, 9, 18, 27), pod("b"));
    await world.requests("checkout-canary", every15(11, 0, 10, 20, 30), pod("c"));
    const evidence = await world.evidence(12, 57);
    expect(evidence.scrapes.map((scrape) => (scrape.at - START) / 1000)).toEqual([26, 41, 56]);
    expect(pairs(evidence, "stable").map(([requests]) => requests)).toEqual([99, 99, 99]);
    expect(pairs(evidence, "canary").map(([requests]) => requests)).toEqual([10, 10, 10]);
  });

  it("leave out a round that is still under way", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 0, 90, 180), pod("a"));
    await world.requests("checkout-canary", every15(4, 0, 10, 20), pod("c"));
    await world.requests("checkout", every15(11, 0, 9), pod("b"));
    const evidence = await world.evidence(12, 35);
    expect(evidence.asOf).toBe(at(26));
    expect(pairs(evidence, "stable")).toEqual([[99, 0]]);
    expect(pairs(evidence, "canary")).toEqual([[10, 0]]);
  });

  it("make the same rounds in parts as at once, each part asked from the end of the one before", async () => {
    const world = new World();
    const growing = (by: number) => Array.from({ length: 80 }, (_, index) => index * by);
    await world.requests("checkout", every15(0, ...growing(90)), pod("a"));
    await world.requests("checkout", every15(4, ...growing(9)), pod("b"));
    await world.requests("checkout-canary", every15(11, ...growing(10)), pod("c"));
    // One that goes, and one that comes.
    await world.requests("checkout", every15(6, ...growing(7).slice(0, 50)), pod("d"));
    await world.requests("checkout-canary", every15(608, ...growing(5).slice(1, 39)), pod("e"));
    await world.bucket("checkout-canary", "+Inf", every15(11, ...growing(10)), pod("c"));
    for (const since of [302, 308, 313.4]) {
      const parts: Evidence[] = [];
      // Looks at moments that have nothing to do with scrapes.
      for (let now = since + 40; now < 1150; now += 17.3) {
        const from = ((parts.at(-1)?.asOf ?? at(since)) - START) / 1000;
        parts.push(await world.evidence(from, now));
      }
      const last = parts.at(-1);
      const whole = await world.evidence(since, 1150);
      const together = parts.flatMap(({ scrapes }) => scrapes);
      expect(together.length).toBeGreaterThan(50);
      expect(together).toEqual(whole.scrapes.filter(({ at }) => at <= (last?.asOf ?? 0)));
    }
  });

  it("do not hold anything back when one of many is gone", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 0, 1, 2, 3, 4), pod("a"));
    await world.requests("checkout", every15(4, 0, 1), pod("b"));
    await world.requests("checkout-canary", every15(11, 0, 1, 2, 3, 4), pod("c"));
    expect((await world.evidence(12, 72)).asOf).toBe(at(71));
  });
});

describe("asOf", () => {
  it("does not wait for a side that was never heard of", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 0, 10, 20));
    const evidence = await world.evidence(5, 35);
    expect(evidence.asOf).toBe(at(30));
    expect(pairs(evidence, "canary")).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it("does not wait for a side that was gone before the window, though it is seen there", async () => {
    const world = new World();
    const values = Array.from({ length: 20 }, (_, index) => index);
    await world.requests("checkout", every15(0, ...values));
    await world.requests("checkout-canary", every15(0, 0, 1, 2));
    const evidence = await world.evidence(90, 290);
    expect(evidence.asOf).toBe(at(285));
    expect(evidence.scrapes).toHaveLength(13);
  });

  it("stays at the last sign of a side that went silent, and turns stale", async () => {
    const world = new World();
    const values = Array.from({ length: 20 }, (_, index) => index);
    await world.requests("checkout", every15(0, ...values));
    await world.requests("checkout-canary", every15(0, 0, 1, 2));
    expect((await world.evidence(5, 80)).asOf).toBe(at(30));
    const later = await world.ask(5, 95);
    expect(later).toEqual({
      status: "unavailable",
      code: "stale",
      detail: "the last scrape that shows both sides is 65 s old, over 60 s",
    });
    expect((await world.evidence(5, 95, { idle: "canary" })).asOf).toBe(at(90));
    // Asked again from there on, too.
    expect((await world.evidence(30, 80)).asOf).toBe(at(30));
    expect(await world.ask(30, 95)).toEqual(later);
  });

  it("may be half a minute old when scrapes come each second", async () => {
    const world = new World();
    const trace = Array.from({ length: 10 }, (_, index) => [index, index] as const);
    await world.requests("checkout", trace);
    await world.requests("checkout-canary", trace);
    expect(await world.ask(0, 39)).toMatchObject({ status: "ok" });
    expect(await world.ask(0, 40)).toMatchObject({ code: "stale" });
  });

  it("is unavailable where there is nothing at all", async () => {
    expect(await new World().ask(0, 30)).toMatchObject({ status: "unavailable", code: "empty" });
  });
});

describe("histograms", () => {
  it("are counted like requests and added at the edges all pods share", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 0, 5));
    await world.requests("checkout-canary", every15(0, 0, 20), { instance: "gateway:15020" });
    for (const [le, value] of [
      ["100", 4],
      ["500", 9],
      ["+Inf", 10],
    ] as const) {
      await world.bucket("checkout-canary", le, every15(0, 7, 7 + value));
      if (le !== "100") await world.bucket("checkout-canary", le, every15(15, value), { version: "b" });
    }
    const evidence = await world.evidence(5, 20);
    expect(evidence.scrapes[0]?.canary.latency).toEqual([
      { le: 500, count: 18 },
      { le: Infinity, count: 20 },
    ]);
    expect(evidence.scrapes[0]?.stable.latency).toEqual([]);
    expect(evidence.asked).toHaveLength(2);
    expect((await world.evidence(5, 20, { latency: false })).asked).toHaveLength(1);
  });
});

describe("a long window", () => {
  it("is read in pieces, and cut at six hours with a word about it", async () => {
    const world = new World();
    const trace = Array.from({ length: 421 }, (_, minute) => [minute * 60, minute * 3] as const);
    await world.requests("checkout", trace);
    await world.requests("checkout-canary", trace);
    const evidence = await world.evidence(0, 420 * 60);
    expect(evidence.from).toBe(at(3600));
    expect(evidence.scrapes).toHaveLength(360);
    expect(pairs(evidence, "canary").every(([requests]) => requests === 3)).toBe(true);
    expect(evidence.asked[0]).toContain("# nothing older than 6 h was read");
  });

  it("counts nothing twice where the pieces meet", async () => {
    const world = new World();
    // The pieces begin 5 min before 3700 and are an hour long: two of them meet at 10600.
    const seam = [10599.7, 10600, 10600.3];
    const times = [...Array.from({ length: 121 }, (_, minute) => 3395 + minute * 60), ...seam];
    const trace = [...times, 10660, 10720, 10780, 10840].map((time, index) => [time, index * 2] as const);
    await world.requests("checkout", trace);
    await world.requests("checkout-canary", trace);
    const evidence = await world.evidence(3700, 10900.5);
    const counted = evidence.scrapes.reduce((sum, scrape) => sum + scrape.canary.requests, 0);
    expect(counted).toBe((trace.at(-1)?.[1] ?? 0) - (trace.findLast(([time]) => time <= 3700)?.[1] ?? 0));
  });
});

describe("a rollout's own query", () => {
  it("is evaluated at asOf, and its outcome has a name", async () => {
    const world = new World();
    await world.requests("checkout", every15(0, 0, 10, 20));
    await world.requests("checkout-canary", every15(0, 0, 1, 2));
    const mine = `istio_requests_total{destination_workload_namespace="${world.namespace}"}`;
    const queries = [
      `sum(${mine})`,
      "time()",
      mine,
      "absent_metric",
      "0/0",
      "vector(1)/0",
      "sum(",
      `${mine}[1m]`,
    ];
    const { queries: readings, asked } = await world.evidence(5, 40, { queries });
    expect(readings).toEqual([
      { status: "value", value: 22 },
      { status: "value", value: at(30) / 1000 },
      { status: "unusable", reason: expect.stringContaining("2 series") },
      { status: "empty" },
      { status: "unusable", reason: "the query gives NaN" },
      { status: "unusable", reason: "the query gives Infinity" },
      { status: "unusable", reason: expect.stringContaining("bad_data") },
      { status: "unusable", reason: expect.stringContaining("matrix") },
    ]);
    expect(asked.slice(2)).toEqual(queries);
  });
});
