import { describe, expect, it } from "vitest";
import { judge } from "../../src/analysis/judge.ts";
import { beginJudgement, foldJudgement, type Judging, type Position } from "../../src/analysis/judgement.ts";
import type { Counts, Past, Scrape } from "../../src/analysis/types.ts";
import type { Slo } from "../../src/config/types.ts";

const ERRORS: Slo = { kind: "errorRate", max: 0.05, mode: "sequential" };
const P99: Slo = { kind: "latency", quantile: 0.99, max: 500, mode: "sequential" };
const judging = (...slos: readonly Slo[]): Judging => ({ slos, minRequests: 50, falseRollback: 0.01 });
const STEP = 15_000;

/** `slow` of the requests take over 500 ms, the rest under 250. */
function counts(requests: number, errors: number, slow = 0): Counts {
  const latency = [
    { le: 250, count: requests - slow },
    { le: 500, count: requests - slow },
    { le: 1000, count: requests },
    { le: Number.POSITIVE_INFINITY, count: requests },
  ];
  return { requests, errors, latency };
}

/** An hour of stable alone, 200 requests a scrape, one in 200 fails and one is slow. */
const past: readonly Past[] = Array.from({ length: 240 }, (_, i) => ({
  from: (i - 240) * STEP,
  at: (i - 239) * STEP,
  stable: counts(200, 1, 1),
}));

function scrapes(count: number, canary: (i: number) => Counts, stable: (i: number) => Counts): Scrape[] {
  return Array.from({ length: count }, (_, i) => ({
    at: (i + 1) * STEP,
    canary: canary(i),
    stable: stable(i),
  }));
}

const at = (now: number, percent = 10): Position => ({
  rungs: [10, 50, 100],
  percent,
  since: 0,
  settled: true,
  now,
});

function said(slos: readonly Slo[], seen: readonly Scrape[], percent = 10) {
  const end = seen.at(-1)?.at ?? 0;
  const evidence = { from: 0, asOf: end, scrapes: seen, queries: [], asked: [], past };
  return judge({
    observation: { status: "ok", evidence },
    judging: judging(...slos),
    position: at(end, percent),
    known: null,
    began: 0,
  });
}

const healthy = () => counts(180, 1, 1);
const each = (n: number, of: number) => (i: number) => (i % of === 0 ? n : 0);

