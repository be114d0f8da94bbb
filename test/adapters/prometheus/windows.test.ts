import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../../dev/prometheus/start.ts";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import type { SourceConfig } from "../../../src/adapters/prometheus/sources.ts";
import type { Counts, Evidence } from "../../../src/analysis/types.ts";
import type { MetricsQuestion } from "../../../src/ports/metrics.ts";
import { push, pushAll } from "./push.ts";

const SCRAPE = 15_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** On the grid of minutes, so that a test knows where the source's steps lie. */
const NOW = Math.floor(Date.now() / HOUR) * HOUR - 2 * HOUR;

let prometheus: RunningPrometheus;
let narrow: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
  // A query may hold so few samples that an hour of eleven series is too much for it.
  narrow = await startPrometheus({ remoteWrite: true, args: ["--query.max-samples=2000"] });
});
afterAll(async () => {
  await prometheus.stop();
  await narrow.stop();
});

function labels(namespace: string, workload: string, more: Readonly<Record<string, string>> = {}) {
  return {
    __name__: "istio_requests_total",
    job: "mesh",
    instance: "gateway",
    reporter: "destination",
    destination_workload_namespace: namespace,
    destination_workload: workload,
    request_protocol: "http",
    response_code: "200",
    ...more,
  };
}

/** A sample each 15 s in [from, to]; `value` of the scrape's number. */
function trace(from: number, to: number, value: (scrape: number) => number) {
  return Array.from({ length: Math.floor((to - from) / SCRAPE) + 1 }, (_, scrape) => ({
    timestamp: from + scrape * SCRAPE,
    value: value(scrape),
  }));
}

async function ask(
  namespace: string,
  change: Partial<MetricsQuestion>,
  server = prometheus,
  source: Partial<SourceConfig> = {},
): Promise<Evidence> {
  const config = {
    url: server.url,
    auth: { kind: "none" },
    headers: {},
    timeoutMs: 20_000,
    ...source,
  } as const;
  const observation = await createPrometheus(new Map([["production", config]])).observe({
    source: "production",
    mesh: "istio",
    namespace,
    service: "checkout",
    stable: "checkout",
    canary: "checkout-canary",
    since: NOW - 10 * MINUTE,
    now: NOW,
    queries: [],
    ...change,
  });
  if (observation.status !== "ok") throw new Error(`${observation.code}: ${observation.detail}`);
  return observation.evidence;
}

const requestsOf = (counts: readonly Counts[]) => counts.reduce((sum, { requests }) => sum + requests, 0);

describe("the stable side's past", () => {
  it("comes with the present in one look: every interval once, restarts and seams of hours included", async () => {
    const began = NOW - 3 * HOUR - 7 * MINUTE;
    await push(
      prometheus.url,
      labels("past", "checkout"),
      trace(began, NOW, (scrape) => 1000 + 7 * (scrape % 100)),
    );
    await push(
      prometheus.url,
      labels("past", "checkout", { response_code: "500" }),
      trace(began, NOW, (scrape) => Math.floor(scrape / 4)),
    );
    const canary = trace(NOW - 10 * MINUTE + SCRAPE, NOW, (scrape) => scrape);
    await push(prometheus.url, labels("past", "checkout-canary"), canary);
    const history = { from: NOW - 3 * HOUR, to: NOW - 10 * MINUTE };
    const { past = [], scrapes, asked } = await ask("past", { history });
    // Whatever lies in the five minutes before is seen, too: it only makes the past longer.
    const wanted = past.filter(({ from }) => from >= history.from);
    expect(wanted).toHaveLength((170 * MINUTE) / SCRAPE);
    expect(past.at(-1)?.at).toBe(history.to);
    for (const [index, { from }] of past.entries()) if (index > 0) expect(from).toBe(past[index - 1]?.at);
    // Every hundredth scrape shows a restart at 1000, all of it new; the others 7 more.
    const scrapeOf = (at: number) => (at - began) / SCRAPE;
    for (const { at, stable } of past) {
      const good = scrapeOf(at) % 100 === 0 ? 1000 : 7;
      const bad = scrapeOf(at) % 4 === 0 ? 1 : 0;
      expect(stable).toEqual({ requests: good + bad, errors: bad, latency: [] });
    }
    expect(scrapes).toHaveLength(40);
    expect(requestsOf(scrapes.map((scrape) => scrape.canary))).toBe(canary.length - 1);
    expect(asked[0]).toContain("[11100s]");
  });

  it("is not asked for unless it is wanted", async () => {
    await push(
      prometheus.url,
      labels("none", "checkout"),
      trace(NOW - HOUR, NOW, (scrape) => scrape),
    );
    expect((await ask("none", {})).past).toEqual([]);
  });
});

describe("an answer too large for the source", () => {
  it("is asked for in pieces, and counts the same", async () => {
    const pods = Array.from({ length: 11 }, (_, pod) => ({
      labels: labels("pieces", pod < 9 ? "checkout" : "checkout-canary", { instance: `pod-${pod}` }),
      samples: trace(NOW - HOUR, NOW, (scrape) => scrape * (pod + 1)),
    }));
    const read = async (server: RunningPrometheus) => {
      await pushAll(server.url, pods);
      const { scrapes } = await ask("pieces", { since: NOW - 54 * MINUTE, latency: false }, server);
      return scrapes;
    };
    const inPieces = await read(narrow);
    expect(inPieces).toEqual(await read(prometheus));
    expect(inPieces).toHaveLength((54 * MINUTE) / SCRAPE);
    expect(inPieces[0]).toMatchObject({ stable: { requests: 45 }, canary: { requests: 21 } });
  });
});

