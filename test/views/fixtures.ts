import type { Verdict } from "../../src/analysis/types.ts";
import type { Rollout } from "../../src/config/types.ts";
import type { Ended, Outcome, Release } from "../../src/release/state.ts";
import type { RollbackView } from "../../src/views/rollback.ts";
import type { ReleaseView } from "../../src/views/standing.ts";

const MINUTE = 60_000;
/** 10:00:00 UTC. */
const START = Date.UTC(2026, 4, 4, 10, 0, 0);
export const at = (minutes: number) => START + minutes * MINUTE;
const COMMIT = "3f9c2d1e8b7a65504132c0ffee00112233445566";

export const rollout: Rollout = {
  name: "checkout",
  mesh: "istio",
  namespace: "production",
  service: "checkout",
  prometheus: "production",
  cluster: null,
  targets: [{ file: "mesh/checkout.yaml", stable: "stable", canary: "canary" }],
  workloads: { stable: "apps/checkout/stable.yaml", canary: "apps/checkout/canary.yaml" },
  on: { kind: "merge" },
  steps: [
    { weight: 10, routes: [], bake: 5 * MINUTE, approval: false },
    { weight: 25, routes: [], bake: 5 * MINUTE, approval: false },
    { weight: 50, routes: [], bake: 10 * MINUTE, approval: true },
    { weight: 100, routes: [], bake: 5 * MINUTE, approval: false },
  ],
  auto: false,
  slos: [
    { kind: "errorRate", max: 0.05, mode: "threshold" },
    { kind: "latency", quantile: 0.99, max: 500, mode: "threshold" },
    { kind: "query", query: "sum(rate(overflow_total[1m])) or vector(0)", min: null, max: 0 },
  ],
  minRequests: 100,
  confidence: { falseRollback: 0.01 },
  live: { after: 2 * MINUTE },
  // biome-ignore lint/suspicious/noThenProperty: the word of the configuration file
  holds: { limit: 30 * MINUTE, then: "rollback", remind: 24 * 60 * MINUTE },
  windows: [],
  freezes: [],
  rollback: { merge: "auto", revert: true, traffic: "with-merge", deadline: 30_000, bypass: "hold" },
  promotion: { strategy: "copy", settle: 5 * MINUTE },
  supersede: "refuse",
  delivery: "commit",
  environment: null,
  commit: { message: "{rollout}: {what}", skipCi: false },
  approvers: [],
};

/** Half a minute each, up to `minutes`; from `since` on the canary fails `failing` of its requests. */
export function trackOf(minutes: number, failing: { readonly since: number; readonly share: number } | null) {
  const points = Array.from({ length: Math.min(40, minutes * 2) }, (_, i) => {
    const after = ((i + 1) * minutes) / Math.min(40, minutes * 2);
    const percent = after <= 5.5 ? 10 : after <= 11 ? 25 : after <= 21 ? 50 : 100;
    const broken = failing !== null && after > failing.since ? failing.share : 0;
    const wave = Math.sin(i * 1.7);
    const requests = percent * 12;
    const side = (share: number, sent: number, latency: number) => ({
      requests: sent,
      errors: Math.round(sent * share),
      latency: Math.round(latency),
    });
    return {
      at: at(after),
      percent,
      scrapes: 2,
      canary: side(0.004 + 0.002 * wave + broken, requests, 212 + 9 * wave + broken * 900),
      stable: side(0.003 + 0.001 * Math.cos(i), 1200 - requests, 208 + 6 * Math.cos(i)),
    };
  });
  return { per: 2, points };
}

const track = trackOf(10.5, null);

export const pass: Verdict = {
  verdict: "pass",
  window: { from: at(6), asOf: at(10.5) },
  slos: [
    {
      verdict: "pass",
      name: "error rate",
      limit: "5 %",
      canary: "0.4 %",
      stable: "0.3 %",
      requests: 2310,
      words: "no sign of harm; more than 0.6 % of harm is excluded at 95 %",
    },
    {
      verdict: "pass",
      name: "p99 latency",
      limit: "500 ms",
      canary: "212 ms",
      stable: "208 ms",
      requests: 2310,
      words: "",
    },
    {
      verdict: "pass",
      name: "sum(rate(overflow_total[1m])) or vector(0)",
      limit: "0",
      canary: "0",
      stable: null,
      requests: null,
      words: "",
    },
  ],
  words: "Error rate 0.4 % and p99 212 ms are within their limits.",
};

