import { describe, expect, it } from "vitest";
import type { Rollout } from "../../src/config/types.ts";
import { choosesFirst } from "../../src/release/exposure.ts";
import { at, MINUTE, Story } from "./world.ts";

/** As `steps: auto` gives them. */
const auto = {
  auto: true,
  steps: [1, 5, 10, 25, 50, 100].map((weight) => ({
    weight,
    routes: [],
    bake: 5 * MINUTE,
    approval: false,
  })),
};

/** Adopted, then made ready, then version v2 merged. */
function shipped(ready: (story: Story) => void, change: Partial<Rollout> = {}): Story {
  const story = new Story({ ...auto, ...change });
  story.rest();
  ready(story);
  story.canary = "v2";
  story.rest();
  return story;
}

function texts({ timeline }: { timeline: readonly { text: string }[] }): readonly string[] {
  return timeline.map(({ text }) => text);
}

describe("with `steps: auto` a release", () => {
  it("goes as high as the evidence allows, when it has baked, and says what it skipped", () => {
    const story = at(1, auto);
    story.advance = 25;
    story.pass(4);
    expect(story.percent).toBe(1);
    story.pass(3);
    expect(story.percent).toBe(25);
    expect(texts(story.release)).toContain("1 % → 25 %, skipping 5 %, 10 %: error rate says pass");
    story.advance = 100;
    story.pass(7);
    expect(story.percent).toBe(100);
    story.pass(30);
    expect(story.state?.last?.outcome).toBe("promoted");
    expect(story.moves.map(({ to }) => to)).toEqual([1, 25, 100, 0]);
  });

  it("takes the next step where the evidence reaches no farther", () => {
    const story = at(1, auto);
    story.pass(7);
    expect(story.percent).toBe(5);
    expect(texts(story.release)).toContain("1 % → 5 %: error rate says pass");
  });

  it("never rises without a pass", () => {
    const story = at(1, auto);
    story.advance = 50;
    story.verdict = "inconclusive";
    story.pass(20);
    expect(story.percent).toBe(1);
    expect(story.release.hold).toMatchObject({ kind: "evidence", reason: "inconclusive" });
  });

  it("chooses its first weight by the traffic", () => {
    const story = shipped((before) => {
      before.advance = 25;
    });
    expect(story.percent).toBe(25);
    expect(texts(story.release)).toContain("First step: 25 %, skipping 1 %, 5 %, 10 %: error rate says pass");
  });

  it("waits with its first weight until metrics answer", () => {
    const story = shipped((before) => {
      before.verdict = "unavailable";
    });
    story.pass(20);
    expect(story.percent).toBe(0);
    expect(story.release.hold).toMatchObject({ kind: "evidence", reason: "unavailable" });
    story.verdict = "pass";
    story.pass(1);
    expect(story.percent).toBe(1);
  });

  it("is taken back when they do not answer in time", () => {
    const story = shipped((before) => {
      before.verdict = "unavailable";
    });
    story.pass(40);
    expect(story.state?.last?.outcome).toBe("rolled-back");
    expect(story.moves).toEqual([]);
    expect(story.canary).toBe("v1");
  });

  it("asks no metrics before its window opens, however long that takes", () => {
    const windows = [{ days: [1], from: 12 * 60, to: 13 * 60, zone: "UTC", text: "Mon 12:00-13:00 UTC" }];
    const story = shipped(
      (before) => {
        before.verdict = "unavailable";
      },
      { windows },
    );
    story.pass(100);
    expect(story.release.hold).toMatchObject({ kind: "person", reason: "window" });
    expect(choosesFirst(story.rollout, story.release)).toBe(false);
    story.verdict = "pass";
    story.pass(21);
    expect(story.percent).toBe(1);
  });

  it("goes back to a weight at which the sides can be compared, and climbs again", () => {
    const story = at(1, auto);
    story.advance = 100;
    story.pass(7);
    story.retreat = 25;
    story.pass(3);
    expect(story.percent).toBe(25);
    story.retreat = null;
    story.pass(7);
    expect(story.percent).toBe(100);
  });

  it("goes on from a weight set by hand", () => {
    const story = at(1, auto);
    story.say("30").say("resume");
    expect(story.release.step).toBe(3);
    story.advance = 100;
    story.pass(7);
    expect(story.percent).toBe(100);
    expect(texts(story.release)).toContain("30 % → 100 %, skipping 50 %: error rate says pass");
  });
});

describe("with a holdback a release", () => {
  const steps = [10, 95].map((weight) => ({ weight, routes: [], bake: 5 * MINUTE, approval: false }));

  it("is promoted from its last weight, with no step to 100", () => {
    const story = at(95, { steps });
    story.pass(4);
    expect(story.stable).toBe("v1");
    story.pass(30);
    expect(story.state?.last?.outcome).toBe("promoted");
    expect(story.stable).toBe("v2");
    expect(story.moves.map(({ to }) => to)).toEqual([10, 95, 0]);
  });

  it("stays where it is when it fails while it is promoted", () => {
    const story = at(95, { steps });
    story.pass(7);
    expect(story.release.phase).toBe("promoting");
    story.verdict = "fail";
    story.pass(1);
    expect(story.percent).toBe(95);
    expect(story.release.hold?.detail).toContain(
      ". 95 % stays on the canary; `promote` goes on all the same",
    );
  });

  it("is brought to its last weight by `promote`, with the guards on", () => {
    const story = at(10, { steps });
    story.say("promote");
    expect(story.percent).toBe(95);
    expect(story.release.phase).toBe("stepping");
    story.verdict = "fail";
    story.pass(3);
    expect(story.percent).toBe(0);
  });
});
