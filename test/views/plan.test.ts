import { describe, expect, test } from "vitest";
import { planCheck } from "../../src/views/plan.ts";
import type { PlanView, RolloutPlan } from "../../src/views/plan-view.ts";
import { mesh, release, rollout } from "./fixtures.ts";

const changed = (from: number, to: number) => [
  "@@ -13,5 +13,5 @@",
  "         - destination: { host: checkout, subset: stable }",
  `-          weight: ${100 - from} # percent`,
  `+          weight: ${100 - to} # percent`,
  "         - destination: { host: checkout, subset: canary }",
  `-          weight: ${from}`,
  `+          weight: ${to}`,
];

const plan = (change: Partial<RolloutPlan> = {}): RolloutPlan => ({
  rollout,
  unread: null,
  ships: true,
  images: [
    { container: "app", from: "ghcr.io/acme/checkout:v1.8.2", to: "ghcr.io/acme/checkout:v1.9.0" },
    { container: "proxy", from: "ghcr.io/acme/proxy:2", to: "ghcr.io/acme/proxy:2" },
  ],
  steps: {
    ok: true,
    rungs: rollout.steps.map(({ weight }, index) => ({
      percent: weight,
      targets: [mesh(100 - weight, weight)],
      diffs: [{ file: "mesh/checkout.yaml", lines: changed(rollout.steps[index - 1]?.weight ?? 0, weight) }],
    })),
  },
  running: null,
  adopts: false,
  nextStart: null,
  weightsNow: [mesh(100, 0)],
  typical: { takes: 31 * 60_000 + 12_000, of: 5 },
  present: [
    { name: "error rate", limit: "5 %", now: "0.31 %", state: "met", words: "" },
    { name: "p99 latency", limit: "500 ms", now: "about 212 ms", state: "met", words: "" },
    {
      name: "sum(rate(overflow_total[1m])) or vector(0)",
      limit: "at most 0",
      now: "3",
      state: "broken",
      words: "",
    },
  ],
  notes: [],
  ...change,
});
const one = (change: Partial<RolloutPlan> = {}): PlanView => ({ problems: [], rollouts: [plan(change)] });

const refusedSteps = {
  ok: false,
  reason: "25 % of 10 is 2.5; the nearest are 20 % and 30 %, and a sum of 100 would do.",
} as const;
const manual = { ...rollout, on: { kind: "command" } as const };
const deployed = {
  ...rollout,
  on: { kind: "deployment", environment: "production", when: "success" } as const,
};
const problem = {
  file: ".github/sluice.yaml",
  line: 12,
  column: 7,
  code: "unknown-key",
  message: "Unknown key `setWieght`. Did you mean `setWeight`?",
};

const VIEWS: Readonly<Record<string, PlanView>> = {
  ships: one(),
  scheduled: one({
    rollout: { ...rollout, on: { kind: "schedule", cron: "0 9 * * 1-5", zone: "Europe/Berlin" } },
    nextStart: Date.UTC(2026, 11, 1, 8),
    notes: [
      "A freeze begins 2026-12-20 17:00:00 UTC (holidays): from then until 2027-01-01 no weight rises.",
    ],
  }),
  running: one({ running: release() }),
  restart: one({ rollout: { ...rollout, supersede: "restart" }, running: release() }),
  "weight-at-rest": one({ weightsNow: [mesh(90, 10)] }),
  "not-whole": one({ steps: refusedSteps }),
  gated: one({
    rollout: {
      ...rollout,
      gates: [{ kind: "check", name: "build" }],
      steps: rollout.steps.map((step) =>
        step.weight === 25 ? { ...step, gates: [{ kind: "hook", name: "loadtest" }] } : step,
      ),
    },
  }),
  nothing: one({ ships: false, present: [] }),
  adopts: one({ ships: false, adopts: true, weightsNow: [mesh(90, 10)], present: [] }),
  "adopts-at-rest": one({ ships: false, adopts: true, present: [] }),
  unread: one({ ships: false, unread: "More than 100 files would have to be read, so none was." }),
  problems: { problems: [problem], rollouts: [] },
};

describe("the plan check", () => {
  test.each(Object.entries(VIEWS))("%s reads as its golden page", async (name, view) => {
    const { title, conclusion, summary } = planCheck(view);
    await expect(`${conclusion}: ${title}\n\n${summary}\n`).toMatchFileSnapshot(`golden/plan-${name}.txt`);
  });

  test("is called sluice", () => {
    expect(planCheck(one()).name).toBe("sluice");
  });

  test("passes what may be merged and fails what may not", () => {
    const conclusions = Object.entries(VIEWS).map(([name, view]) => [name, planCheck(view).conclusion]);
    expect(Object.fromEntries(conclusions)).toEqual({
      ships: "success",
      gated: "success",
      scheduled: "success",
      running: "failure",
      restart: "success",
      "weight-at-rest": "failure",
      "not-whole": "failure",
      nothing: "success",
      adopts: "success",
      "adopts-at-rest": "success",
      unread: "neutral",
      problems: "failure",
    });
  });

  test("a running release is no obstacle to a pull request that ships nothing", () => {
    expect(planCheck(one({ ships: false, running: release() })).conclusion).toBe("success");
  });

  test("says in its title what comes next", () => {
    expect(planCheck(one()).title).toBe(
      "Merging starts checkout: 10 → 25 → 50 → 100 % · then /canary approve at 50 %",
    );
    expect(planCheck(one({ rollout: manual })).title).toBe(
      "Merging ships checkout: 10 → 25 → 50 → 100 % · then /canary checkout start",
    );
    expect(planCheck(one({ rollout: deployed })).title).toContain("starts with a deployment to production");
    expect(planCheck({ problems: [], rollouts: [] }).title).toBe("Nothing to do: no new canary version");
  });

  test("puts problems where they are", () => {
    expect(planCheck(VIEWS["problems"] ?? one()).annotations).toEqual([
      { path: problem.file, line: 12, message: problem.message },
    ]);
  });

  test("gives GitHub at most fifty annotations and lists the rest", () => {
    const check = planCheck({ problems: Array.from({ length: 70 }, () => problem), rollouts: [] });
    expect(check.annotations).toHaveLength(50);
    expect(check.summary.match(/setWieght/g)).toHaveLength(70);
  });
});
