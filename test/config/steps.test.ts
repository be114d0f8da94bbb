import { describe, expect, it } from "vitest";
import { problemsWith, rolloutWith } from "./helpers.ts";

const fold = (steps: string, bake = "1m") => rolloutWith({ steps: `[${steps}]`, bake }).steps;
const flaws = (steps: string) =>
  problemsWith({ steps: `[${steps}]` }).map(({ code, message }) => `${code}: ${message}`);

describe("a ladder", () => {
  it("gives each weight the pauses that follow it", () => {
    const ladder =
      "{ setWeight: 10 }, { pause: { duration: 5m } }, { pause: { duration: 90s } }, { setWeight: 100 }";
    expect(fold(ladder)).toEqual([
      { weight: 10, routes: [], bake: 390_000, approval: false },
      { weight: 100, routes: [], bake: 60_000, approval: false },
    ]);
  });

  it("bakes for the longer of `bake` and the pauses", () => {
    const ladder = "{ setWeight: 10 }, { pause: { duration: 5m } }, { setWeight: 100 }";
    expect(fold(ladder, "10m").map(({ bake }) => bake)).toEqual([600_000, 600_000]);
  });

  it.each(["pause: {}", "pause: { until: approved }"])("waits for an approval at `%s`", (pause) => {
    expect(fold(`{ setWeight: 50 }, { ${pause} }, { setWeight: 100 }`)).toEqual([
      { weight: 50, routes: [], bake: 60_000, approval: true },
      { weight: 100, routes: [], bake: 60_000, approval: false },
    ]);
  });

  it("can ask for time and approval in one pause, or in two", () => {
    const both = [{ weight: 100, routes: [], bake: 300_000, approval: true }];
    expect(fold("{ setWeight: 100 }, { pause: { duration: 5m, until: approved } }")).toEqual(both);
    expect(fold("{ setWeight: 100 }, { pause: { duration: 5m } }, { pause: {} }")).toEqual(both);
  });

  it("takes fractions of a percent and a percent sign", () => {
    expect(
      fold("{ setWeight: 0.5 }, { setWeight: 5% }, { setWeight: 100% }").map(({ weight }) => weight),
    ).toEqual([0.5, 5, 100]);
  });

  it("may have fifty steps and no more", () => {
    const ladder = (count: number) =>
      Array.from(
        { length: count },
        (_, index) => `{ setWeight: ${index === count - 1 ? 100 : index + 1} }`,
      ).join();
    expect(fold(ladder(50))).toHaveLength(50);
    expect(flaws(ladder(51))).toEqual(["out-of-range: 51 steps are too many: at most 50."]);
  });
});

const HEADER = '{ headerName: x-tester, headerValue: { exact: "yes" } }';
const testers = {
  kind: "header",
  name: "testers",
  match: [{ in: "header", name: "x-tester", value: { how: "exact", text: "yes" } }],
};
const SET = `{ setHeaderRoute: { name: testers, match: [${HEADER}] } }`;
const UNSET = "{ setHeaderRoute: { name: testers } }";
const shapes = (steps: string) => fold(steps).map(({ weight, routes }) => ({ weight, routes }));

describe("a ladder with routes", () => {
  it("may show the canary to chosen requests before it has weight", () => {
    expect(
      shapes(`${SET}, { pause: { duration: 5m } }, { setWeight: 10 }, ${UNSET}, { setWeight: 100 }`),
    ).toEqual([
      { weight: 0, routes: [testers] },
      { weight: 10, routes: [] },
      { weight: 100, routes: [] },
    ]);
  });

  it("keeps a route until a step takes it away", () => {
    expect(shapes(`{ setWeight: 10 }, ${SET}, { setWeight: 50 }, { setWeight: 100 }, ${UNSET}`)).toEqual([
      { weight: 10, routes: [testers] },
      { weight: 50, routes: [testers] },
      { weight: 100, routes: [] },
    ]);
  });

  it("sets routes and a weight in one step when no pause divides them", () => {
    expect(shapes(`${SET}, { setWeight: 10 }, { pause: {} }, { setWeight: 100 }`)).toEqual([
      { weight: 10, routes: [testers] },
      { weight: 100, routes: [testers] },
    ]);
  });

  it("may mirror a share of the requests, and match cookies", () => {
    const cookie = "{ cookieName: beta, cookieValue: { regex: a|b } }";
    const ladder = `{ setMirrorRoute: { name: shadow, percentage: 20 } }, { setHeaderRoute: { name: beta, match: [${cookie}] } }, { pause: {} }, { setMirrorRoute: { name: shadow } }, { setWeight: 100 }`;
    const beta = {
      kind: "header",
      name: "beta",
      match: [{ in: "cookie", name: "beta", value: { how: "regex", text: "a|b" } }],
    };
    expect(shapes(ladder)).toEqual([
      { weight: 0, routes: [{ kind: "mirror", name: "shadow", percent: 20 }, beta] },
      { weight: 100, routes: [beta] },
    ]);
  });

  it("puts a route that is set again in the place of the first", () => {
    const other = SET.replace("yes", "no");
    expect(
      shapes(`${SET}, { pause: {} }, ${other}, { setWeight: 100 }`).map(({ routes }) => routes.length),
    ).toEqual([1, 1]);
  });
});