describe("too many series to be read one by one", () => {
  const PODS = 1050;

  it("are added up by the source, a minute at a time, with the loss said", async () => {
    const codes = ["200", "503"];
    await pushAll(
      prometheus.url,
      Array.from({ length: PODS }, (_, pod) =>
        codes.map((response_code) => ({
          labels: labels("wide", pod % 10 === 0 ? "checkout-canary" : "checkout", {
            response_code,
            instance: `pod-${pod}`,
            connection_security_policy: pod === 10 ? "none" : "mutual_tls",
          }),
          samples: trace(NOW - 30 * MINUTE - 4000, NOW - 4000, (scrape) =>
            // Every pod restarts once, each at another time.
            response_code === "503"
              ? 100 + scrape
              : 500 + 3 * (scrape > pod % 100 ? scrape - (pod % 100) : scrape + 500),
          ),
        })),
      ).flat(),
    );
    const evidence = await ask("wide", {
      queries: ["mtls"],
      history: { from: NOW - 25 * MINUTE, to: NOW - 10 * MINUTE },
    });
    expect(evidence.loss).toMatch(/too many series/);
    expect(evidence.asOf).toBe(NOW - MINUTE);
    expect(evidence.scrapes.map(({ at }) => (NOW - at) / MINUTE)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
    for (const { canary, stable } of evidence.scrapes) {
      expect(canary.errors).toBeCloseTo(105 * 4, 6);
      expect(stable.errors).toBeCloseTo(945 * 4, 6);
    }
    expect(evidence.past).toHaveLength(15);
    expect(evidence.past?.at(-1)?.stable.errors).toBeCloseTo(945 * 4, 6);
    const [mtls] = evidence.queries;
    expect(mtls?.status === "value" && mtls.value).toBeGreaterThan(0.98);
    expect(mtls?.status === "value" && mtls.value).toBeLessThan(1);
  });

  it("of a histogram alone are added up alone, at the edges all pods have", async () => {
    const pod = (index: number) => ({ instance: `pod-${index}`, response_flags: String(index) });
    const side = (index: number) => (index % 2 === 0 ? "checkout" : "checkout-canary");
    const range = [NOW - 20 * MINUTE - 4000, NOW - 4000] as const;
    await pushAll(
      prometheus.url,
      Array.from({ length: 440 }, (_, index) => ({
        labels: labels("edges", side(index), pod(index)),
        samples: trace(...range, (scrape) => 10 * scrape),
      })),
    );
    const bucket = (index: number, le: string, by: number) => ({
      labels: {
        ...labels("edges", side(index), { ...pod(index), le }),
        __name__: "istio_request_duration_milliseconds_bucket",
      },
      samples: trace(...range, (scrape) => by * scrape),
    });
    await pushAll(prometheus.url, [
      ...[1, 3].flatMap((index) => [
        bucket(index, "100", 6),
        bucket(index, "500", 9),
        bucket(index, "+Inf", 10),
      ]),
      bucket(5, "500", 9),
      bucket(5, "+Inf", 10),
    ]);
    const { scrapes, loss, asked } = await ask("edges", {});
    expect(loss).toMatch(/histogram has too many series/);
    expect(asked).toHaveLength(2);
    const sum = (le: number) =>
      scrapes.reduce(
        (all, { canary }) => all + (canary.latency.find((edge) => edge.le === le)?.count ?? 0),
        0,
      );
    expect(scrapes[0]?.canary.latency.map(({ le }) => le)).toEqual([500, Infinity]);
    expect(requestsOf(scrapes.map(({ canary }) => canary))).toBe(220 * 10 * scrapes.length);
    expect(sum(500) / sum(Infinity)).toBeCloseTo(0.9, 6);
    expect(sum(Infinity)).toBeCloseTo(3 * 10 * 4 * 10, 6);
    // Of a step in which the window begins nobody knows which requests were before it.
    const within = await ask("edges", { since: NOW - 9.5 * MINUTE });
    const counted = within.scrapes.map(({ canary }) => canary.latency.find(({ le }) => le === Infinity));
    expect(counted.reduce((all, edge) => all + (edge?.count ?? 0), 0)).toBeCloseTo(3 * 10 * 4 * 9, 6);
  });
});

describe("what may not have arrived yet", () => {
  it("is left out for as long as the source needs, and makes nothing stale", async () => {
    for (const side of ["checkout", "checkout-canary"]) {
      await push(
        prometheus.url,
        labels("late", side),
        trace(NOW - 20 * MINUTE, NOW, (scrape) => scrape),
      );
    }
    const soon = await ask("late", { latency: false });
    const late = await ask("late", { latency: false }, prometheus, { delayMs: 3 * MINUTE });
    expect(soon.asOf).toBe(NOW);
    expect(late.asOf).toBe(NOW - 3 * MINUTE);
    expect(late.scrapes).toEqual(soon.scrapes.slice(0, late.scrapes.length));
  });
});