export const failing: Verdict = {
  ...pass,
  verdict: "fail",
  slos: pass.slos.map((slo, index) =>
    index === 0 ? { ...slo, verdict: "fail", canary: "19.8 %", words: "457 of 2,310 requests failed" } : slo,
  ),
  words: "Error rate 19.8 % (457 of 2,310 requests) is over 5 %.",
};

export function release(change: Partial<Release> = {}): Release {
  return {
    number: 7,
    version: "9d41c0aa8f3e7712",
    cause: { kind: "merge", commit: COMMIT, pull: 41, actor: "mira", deployment: null },
    config: "c0ffee",
    startedAt: START,
    workloads: { stableVersion: "5b1e", stable: "a1", canary: "b2" },
    judgement: null,
    phase: "stepping",
    step: 1,
    shift: {
      percent: 25,
      before: 10,
      rerouted: false,
      baseline: at(1),
      at: at(5.5),
      commit: "ab12cd34ef56ab12cd34ef56ab12cd34ef56ab12",
      live: { at: at(6), how: "shares", detail: "24.6 % of 1,204 requests reached the canary" },
    },
    expected: [{ stable: 75, canary: 25 }],
    routes: [],
    accepted: [],
    beside: "",
    approved: null,
    will: null,
    hold: null,
    failure: null,
    rollback: null,
    promotion: null,
    blocked: null,
    ending: null,
    timeline: [
      { at: at(0), text: "New version merged", by: "mira" },
      { at: at(0.1), text: "Canary 0 % → 10 %", by: null },
      { at: at(0.5), text: "10 % is live: by observed shares", by: null },
      { at: at(5.5), text: "Canary 10 % → 25 %: error rate 0.3 % of at most 5 %", by: null },
      { at: at(6), text: "25 % is live: by observed shares", by: null },
    ],
    ...change,
  };
}

export function ended(outcome: Outcome): Ended {
  return { number: 7, version: "9d41c0aa8f3e7712", outcome, at: at(32), pull: 41 };
}

/** As an operator might have configured them. */
const PAGES = [
  { title: "Grafana", link: "https://grafana.example.com/d/canary?var-service=checkout&from=1777888200000" },
  { title: "Kiali", link: "https://kiali.example.com/console/namespaces/production/services/checkout" },
];

export function view(change: Partial<ReleaseView> = {}): ReleaseView {
  return {
    rollout,
    release: release(),
    ended: null,
    verdict: pass,
    track,
    repositoryUrl: "https://github.com/acme/shop",
    pages: PAGES,
    legal: ["/canary 50", "/canary pause", "/canary rollback"],
    waitsIn: null,
    refusedClick: null,
    ...change,
  };
}

export const failedRelease: Release = release({
  phase: "rolling-back",
  failure: {
    at: at(8),
    words: "Error rate 19.8 % (457 of 2,310 requests) is over 5 %.",
    by: null,
    slos: failing.slos.map(({ words: _, ...row }) => row),
  },
  rollback: {
    branch: "sluice/rollback/checkout-7",
    to: [{ stable: 100, canary: 0 }],
    restore: { "apps/checkout/canary.yaml": "b2" },
    pull: { number: 43, head: "77aa", openedAt: at(8) },
    blocked: null,
    direct: "no",
    settled: false,
  },
  timeline: [
    ...release().timeline,
    { at: at(8), text: "Error rate 19.8 % (457 of 2,310 requests) is over 5 %.", by: null },
  ],
});

export const mesh = (stable: number, canary: number) => ({
  file: "mesh/checkout.yaml",
  name: "VirtualService checkout",
  stable,
  canary,
});

export function rollbackView(change: Partial<RollbackView> = {}): RollbackView {
  return {
    rollout,
    release: failedRelease,
    before: [mesh(75, 25)],
    after: [mesh(100, 0)],
    hit: { requests: 3514, errors: 461 },
    track: trackOf(8, { since: 6, share: 0.198 }),
    changes: [
      { oid: COMMIT, subject: "Charge in cents", author: "mira" },
      { oid: "77aa90bc1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6b", subject: "Retry payments twice", author: "jon" },
    ],
    queries: [
      {
        query: 'istio_requests_total{reporter="destination",destination_service_name="checkout"}',
        link: "https://prometheus.example.com/graph?g0.expr=istio_requests_total",
      },
    ],
    files: ["mesh/checkout.yaml", "apps/checkout/canary.yaml"],
    reverted: true,
    merge: { how: "auto" },
    repositoryUrl: "https://github.com/acme/shop",
    pages: PAGES,
    ...change,
  };
}
