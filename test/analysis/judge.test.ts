import { describe, expect, it } from "vitest";
import { judge as judgeRelease } from "../../src/analysis/judge.ts";
import type { Counts, Observation, QueryReading } from "../../src/analysis/types.ts";
import type { Slo } from "../../src/config/types.ts";

const errorRate: Slo = { kind: "errorRate", max: 0.05, mode: "threshold" };
const p99: Slo = { kind: "latency", quantile: 0.99, max: 500, mode: "threshold" };
const options = { minRequests: 50 };

/** At 10 % since time 0. */
function judge(slos: readonly Slo[], observation: Observation, { minRequests }: { minRequests: number }) {
  const judging = { slos, minRequests, falseRollback: 0.01 };
  const position = { rungs: [10, 100], percent: 10, since: 0, settled: true, now: 60_000 };
  return judgeRelease({ observation, judging, position, known: null, began: 0 }).verdict;
}

function counts(requests: number, errors = 0, latency: Counts["latency"] = []): Counts {
  return { requests, errors, latency };
}

function seen(canary: Counts[], queries: QueryReading[] = []): Observation {
  const scrapes = canary.map((one, index) => ({
    at: 1000 * (index + 1),
    canary: one,
    stable: counts(900, 9),
  }));
  return {
    status: "ok",
    evidence: { from: 0, asOf: 1000 * canary.length, scrapes, queries, asked: [] },
  };
}

function histogram(...pairs: [number, number][]): Counts["latency"] {
  return pairs.map(([le, count]) => ({ le, count }));
}

describe("an error rate", () => {
  it.each([
    [1204, 63, "fail", "5.23 % of 1,204 requests failed, limit 5 %"],
    [1000, 50, "pass", "5 % of 1,000 requests failed, limit 5 %"],
    [100_000, 5001, "fail", "5.001 % of 100,000 requests failed, limit 5 %"],
    [49, 0, "inconclusive", "0 % of 49 requests failed, limit 5 %; 1 more request needed"],
    [50, 0, "pass", "0 % of 50 requests failed, limit 5 %"],
    [0, 0, "inconclusive", "no request yet; 50 more requests needed"],
  ] as const)("of %i requests with %i failed is %s", (requests, errors, verdict, words) => {
    expect(judge([errorRate], seen([counts(requests, errors)]), options)).toMatchObject({ verdict, words });
  });

  it("adds up over scrapes and shows the stable side beside it", () => {
    const { slos } = judge([errorRate], seen([counts(40, 1), counts(60, 2)]), options);
    expect(slos).toMatchObject([{ canary: "3 %", stable: "1 %", requests: 100, limit: "5 %" }]);
  });

  it("fails before the minimum exactly when nothing that follows could save it", () => {
    expect(judge([errorRate], seen([counts(2, 2)]), options).verdict).toBe("inconclusive");
    const early = judge([errorRate], seen([counts(3, 3)]), options);
    expect(early).toMatchObject({ verdict: "fail" });
    expect(early.words).toBe(
      "3 of 3 requests failed: over 5 % of the 50 that are needed, even if no other fails",
    );
    expect(judge([errorRate], seen([counts(50, 3)]), options).verdict).toBe("fail");
  });

  it("never passes on counts that are not numbers", () => {
    expect(judge([errorRate], seen([counts(Number.NaN, 0)]), options).verdict).toBe("unavailable");
  });
});

