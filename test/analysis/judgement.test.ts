import { describe, expect, it } from "vitest";
import { judge, judgeFirst } from "../../src/analysis/judge.ts";
import {
  beginJudgement,
  expectation,
  foldJudgement,
  type Judging,
  type Position,
} from "../../src/analysis/judgement.ts";
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

describe("a weight that goes live a second time", () => {
  const good = (count: number) =>
    scrapes(
      count,
      () => counts(200, 1),
      () => counts(200, 1),
    );

  it("needs scrapes of its own, though it is the same as before", () => {
    const options = judging(ERRORS);
    const position = at(40 * STEP, 100);
    const known = foldJudgement(beginJudgement(options, past, 0), options, position, good(40));
    const anew = (more: number) =>
      judge({
        observation: {
          status: "ok",
          evidence: {
            from: 40 * STEP,
            asOf: (40 + more) * STEP,
            scrapes: good(40 + more).slice(40),
            queries: [],
            asked: [],
          },
        },
        judging: options,
        position: { ...position, since: 40 * STEP, now: (40 + more) * STEP },
        known,
        began: 0,
      }).verdict;
    expect(anew(2)).toMatchObject({
      verdict: "inconclusive",
      words: "fewer than 3 scrapes with canary requests since 100 % is live",
    });
    expect(anew(3).verdict).toBe("pass");
  });
});

describe("after a trouble of both sides", () => {
  it("a weight does not rise again in the first calm moment: the trouble hid what the canary did", () => {
    const options = judging(ERRORS);
    // An outage strikes at 100 %; the weight goes back, and when the outage ends one canary request in five fails.
    const story: readonly (readonly [percent: number, canary: Counts, stable: Counts])[] = [
      ...Array.from({ length: 5 }, () => [50, counts(300, 0), counts(300, 0)] as const),
      [100, counts(528, 177), counts(89, 20)],
      [100, counts(593, 158), counts(0, 0)],
      [100, counts(590, 188), counts(0, 0)],
      [100, counts(615, 170), counts(0, 0)],
      [50, counts(374, 106), counts(189, 56)],
      [50, counts(292, 89), counts(324, 99)],
      [50, counts(320, 89), counts(302, 104)],
      [50, counts(274, 79), counts(309, 91)],
      [50, counts(297, 94), counts(286, 84)],
      [50, counts(300, 147), counts(316, 107)],
      [50, counts(297, 139), counts(326, 109)],
      ...Array.from({ length: 4 }, () => [50, counts(290, 58), counts(300, 0)] as const),
    ];
    let known = beginJudgement(options, past, 0);
    let since = 0;
    const words = story.map(([percent, canary, stable], i) => {
      if (i > 0 && percent !== story[i - 1]?.[0]) since = i * STEP;
      const now = (i + 1) * STEP;
      const evidence = {
        from: 0,
        asOf: now,
        scrapes: [{ at: now, canary, stable }],
        queries: [],
        asked: [],
      };
      const position = { ...at(now, percent), rungs: [50, 100], since };
      const said = judge({
        observation: { status: "ok", evidence },
        judging: options,
        position,
        known,
        began: 0,
      });
      known = said.judgement ?? known;
      return said.verdict.verdict;
    });
    expect(words.slice(9)).not.toContain("pass");
    expect(words.at(-1)).toBe("fail");
  });
});