describe("a release that is judged by its evidence", () => {
  it("may go on when it is as good as stable and harm at the next weight is excluded", () => {
    const seen = scrapes(40, (i) => counts(20, each(1, 10)(i), each(1, 10)(i)), healthy);
    const { verdict } = said([ERRORS, P99], seen);
    expect(verdict.verdict).toBe("pass");
    expect(verdict.slos.map(({ name }) => name)).toEqual([
      "error rate",
      "p99 latency",
      "errors against stable",
      "latency against stable",
      "requests that arrive",
      "errors against the past",
    ]);
  });

  it("waits while hardly anything was seen at this weight, however good that is", () => {
    const seen = scrapes(2, () => counts(20, 0), healthy);
    expect(said([ERRORS], seen).verdict.verdict).toBe("inconclusive");
    expect(said([ERRORS], []).verdict.verdict).toBe("inconclusive");
  });

  it("fails far below its limit when it is clearly worse than stable beside it", () => {
    const seen = scrapes(
      30,
      () => counts(100, 3),
      () => counts(900, 4, 4),
    );
    const { verdict } = said([ERRORS], seen);
    expect(verdict.verdict).toBe("fail");
    expect(verdict.words).toContain("worse than the stable side");
  });

  it("fails when more requests are slower than its limit allows", () => {
    const seen = scrapes(
      20,
      () => counts(100, 0, 8),
      () => counts(900, 4, 4),
    );
    expect(said([P99], seen).verdict.verdict).toBe("fail");
  });

  it("does not blame the canary for what strikes both sides", () => {
    const outage = (i: number, n: number) =>
      i >= 10 && i < 20 ? counts(n, n / 2, n / 2) : counts(n, n / 100, n / 100);
    const seen = scrapes(
      20,
      (i) => outage(i, 100),
      (i) => outage(i, 900),
    );
    const during = said([ERRORS, P99], seen).verdict;
    expect(during.verdict).toBe("inconclusive");
    expect(said([{ ...ERRORS, mode: "threshold" }], seen).verdict.verdict).toBe("fail");
  });

  it("says the same of the same samples, in one reading or in many", () => {
    const seen = scrapes(30, (i) => counts(20, each(1, 7)(i), 1), healthy);
    const j = judging(ERRORS, P99);
    const whole = foldJudgement(beginJudgement(j, past, 0), j, at(0), seen);
    let parts = beginJudgement(j, past, 0);
    for (const scrape of seen) {
      parts = JSON.parse(JSON.stringify(parts));
      parts = foldJudgement(parts, j, at(0), [scrape]);
    }
    expect(parts.summary).toEqual(whole.summary);
    expect(parts.slow).toEqual(whole.slow);
    expect(parts.window).toEqual(whole.window);
    expect(JSON.stringify(whole).length).toBeLessThan(16_000);
  });

  it("judges a canary that a route alone shows, once it has had enough requests", () => {
    const few = scrapes(5, () => counts(5, 0), healthy);
    const more = scrapes(20, () => counts(5, 0), healthy);
    const bad = scrapes(20, () => counts(5, 3), healthy);
    expect(said([ERRORS], few, 0).verdict).toMatchObject({
      verdict: "inconclusive",
      words: "25 of 50 canary requests",
    });
    expect(said([ERRORS], more, 0).verdict.verdict).toBe("pass");
    expect(said([ERRORS], bad, 0).verdict.verdict).toBe("fail");
  });

  it("goes by the plain number where that is asked for", () => {
    const seen = scrapes(
      30,
      () => counts(100, 3),
      () => counts(900, 4, 4),
    );
    const { verdict } = said([{ ...ERRORS, mode: "threshold" }], seen);
    expect(verdict).toMatchObject({ verdict: "pass", words: "3 % of 3,000 requests failed, limit 5 %" });
    expect(verdict.slos).toHaveLength(1);
  });
});

describe("what evidence cannot tell", () => {
  it("a limit beyond the histogram's last edge is no pass", () => {
    const beyond: Slo = { kind: "latency", quantile: 0.99, max: 5000, mode: "sequential" };
    const seen = scrapes(40, () => counts(20, 0, 2), healthy).map((scrape) => ({
      ...scrape,
      canary: {
        ...scrape.canary,
        latency: [
          { le: 250, count: 10 },
          { le: Infinity, count: 20 },
        ],
      },
    }));
    expect(said([beyond], seen).verdict.slos[0]?.verdict).toBe("inconclusive");
  });

  it("plain limits ask for no way back, whatever strikes both sides", () => {
    const outage = (n: number) => (i: number) => (i >= 10 ? counts(n, n / 2) : counts(n, 0));
    const seen = scrapes(30, outage(500), outage(500));
    const judged = (mode: "sequential" | "threshold") => {
      const first = foldJudgement(
        beginJudgement(judging(ERRORS), past, 0),
        judging(ERRORS),
        at(150_000, 10),
        seen.slice(0, 10),
      );
      return judge({
        observation: {
          status: "ok",
          evidence: { from: 0, asOf: 450_000, scrapes: seen.slice(10), queries: [], asked: [] },
        },
        judging: judging({ ...ERRORS, max: 0.9, mode }),
        position: { ...at(450_000, 50), since: 150_000 },
        known: first,
        began: 0,
      }).verdict;
    };
    expect(judged("threshold").retreat).toBeUndefined();
    expect(judged("sequential").retreat).toBe(10);
  });
});