describe("a latency quantile", () => {
  const verdictOf = (latency: Counts["latency"], slo: Slo = p99) =>
    judge([slo], seen([counts(latency.at(-1)?.count ?? 0, 0, latency)]), options);

  it("is exact where the limit is an edge", () => {
    expect(verdictOf(histogram([250, 500], [500, 990], [Infinity, 1000])).verdict).toBe("pass");
    const broken = verdictOf(histogram([250, 500], [500, 989], [1000, 1000], [Infinity, 1000]));
    expect(broken.verdict).toBe("fail");
    expect(broken.words).toBe("p99 latency about 545 ms of 1,000 requests, limit 500 ms");
  });

  it("says that it interpolated where the limit lies inside a bucket", () => {
    const slo: Slo = { kind: "latency", quantile: 0.5, max: 300, mode: "threshold" };
    const inside = histogram([250, 400], [500, 600], [Infinity, 1000]);
    expect(verdictOf(inside, slo)).toMatchObject({ verdict: "fail" });
    expect(verdictOf(inside, slo).words).toContain("about 375 ms");
    expect(verdictOf(inside, slo).words).toContain("only tells that it is between 250 ms and 500 ms");
    expect(verdictOf(inside, { ...slo, max: 400 }).verdict).toBe("pass");
  });

  it("does not interpolate when the edges around the limit decide", () => {
    const slo: Slo = { kind: "latency", quantile: 0.5, max: 300, mode: "threshold" };
    expect(verdictOf(histogram([250, 600], [500, 700], [Infinity, 1000]), slo).words).not.toContain("interp");
    expect(verdictOf(histogram([250, 100], [500, 200], [1000, 1000], [Infinity, 1000]), slo)).toMatchObject({
      verdict: "fail",
      words: expect.not.stringContaining("interp"),
    });
  });

  it("cannot tell beyond the last edge", () => {
    const slo: Slo = { kind: "latency", quantile: 0.99, max: 5000, mode: "threshold" };
    const open = verdictOf(histogram([1000, 900], [Infinity, 1000]), slo);
    expect(open).toMatchObject({ verdict: "inconclusive" });
    expect(open.words).toContain("ends at 1 s");
    expect(verdictOf(histogram([1000, 900], [Infinity, 1000])).verdict).toBe("fail");
  });

  it("needs a histogram and enough requests", () => {
    expect(judge([p99], seen([counts(1000)]), options)).toMatchObject({ verdict: "inconclusive" });
    expect(judge([p99], seen([counts(1000)]), options).words).toContain("no histogram");
    expect(verdictOf(histogram([500, 49], [Infinity, 49])).words).toContain("1 more request needed");
    expect(verdictOf([]).verdict).toBe("inconclusive");
  });

  it("fails early when too many are surely slow", () => {
    const early = verdictOf(histogram([500, 0], [1000, 1], [Infinity, 1]));
    expect(early.verdict).toBe("fail");
    expect(early.words).toContain("1 of 1 request took over 500 ms");
  });

  it("adds histograms at the edges they share", () => {
    const first = counts(50, 0, histogram([100, 50], [500, 50], [Infinity, 50]));
    const second = counts(50, 0, histogram([500, 50], [Infinity, 50]));
    expect(judge([p99], seen([first, second]), options)).toMatchObject({ verdict: "pass" });
  });
});

describe("a rollout's own query", () => {
  const query: Slo = { kind: "query", query: "sum(queue)", min: 1, max: 10 };
  const verdictOf = (reading: QueryReading) => judge([query], seen([counts(100)], [reading]), options);

  it.each([
    [{ status: "value", value: 10 }, "pass", "sum(queue) is 10, limit at least 1 and at most 10"],
    [{ status: "value", value: 10.5 }, "fail", "sum(queue) is 10.5, limit at least 1 and at most 10"],
    [{ status: "value", value: 0 }, "fail", "sum(queue) is 0, limit at least 1 and at most 10"],
    [
      { status: "value", value: Number.NaN },
      "unavailable",
      "sum(queue) is unusable: its value is not a number",
    ],
    [{ status: "empty" }, "inconclusive", "sum(queue) gives nothing"],
    [{ status: "unusable", reason: "two series" }, "unavailable", "sum(queue) is unusable: two series"],
  ] as const)("reading %j is %s", (reading, verdict, words) => {
    expect(verdictOf(reading)).toMatchObject({ verdict, words });
  });

  it("takes its reading by its place among the queries", () => {
    const other: Slo = { kind: "query", query: "other", min: null, max: 5 };
    const readings: QueryReading[] = [
      { status: "value", value: 6 },
      { status: "value", value: 6 },
    ];
    const { slos } = judge([other, errorRate, query], seen([counts(100)], readings), options);
    expect(slos.map((slo) => slo.verdict)).toEqual(["fail", "pass", "pass"]);
  });

  it("is unavailable when it was not asked", () => {
    expect(judge([query], seen([counts(100)]), options).verdict).toBe("unavailable");
  });
});

describe("a verdict", () => {
  const unusable: QueryReading = { status: "unusable", reason: "x" };
  const query: Slo = { kind: "query", query: "q", min: null, max: 1 };

  it("is the worst of its parts: fail, then unavailable, then inconclusive, then pass", () => {
    const bad = counts(100, 50);
    const good = counts(100, 0);
    expect(judge([errorRate, query], seen([bad], [unusable]), options).verdict).toBe("fail");
    expect(judge([errorRate, query, p99], seen([good], [unusable]), options).verdict).toBe("unavailable");
    expect(judge([errorRate, p99], seen([good]), options).verdict).toBe("inconclusive");
    expect(judge([errorRate], seen([good]), options).verdict).toBe("pass");
  });

  it("speaks of the parts that made it", () => {
    const { words } = judge([errorRate, p99], seen([counts(100, 50)]), options);
    expect(words).toBe("50 % of 100 requests failed, limit 5 %");
  });

  it("is unavailable with the reason when the source gave nothing", () => {
    const none: Observation = { status: "unavailable", code: "timeout", detail: "no answer within 15 s" };
    expect(judge([errorRate], none, options)).toEqual({
      verdict: "unavailable",
      window: null,
      slos: [],
      words: "metrics are unavailable (timeout): no answer within 15 s",
    });
  });

  it("never passes without an objective or without a scrape", () => {
    expect(judge([], seen([counts(100)]), options).verdict).toBe("inconclusive");
    expect(judge([errorRate, p99], seen([]), options).verdict).toBe("inconclusive");
    expect(judge([errorRate, p99], seen([]), { minRequests: 0 }).verdict).toBe("inconclusive");
  });
});