describe("a ladder with routes is refused", () => {
  it.each([
    [
      "that takes away what does not stand",
      `${UNSET}, { setWeight: 100 }`,
      /There is no route `testers` to take away/,
    ],
    [
      "that uses a name for two things",
      `${SET}, { setMirrorRoute: { name: testers, percentage: 5 } }, { setWeight: 100 }`,
      /is a header route already/,
    ],
    [
      "with a step that shows the canary to nobody",
      `${SET}, { pause: {} }, ${UNSET}, { pause: {} }, { setWeight: 100 }`,
      /shows the canary to nobody/,
    ],
    [
      "that sets a route and takes it away in one step",
      `${SET}, { setWeight: 10 }, ${UNSET}, { setWeight: 100 }`,
      /set and taken away in one step, so it never stands/,
    ],
    [
      "that mirrors at the last weight",
      "{ setMirrorRoute: { name: shadow, percentage: 5 } }, { setWeight: 100 }",
      /At the last weight the canary would get mirrored requests twice/,
    ],
    ["without any weight", `${SET}`, /At least one step is needed/],
    [
      "with a header and a cookie in one match",
      "{ setHeaderRoute: { name: a, match: [{ headerName: x, cookieValue: { exact: y } }] } }, { setWeight: 100 }",
      /^conflict: Write `headerName` with `headerValue`/,
    ],
    [
      "with two ways to compare",
      "{ setHeaderRoute: { name: a, match: [{ headerName: x, headerValue: { exact: y, prefix: z } }] } }, { setWeight: 100 }",
      /^conflict: Write one of `exact`/,
    ],
    [
      "with a header that is none",
      '{ setHeaderRoute: { name: a, match: [{ headerName: ":path", headerValue: { exact: y } }] } }, { setWeight: 100 }',
      /^bad-name: `:path` is no header name/,
    ],
    [
      "with a mirror of some requests only",
      "{ setMirrorRoute: { name: a, percentage: 5, match: [] } }, { setWeight: 100 }",
      /^not-available: `match` is not available/,
    ],
  ])("%s", (_, steps, message) => {
    expect(flaws(steps).join("\n")).toMatch(message);
  });
});

describe("a ladder is refused", () => {
  it.each([
    [
      "that goes down",
      "{ setWeight: 50 }, { setWeight: 25 }, { setWeight: 100 }",
      /^bad-steps: This step goes down to 25 after 50/,
    ],
    [
      "that repeats",
      "{ setWeight: 50 }, { setWeight: 50 }, { setWeight: 100 }",
      /^bad-steps: This step repeats 50 after 50/,
    ],
    [
      "that ends before 100",
      "{ setWeight: 50 }",
      /^bad-steps: The last step is 50: add `- setWeight: 100` at the end/,
    ],
    ["without a step", "", /^bad-steps: At least one step/],
    [
      "that begins with a pause",
      "{ pause: {} }, { setWeight: 100 }",
      /^bad-steps: A pause before the first `setWeight`/,
    ],
    ["with a step to 0", "{ setWeight: 0 }, { setWeight: 100 }", /^bad-steps: A step sets more than 0/],
    ["with a step over 100", "{ setWeight: 101 }", /^out-of-range/],
    ["with a weight that is no number", "{ setWeight: all }", /^bad-percentage/],
    ["with two things in one line", "{ setWeight: 100, pause: {} }", /^conflict: One line holds one/],
    ["with an empty line", "{ }, { setWeight: 100 }", /^conflict: A step is `setWeight`, `setHeaderRoute`/],
    [
      "with a pause of a bare number",
      "{ setWeight: 100 }, { pause: { duration: 10 } }",
      /^wrong-type: A bare number has no unit/,
    ],
    ["with a pause of nothing", "{ setWeight: 100 }, { pause: }", /^wrong-type: Write `pause: {/],
    ["with a pause until something else", "{ setWeight: 100 }, { pause: { until: noon } }", /^unknown-value/],
    ["with a misspelt step", "{ setweight: 100 }", /^unknown-key: .*Did you mean `setWeight`/],
  ])("%s", (_, steps, message) => {
    expect(flaws(steps)[0]).toMatch(message);
  });

  it.each(["analysis", "experiment", "setCanaryScale", "plugin"])(
    "with Argo's `%s`, by name and with the reason",
    (kind) => {
      const problems = problemsWith({ steps: `[{ ${kind}: {} }, { setWeight: 100 }]` });
      expect(problems).toMatchObject([
        { code: "not-available", message: expect.stringContaining(`\`${kind}\``) },
      ]);
    },
  );

  it("as anything but a list or `auto`", () => {
    expect(problemsWith({ steps: "automatic" })).toMatchObject([
      { code: "unknown-value", message: "`automatic` is not known here. Known: `auto`." },
    ]);
    expect(problemsWith({ steps: "5" })).toMatchObject([
      { code: "wrong-type", message: "Write a list of steps, or `auto`." },
    ]);
  });
});

