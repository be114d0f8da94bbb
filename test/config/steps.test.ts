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
      "that mirrors at 100",
      "{ setMirrorRoute: { name: shadow, percentage: 5 } }, { setWeight: 100 }",
      /get each mirrored request twice/,
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

  it("as `auto`, which is for later", () => {
    expect(problemsWith({ steps: "auto" })).toMatchObject([
      { message: expect.stringContaining("not available yet") },
    ]);
  });
});