describe("a release that is judged by its evidence", () => {
  it("waits for requests, however many scrapes have come without any", () => {
    const nothing = Array.from({ length: 12 }, () => counts(0, 0));
    const heard = (...more: readonly Counts[]) => {
      const all = [...nothing, ...more];
      const none = () => counts(0, 0);
      return said(
        [ERRORS, P99],
        scrapes(all.length, (i) => all[i] ?? counts(0, 0), none),
        100,
      ).verdict;
    };
    // 15 % of them over the limit of one in a hundred.
    const slow = counts(6000, 7, 900);
    expect(heard()).toMatchObject({
      verdict: "inconclusive",
      words: "no canary request since 100 % is live",
    });
    expect(heard(slow)).toMatchObject({
      verdict: "inconclusive",
      words: "fewer than 3 scrapes with canary requests since 100 % is live",
    });
    expect(heard(slow, slow).verdict).not.toBe("pass");
    expect(heard(slow, slow, slow).verdict).toBe("fail");
  });

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

  it("fails for trouble of both sides that came and went with the weight, though no objective fails by itself", () => {
    const seen = scrapes(
      20,
      () => counts(100, 0),
      () => counts(100, 0),
    );
    const judged = foldJudgement(beginJudgement(judging(ERRORS), past, 0), judging(ERRORS), at(0), seen);
    const { summary } = judged;
    const blamed = { ...judged, summary: { ...summary, incident: { ...summary.incident, blame: 3 } } };
    const end = seen.at(-1)?.at ?? 0;
    const evidence = { from: end, asOf: end, scrapes: [], queries: [], asked: [] };
    const { verdict } = judge({
      observation: { status: "ok", evidence },
      judging: judging(ERRORS),
      position: at(end),
      known: blamed,
      began: 0,
    });
    expect(verdict.verdict).toBe("fail");
    expect(verdict.words).toContain("both sides got into trouble as the canary's weight rose");
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

describe("what may come next", () => {
  it("is said with a pass, as high as the evidence reaches", () => {
    expect(
      said(
        [ERRORS],
        scrapes(4, () => counts(20, 0), healthy),
      ).verdict,
    ).toMatchObject({ verdict: "inconclusive" });
    const good = said(
      [ERRORS],
      scrapes(200, () => counts(20, 0), healthy),
    ).verdict;
    expect(good).toMatchObject({ verdict: "pass", advance: 50 });
  });

  it("is not said at the last weight, nor where nothing is weighed", () => {
    const seen = scrapes(200, () => counts(20, 0), healthy);
    expect(said([ERRORS], seen, 100).verdict).not.toHaveProperty("advance");
    expect(said([{ ...ERRORS, mode: "threshold" }], seen).verdict).not.toHaveProperty("advance");
  });
});

describe("the first weight, where it is chosen", () => {
  const rungs = [1, 5, 10, 25, 50, 100];
  const first = (perScrape: number) => {
    const quiet = past.map((one) => ({ ...one, stable: { requests: perScrape, errors: 0, latency: [] } }));
    const evidence = { from: 0, asOf: 0, scrapes: [], queries: [], asked: [], past: quiet };
    return judgeFirst({ status: "ok", evidence }, judging(ERRORS), { rungs, now: 0 });
  };

  it.each([
    [1500, 1, "about 60 requests a minute reach the canary there"],
    [20, 10, "about 8 requests a minute reach the canary there"],
    [4, 50, "about 8 requests a minute reach the canary there"],
    [0.25, 50, "about 0.5 requests a minute reach the canary there"],
    [0, 1, "stable had no request lately, so it is the lowest"],
  ])("at %d requests in 15 s is the lowest that shows something soon", (requests, advance, words) => {
    expect(first(requests)).toMatchObject({ verdict: "pass", advance, words });
  });

  it("is not chosen without metrics", () => {
    const none = { status: "unavailable", code: "timeout", detail: "no answer within 15 s" } as const;
    expect(judgeFirst(none, judging(ERRORS), { rungs, now: 0 })).toEqual({
      verdict: "unavailable",
      window: null,
      slos: [],
      words: "metrics are unavailable (timeout): no answer within 15 s",
    });
  });
});

describe("what a release may expect", () => {
  const MINUTE = 60_000;
  const steps = [1, 5, 10, 25, 50, 100].map((weight) => ({ weight, bake: MINUTE }));
  const busy = past.map((one) => ({ ...one, stable: counts(15_000, 15, 15) }));
  const of = (auto: boolean, some = steps) =>
    expectation(judging(ERRORS), busy, { steps: some, auto, lag: 3 * MINUTE });

  it("is every step of a ladder that is written, and fewer where the evidence chooses", () => {
    const written = of(false);
    const chosen = of(true);
    expect(written?.path).toEqual([1, 5, 10, 25, 50, 100]);
    expect(chosen?.path.length).toBeLessThan(6);
    expect(chosen?.path.at(-1)).toBe(100);
    expect(chosen?.takes).toBeLessThan((written?.takes ?? 0) - 3 * MINUTE);
  });

  it("has the last step's time in it once, and no other step waits for that", () => {
    const watched = steps.map((step) => (step.weight === 100 ? { ...step, bake: 60 * MINUTE } : step));
    expect((of(true, watched)?.takes ?? 0) - (of(true)?.takes ?? 0)).toBe(59 * MINUTE);
  });
});