describe("a holdback", () => {
  const ladder = "[{ setWeight: 10 }, { setWeight: 95 }, { pause: { duration: 30m } }]";

  it("ends the ladder where the old version keeps its part", () => {
    expect(rolloutWith({ steps: ladder, holdback: "5%" })).toMatchObject({
      auto: false,
      steps: [
        { weight: 10, bake: 60_000 },
        { weight: 95, bake: 1_800_000 },
      ],
    });
    expect(rolloutWith({ steps: "[{ setWeight: 99.9 }]", holdback: "0.1" }).steps).toMatchObject([
      { weight: 99.9 },
    ]);
  });

  it.each([
    [
      "a last step below 100 without it: somebody may have forgotten the 100",
      { steps: ladder },
      "10:45 bad-steps: The last step is 95: add `- setWeight: 100` at the end, or `holdback: 5%` to the rollout to keep that part of the old version until the release is promoted.",
    ],
    [
      "a last step that leaves another part",
      { steps: ladder, holdback: "10%" },
      "10:45 bad-steps: The last step is 95: with `holdback: 10%` it must be `setWeight: 90`.",
    ],
    [
      "a last step that leaves nothing",
      { steps: "[{ setWeight: 100 }]", holdback: "5%" },
      "10:26 bad-steps: The last step is 100: with `holdback: 5%` it must be `setWeight: 95`.",
    ],
    [
      "more than half",
      { steps: "[{ setWeight: 40 }]", holdback: "60%" },
      "12:15 out-of-range: It must be over 0% and at most 50%: only a small part of the old version is held back.",
    ],
    [
      "nothing",
      { holdback: "0" },
      "12:15 out-of-range: It must be over 0% and at most 50%: only a small part of the old version is held back.",
    ],
  ])("refuses %s", (_, keys, problem) => {
    const [first] = problemsWith(keys);
    expect(`${first?.line}:${first?.column} ${first?.code}: ${first?.message}`).toBe(problem);
  });
});

describe("`steps: auto`", () => {
  const weights = (keys: Readonly<Record<string, string>>) =>
    rolloutWith({ steps: "auto", ...keys }).steps.map(({ weight }) => weight);

  it("is the ladder 1, 5, 10, 25, 50, 100, of which steps may be skipped", () => {
    expect(rolloutWith({ steps: "auto" }).auto).toBe(true);
    expect(weights({})).toEqual([1, 5, 10, 25, 50, 100]);
  });

  it("ends where a holdback says", () => {
    expect(weights({ holdback: "5%" })).toEqual([1, 5, 10, 25, 50, 95]);
    expect(weights({ holdback: "50%" })).toEqual([1, 5, 10, 25, 50]);
  });

  it("bakes at each step, and watches at the last", () => {
    const { steps } = rolloutWith({ steps: "auto", bake: "2m", watch: "30m" });
    expect(steps.map(({ bake }) => bake / 60_000)).toEqual([2, 2, 2, 2, 2, 30]);
    expect(fold("{ setWeight: 10 }, { setWeight: 100 }", "10m").map(({ bake }) => bake / 60_000)).toEqual([
      10, 10,
    ]);
  });

  it("is refused where nothing is weighed", () => {
    const slos = "[{ errorRate: { max: 5%, mode: threshold } }, { mtls: { min: 100% } }]";
    expect(problemsWith({ steps: "auto", slos })).toMatchObject([
      { line: 10, column: 12, code: "conflict", message: expect.stringContaining("no SLO here is weighed") },
    ]);
  });
});

