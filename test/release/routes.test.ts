import { describe, expect, it } from "vitest";
import type { ManagedRoute, Rollout, Step } from "../../src/config/types.ts";
import { legalCommands } from "../../src/release/legal.ts";
import { MINUTE, released, type Story } from "./world.ts";

const testers: ManagedRoute = {
  kind: "header",
  name: "testers",
  match: [{ in: "header", name: "x-tester", value: { how: "exact", text: "yes" } }],
};
const shadow: ManagedRoute = { kind: "mirror", name: "shadow", percent: 10 };
const step = (weight: number, ...routes: readonly ManagedRoute[]): Step => ({
  weight,
  routes,
  bake: 5 * MINUTE,
  approval: false,
});
const LADDER = [step(0, testers), step(10, testers), step(50), step(100)];
const names = (story: Story) => story.routes.map(({ name }) => name);
const start = (change: Partial<Rollout> = {}) => released({ steps: LADDER, ...change });

describe("a step with a header route", () => {
  it("shows the canary to chosen requests before it has weight, and bakes like any other", () => {
    const story = start();
    expect([story.percent, names(story)]).toEqual([0, ["testers"]]);
    expect(story.log).toContain("First step: 0 %, header route testers set");
    story.pass(4);
    expect(story.percent).toBe(0);
    story.pass(2);
    expect([story.percent, names(story)]).toEqual([10, ["testers"]]);
  });

  it("is not left before its verdict", () => {
    const story = start();
    story.verdict = "inconclusive";
    story.pass(10);
    expect([story.percent, story.release.hold?.reason]).toEqual([0, "inconclusive"]);
  });

  it("is taken away by the step that no longer has it", () => {
    const story = start().pass(12);
    expect([story.percent, names(story)]).toEqual([50, []]);
    expect(story.log.join("\n")).toContain("10 % → 50 %, header route testers taken away");
  });

  it("fails into a rollback that takes the route away, though there never was a weight", () => {
    const story = start();
    story.pass(1);
    story.verdict = "fail";
    story.pass(5);
    expect(story.pulls).toHaveLength(1);
    expect([story.percent, names(story)]).toEqual([0, []]);
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });

  it("waits for the way down to be live, though no weight says so", () => {
    const story = start().pass(1);
    story.follows = false;
    story.say("rollback");
    expect(names(story)).toEqual([]);
    expect(story.state?.release?.phase).toBe("returning");
    story.follows = true;
    story.pass(1);
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });

  it("holds when a person takes the route out, and begins anew when told to go on", () => {
    const story = start().pass(1);
    story.routes = [];
    story.pass(1);
    expect(story.release.hold).toMatchObject({
      reason: "hand-edit",
      detail: expect.stringContaining("no longer has the header route testers"),
    });
    story.say("resume");
    expect(story.answer).toMatch(/^done/);
    expect([story.percent, names(story), story.release.step]).toEqual([0, ["testers"], 0]);
  });

  it("holds when somebody edits it or what it was made from, goes on with it when told so, and takes it away in the end", () => {
    const story = start().pass(6);
    expect(story.percent).toBe(10);
    story.touch();
    story.pass(1);
    expect(story.release.hold).toMatchObject({
      reason: "hand-edit",
      detail: expect.stringContaining("is not as Sluice would write it now"),
    });
    story.say("resume");
    expect([story.release.accepted, story.release.routes]).toEqual([["testers"], [testers]]);
    story.pass(60);
    expect([story.state?.last?.outcome, story.routes, story.touched]).toEqual(["promoted", [], []]);
  });

  it("holds again when an edited route that somebody said to go on with is taken out", () => {
    const story = start().pass(6);
    story.touch();
    story.pass(1).say("resume");
    expect([story.release.accepted, story.release.hold]).toEqual([["testers"], null]);
    story.touched = [];
    story.pass(1);
    expect(story.release.hold).toMatchObject({
      reason: "hand-edit",
      detail: expect.stringContaining("no longer has the header route testers"),
    });
  });

  it("takes an edited route away when its version fails or is taken back", () => {
    for (const end of ["fail", "back"]) {
      const story = start().pass(1);
      story.touch();
      if (end === "fail") story.verdict = "fail";
      else story.canary = "v1";
      story.pass(3);
      if (story.state?.release) story.say("rollback").pass(3);
      expect([story.state?.last !== null, story.touched, story.routes]).toEqual([true, [], []]);
    }
  });

  it("goes with `/canary 0`, and has to prove itself again after `resume`", () => {
    const story = start().pass(1).say("0");
    expect([story.percent, names(story)]).toEqual([0, []]);
    story.say("resume");
    expect([story.release.step, names(story)]).toEqual([0, ["testers"]]);
  });

  it("keeps its route under a weight set by hand, and is not skipped after a pause", () => {
    const story = start().pass(1).say("pause").say("resume");
    expect([story.release.step, story.percent]).toEqual([0, 0]);
    story.say("25");
    expect([story.percent, names(story)]).toEqual([25, ["testers"]]);
  });

  it("loses its route with the jump to the end", () => {
    const story = start().pass(1).say("promote");
    expect([story.percent, names(story)]).toEqual([100, []]);
  });

  it("leaves nothing behind when its version is taken back", () => {
    const story = start().pass(1);
    story.canary = "v1";
    story.pass(5);
    expect([story.percent, names(story), story.state?.last?.outcome]).toEqual([0, [], "cancelled"]);
  });
});

