import { describe, expect, it } from "vitest";
import { at, rollout, type Story } from "./world.ts";

const manual = { ...rollout.rollback, merge: "manual" as const };

function failed(story: Story): Story {
  story.verdict = "fail";
  story.rest();
  return story;
}

describe("a failure", () => {
  it("opens one PR, merges it at once and ends rolled back, with the workload as it was", () => {
    const story = failed(at(25));
    expect(story.pulls).toMatchObject([{ state: "merged" }]);
    expect(story.percent).toBe(0);
    expect(story.canary).toBe("v1");
    expect(story.ended[0]?.timeline.map(({ text }) => text).join("\n")).toMatch(
      /Failed at 25 %: error rate says fail/,
    );
    expect(story.state).toMatchObject({ release: null, last: { outcome: "rolled-back" } });
  });

  it("whose merge is refused is followed by a direct commit of weight 0 after the deadline", () => {
    const story = at(25);
    story.forbidden.add("merge-rollback");
    failed(story);
    expect(story.percent).toBe(25);
    story.pass(0.5);
    expect(story.percent).toBe(0);
    expect(story.pulls.map(({ state }) => state)).toEqual(["open"]);
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });

  it("says what keeps the pull request from its merge, not what keeps the weights from a commit, where both are", () => {
    const story = at(25);
    story.forbidden.add("merge-rollback").add("set-weights");
    story.rule = "main asks for a review";
    failed(story);
    story.rule = "nobody may push to main";
    story.pass(1);
    expect(story.release.rollback).toMatchObject({ direct: "refused", blocked: "main asks for a review" });
  });

  it("closes the PR as fulfilled when nothing remains for it", () => {
    const story = at(25, { rollback: { ...rollout.rollback, revert: false } });
    story.forbidden.add("merge-rollback");
    failed(story).pass(1);
    expect(story.pulls.map(({ state }) => state)).toEqual(["closed"]);
  });

  it("that nothing may write shouts, and is tried again on resume", () => {
    const story = at(25);
    story.forbidden.add("merge-rollback").add("set-weights");
    failed(story).pass(60);
    expect(story.release.hold?.reason).toBe("blocked");
    expect(story.percent).toBe(25);
    story.forbidden.clear();
    story.say("resume");
    expect(story.percent).toBe(0);
    expect(story.pulls.map(({ state }) => state)).toEqual(["merged"]);
  });

  it("with merge: manual waits for a person; with traffic: immediate not even the traffic does", () => {
    const story = failed(at(25, { rollback: manual })).pass(60);
    expect(story.percent).toBe(25);
    story.merge("dan");
    story.rest();
    expect(story.state?.last?.outcome).toBe("rolled-back");
    const quick = failed(at(25, { rollback: { ...manual, traffic: "immediate" } }));
    expect(quick.percent).toBe(0);
    expect(quick.pulls.map(({ state }) => state)).toEqual(["open"]);
  });

  it("does not set back in a later try what somebody changed since the first", () => {
    const story = at(25);
    story.forbidden.add("open-rollback").add("set-weights");
    story.verdict = "fail";
    story.pass(5);
    expect(story.release.hold?.reason).toBe("blocked");
    expect(story.release.rollback?.restore).toHaveProperty("apps/canary.yaml");
    story.canary = "v3";
    story.forbidden.clear();
    story.say("resume").pass(1);
    expect(story.pulls[0]?.restore).toEqual({});
    expect(story.percent).toBe(0);
  });

  it("with merge: manual and no way to open the PR says so, and rollback brings the traffic back", () => {
    const story = at(25, { rollback: manual });
    story.forbidden.add("open-rollback");
    failed(story).pass(10);
    expect(story.release.hold).toMatchObject({ reason: "blocked" });
    story.say("rollback");
    expect(story.percent).toBe(0);
  });

  it("holds when a person closes the PR; it does not open another, and rollback by name goes to 0", () => {
    const story = failed(at(25, { rollback: manual }));
    story.close("dan");
    story.pass(60);
    expect(story.release.hold?.reason).toBe("rollback-closed");
    expect(story.say("resume").answer).toMatch(/^refused: After a failure/);
    story.say("rollback");
    expect(story.percent).toBe(0);
    expect(story.pulls).toHaveLength(1);
  });

  it("goes on when a person merges the PR while it is paused", () => {
    const story = failed(at(25).say("pause"));
    story.merge("dan");
    story.rest();
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });

  it("under a hand edit opens the PR but does not merge it; weight 0 by hand ends it", () => {
    const story = at(25).edit(30);
    failed(story).pass(60);
    expect(story.pulls.map(({ state }) => state)).toEqual(["open"]);
    expect(story.percent).toBe(30);
    story.edit(0).rest();
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });

  it("waiting for an approval does not stop the merge", () => {
    const steps = rollout.steps.map((step) => ({ ...step, approval: true }));
    const story = at(10, { steps }).pass(10);
    expect(story.release.hold?.reason).toBe("approval");
    expect(failed(story).pulls.map(({ state }) => state)).toEqual(["merged"]);
  });

  it("weights edited during a rollback that was asked for by name are not overwritten", () => {
    const story = at(25);
    story.forbidden.add("merge-rollback");
    story.say("rollback").edit(40).pass(10);
    expect(story.percent).toBe(40);
    story.say("rollback");
    expect(story.percent).toBe(0);
  });
});

describe("a rollback by name", () => {
  it("before the first step reverts the workload by a merged PR", () => {
    const story = at(10).say("0").say("rollback");
    expect(story.pulls.map(({ state }) => state)).toEqual(["merged"]);
    expect(story.canary).toBe("v1");
  });

  it("opens no PR when there is nothing to take back", () => {
    const story = at(10, { rollback: { ...rollout.rollback, revert: false } })
      .say("0")
      .say("rollback");
    expect(story.pulls).toHaveLength(0);
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });
});

describe("a promotion", () => {
  it("copies the images, gives stable its time, then returns the canary to 0", () => {
    const story = at(100).pass(5);
    expect([story.stable, story.percent]).toEqual(["v2", 100]);
    story.pass(4.5);
    expect(story.percent).toBe(100);
    story.pass(0.5);
    expect(story.percent).toBe(0);
    expect(story.state?.last?.outcome).toBe("promoted");
  });

  it("that fails meanwhile stays at 100 and holds, whatever the numbers say later", () => {
    const story = failed(at(100).pass(6));
    story.verdict = "pass";
    story.say("pause").say("resume").pass(60);
    expect(story.percent).toBe(100);
    expect(story.release.hold?.reason).toBe("promotion-failed");
    story.say("promote").pass(6);
    expect(story.state?.last?.outcome).toBe("promoted");
  });

  it("that fails can be rolled back, stable's file included", () => {
    const story = failed(at(100).pass(6)).say("rollback");
    expect([story.stable, story.canary, story.percent]).toEqual(["v1", "v1", 0]);
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });

  it("whose return nobody sees live ends after the limit and says so", () => {
    const story = at(100).pass(9.5);
    story.follows = false;
    story.pass(50);
    expect(story.ended[0]?.timeline.at(-1)?.text).toMatch(
      /promoted: canary weight 0 is committed, but was not seen live/,
    );
  });
});

it("a timeline is bounded", () => {
  const story = at(10);
  for (let i = 0; i < 50; i++) story.say("pause").say("resume");
  expect(story.release.timeline).toHaveLength(60);
});