describe("gates", () => {
  const GATES = [
    ['check: "e2e / smoke"', { kind: "check", name: "e2e / smoke" }],
    ["check: sluice-smoke", { kind: "check", name: "sluice-smoke" }],
    ['check: "sluice/smoke"', { kind: "check", name: "sluice/smoke" }],
    ["environment: production", { kind: "environment", name: "production" }],
    ["hook: load-test", { kind: "hook", name: "load-test" }],
  ] as const;

  it.each(GATES)("`%s` is part of the step that it stands in", (written, gate) => {
    expect(fold(`{ setWeight: 10 }, { gate: { ${written} } }, { setWeight: 100 }`)).toEqual([
      { weight: 10, routes: [], bake: 60_000, approval: false, gates: [gate] },
      { weight: 100, routes: [], bake: 60_000, approval: false },
    ]);
  });

  it("stand beside pauses, several in one step, in any order", () => {
    const [step] = fold(
      "{ setWeight: 100 }, { gate: { check: a } }, { pause: {} }, { gate: { hook: b } }, { pause: { duration: 5m } }",
    );
    expect(step).toMatchObject({ bake: 300_000, approval: true });
    expect(step?.gates).toEqual([
      { kind: "check", name: "a" },
      { kind: "hook", name: "b" },
    ]);
  });

  it("before the first step guard the start; a route behind one begins another step", () => {
    const steps =
      "[{ gate: { check: build } }, { setMirrorRoute: { name: m, percentage: 5 } }, { gate: { hook: b } }, { setWeight: 10 }, { setMirrorRoute: { name: m } }, { setWeight: 100 }]";
    const rollout = rolloutWith({ steps });
    expect(rollout.gates).toEqual([{ kind: "check", name: "build" }]);
    expect(rollout.steps.map(({ weight, gates }) => [weight, gates?.length ?? 0])).toEqual([
      [0, 1],
      [10, 0],
      [100, 0],
    ]);
    expect(rolloutWith().gates).toBeUndefined();
  });

  it("ask once in a step, and again in the next", () => {
    expect(flaws("{ setWeight: 100 }, { gate: { hook: a } }, { pause: {} }, { gate: { hook: a } }")).toEqual([
      "bad-steps: This gate is asked already before this step is left. Remove this line.",
    ]);
    fold(
      "{ gate: { hook: a } }, { setWeight: 10 }, { gate: { hook: a } }, { setWeight: 100 }, { gate: { hook: a } }",
    );
  });

  it.each([
    ["{}", /^conflict: A gate is one of `check`, `environment` or `hook`/],
    ["{ check: a, hook: b }", /^conflict: A gate is one of/],
    ["smoke", /^wrong-type: Write `gate: \{ check: "e2e \/ smoke" \}`/],
    ["{ chek: a }", /unknown-key: .*`check`/],
    ["{ hook: Load_Test }", /^bad-name: `Load_Test` is no name of a hook\. .*`GATE_LOAD_TEST_URL`/],
    ["{ hook: load.test }", /^bad-name: `load\.test` is no name of a hook\. Write lower-case letters/],
    ["{ hook: -x }", /^bad-name: /],
    ["{ hook: https://tests.example.com }", /^hook-address: Name a hook that the operator configured/],
    ['{ check: "" }', /^out-of-range: It may not be empty/],
    ["{ check: sluice }", /^bad-name: `sluice` is a name of Sluice's own checks, which never open a gate/],
    ['{ check: "sluice \\/ checkout" }', /^bad-name: `sluice \/ checkout` is a name of Sluice's own/],
  ])("`gate: %s` is refused", (written, problem) => {
    expect(flaws(`{ setWeight: 100 }, { gate: ${written.replaceAll("\\/", "/")} }`).join("\n")).toMatch(
      problem,
    );
  });

  it("alone are no ladder, and none go with `auto`", () => {
    expect(flaws("{ gate: { check: a } }").join("\n")).toMatch(/At least one step is needed/);
    expect(rolloutWith({ steps: "auto" }).gates).toBeUndefined();
  });
});