it("a ladder with a mirror ends promoted, without it", () => {
  const story = start({ steps: [step(0, shadow), step(50), step(100)] });
  expect(story.log).toContain("First step: 0 %, mirror shadow of 10 % set");
  story.pass(40);
  expect([story.percent, names(story), story.state?.last?.outcome]).toEqual([0, [], "promoted"]);
});

it("a mirror is not taken to 100 % by hand", () => {
  const story = start({ steps: [step(10, shadow), step(50), step(100)] })
    .pass(1)
    .say("100");
  expect(story.answer).toMatch(/^refused: While requests are mirrored/);
});

it("a route that cannot be taken away keeps the release open, however it ended, until somebody says so", () => {
  const story = start().pass(1);
  story.canary = "v1";
  story.stuck = [testers];
  story.pass(3);
  expect(story.release.hold).toMatchObject({
    reason: "bypass",
    detail: expect.stringContaining("header route testers"),
  });
  story.say("resume");
  expect(story.state?.last?.outcome).toBe("cancelled");
});

describe("a route of the team's own that reaches the canary whatever the weights", () => {
  const failed = (revert: boolean) => {
    const story = released({ rollback: { ...ROLLBACK, revert } }).pass(1);
    story.bypasses = ["mesh/checkout.yaml:12: http[0] sends every request that match mobile to the canary"];
    story.verdict = "fail";
    return story.pass(5);
  };

  it("keeps a failed release open while the failed version is there", () => {
    const story = failed(false);
    expect([story.percent, story.release.hold?.reason]).toEqual([0, "bypass"]);
    expect(story.release.hold?.detail).toContain("http[0] sends every request");
    story.pass(60);
    expect(story.state?.release?.hold?.reason).toBe("bypass");
  });

  it("is no matter once the workload is as it was", () => {
    expect(failed(true).state?.last?.outcome).toBe("rolled-back");
  });

  it("lets the release end when it is gone", () => {
    const story = failed(false);
    story.bypasses = [];
    story.pass(1);
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });

  it("or when a person says so", () => {
    const story = failed(false);
    expect(story.state && legalCommands(story.state, story.rollout, story.now)).toEqual(["/canary resume"]);
    story.say("resume");
    expect([story.state?.last?.outcome, story.answer]).toEqual([
      "rolled-back",
      expect.stringMatching(/^done: Resumed by bea/),
    ]);
  });
});

const ROLLBACK = {
  merge: "auto",
  revert: true,
  traffic: "with-merge",
  deadline: 30_000,
  bypass: "hold",
} as const;
