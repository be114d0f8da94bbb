import { describe, expect, it } from "vitest";
import { at, MINUTE, released, Story } from "./world.ts";

/** `delivery: pull-request`: each change waits in a pull request, and is judged for as long as it waits. */

const PULLS = { delivery: "pull-request" } as const;

/** The first step is proposed, and a rule of the branch keeps the bot from merging it. */
function proposed(): Story {
  const story = released(PULLS);
  story.forbidden.add("merge-proposal");
  return story;
}

/** At a weight that a person merged, with the next one proposed and not merged. */
function waiting(percent: number): Story {
  const story = at(percent, PULLS);
  story.forbidden.add("merge-proposal");
  for (let i = 0; i < 40 && story.state?.proposal == null; i++) story.pass(1);
  expect(story.proposals.at(-1)).toMatchObject({ state: "open" });
  return story;
}

const open = (story: Story) => story.proposals.filter(({ state }) => state === "open").length;

describe("delivery: pull-request", () => {
  it("takes each step, the copy and the way back by one pull request each, where nothing forbids their merge", () => {
    const story = released(PULLS);
    story.pass(60);
    expect(story.moves.map(({ to }) => to)).toEqual([10, 25, 50, 100, 0]);
    expect(story.proposals).toHaveLength(6);
    expect(story.state?.last?.outcome).toBe("promoted");
  });

  it("waits for the merge and goes on from it, whoever merges", () => {
    const story = waiting(10);
    story.pass(120);
    expect(story.percent).toBe(10);
    expect(story.proposals).toHaveLength(2);
    story.mergeProposal("ada");
    story.pass(1);
    expect(story.release).toMatchObject({ step: 1, shift: { percent: 25, commit: "merge of 201" } });
    expect(story.release.timeline.map(({ text }) => text)).toContain("#201 merged by ada: canary at 25 %");
  });

  it("tries the merge again once GitHub says that nothing forbids it", () => {
    const story = waiting(10);
    story.forbidden.clear();
    story.pass(30);
    expect(story.percent).toBe(10);
    Object.assign(story.proposals.at(-1) ?? {}, { mergeable: true });
    story.pass(2);
    expect(story.percent).toBe(25);
  });

  it("takes a closed one as a no, until somebody resumes or rolls back", () => {
    const story = waiting(10);
    story.closeProposal("ada");
    story.pass(60);
    expect(story.release.hold).toMatchObject({ kind: "person", reason: "proposal-closed" });
    expect(story.proposals).toHaveLength(2);
    story.say("resume");
    expect(story.answer).toBe("done: Resumed by bea");
    expect(open(story)).toBe(1);
    story.closeProposal("ada");
    story.pass(1).say("rollback");
    story.pass(5);
    expect(story.state?.last?.outcome).toBe("rolled-back");
    expect(story.percent).toBe(0);
  });

  it("promotes from no weight that was set by hand below the last step, while that step waits by name", () => {
    const story = at(100, PULLS);
    story.say("30").pass(3);
    expect(story.percent).toBe(30);
    story.forbidden.add("merge-proposal");
    story.say("promote").pass(60);
    expect(story.release).toMatchObject({ phase: "stepping", shift: { percent: 30 } });
    expect(story.proposals.at(-1)).toMatchObject({ state: "open", change: { percent: 100 } });
    story.mergeProposal("ada");
    story.forbidden.clear();
    story.pass(60);
    expect(story.state?.last?.outcome).toBe("promoted");
    expect(story.moves.map(({ to }) => to).slice(-3)).toEqual([30, 100, 0]);
  });

  it("closes it when the release fails, and opens none afterwards", () => {
    const story = waiting(25);
    story.verdict = "fail";
    story.pass(10);
    expect(story.proposals.at(-1)).toMatchObject({ state: "closed", by: null });
    expect(story.percent).toBe(0);
    expect(story.state?.last?.outcome).toBe("rolled-back");
    expect(Math.max(...story.moves.map(({ to }) => to))).toBe(25);
  });

  it("brings the traffic back although somebody merged it at the last moment", () => {
    const story = waiting(25);
    story.verdict = "fail";
    story.justBeforeClosing = () => story.mergeProposal("ada");
    story.pass(10);
    expect(story.moves.map(({ to }) => to)).toEqual([10, 25, 50]);
    expect(story.percent).toBe(0);
    expect(story.state?.last?.outcome).toBe("rolled-back");
  });

  it("is not merged while a person holds the release or evidence is missing, and stays open", () => {
    for (const trouble of ["paused", "unavailable"] as const) {
      const story = waiting(10);
      if (trouble === "paused") story.say("pause");
      else story.verdict = "unavailable";
      story.forbidden.clear();
      Object.assign(story.proposals.at(-1) ?? {}, { mergeable: true });
      story.pass(10);
      expect(story.percent).toBe(10);
      expect(open(story)).toBe(1);
      if (trouble === "paused") story.say("resume");
      else story.verdict = "pass";
      story.pass(2);
      expect(story.percent).toBe(25);
      expect(story.proposals).toHaveLength(2);
    }
  });

  it("is overtaken by an edit of its files: it is closed, and what is there is a person's", () => {
    const story = waiting(10);
    story.edit(30);
    story.pass(5);
    expect(open(story)).toBe(0);
    expect(story.release.hold?.reason).toBe("hand-edit");
    story.say("resume");
    story.pass(20);
    expect(open(story)).toBe(1);
  });

  it("an edit that changes no weight has it proposed anew on what is there now", () => {
    const story = waiting(10);
    story.file = "with a remark";
    story.pass(1);
    expect(story.proposals.map(({ state }) => state)).toEqual(["merged", "closed", "open"]);
  });

  it("a weight by name stays a person's once it is merged", () => {
    const story = waiting(10);
    story.say("50");
    expect(story.proposals.at(-1)).toMatchObject({ state: "open", ordered: "bea" });
    expect(open(story)).toBe(1);
    story.say("resume").pass(10);
    expect(open(story)).toBe(1);
    story.mergeProposal("ada");
    story.pass(30);
    expect(story.percent).toBe(50);
    expect(story.release.hold?.reason).toBe("manual-weight");
  });

  it("a freeze keeps it from being merged, whoever ordered it, until it ends", () => {
    for (const named of [false, true]) {
      const story = waiting(10);
      if (named) story.say("50");
      const until = story.now + 30 * MINUTE;
      story.rollout = { ...story.rollout, freezes: [{ from: story.now, until, reason: null }] };
      story.forbidden.clear();
      Object.assign(story.proposals.at(-1) ?? {}, { mergeable: true });
      story.pass(20);
      expect(story.percent).toBe(10);
      expect(open(story)).toBe(1);
      story.pass(11);
      expect(story.percent).toBe(named ? 50 : 25);
    }
  });

  it("a rollback by name closes it and is not delayed by it", () => {
    const story = waiting(10);
    story.say("rollback");
    expect(story.proposals.at(-1)).toMatchObject({ state: "closed" });
    expect(story.percent).toBe(0);
  });

  it("a failing promotion closes the copy that waits", () => {
    const story = waiting(100);
    expect(story.proposals.at(-1)?.change.kind).toBe("copy-images");
    story.verdict = "fail";
    story.pass(1);
    expect(open(story)).toBe(0);
    expect(story.release.hold?.reason).toBe("promotion-failed");
  });

  it("another version while it waits leaves it behind", () => {
    const story = proposed();
    story.canary = "v3";
    story.file = "v3";
    story.pass(1);
    expect(open(story)).toBe(0);
    expect(story.release.hold?.reason).toBe("superseded");
  });

  it("at rest nothing starts before canary weight 0 is merged", () => {
    const story = new Story(PULLS, [{ stable: 60, canary: 40 }]);
    story.forbidden.add("merge-proposal");
    story.rest();
    expect(open(story)).toBe(1);
    story.say("start");
    expect(story.answer).toMatch(/^refused: At rest the canary has weight 0: #200 must be merged first/);
    story.closeProposal("ada");
    story.rest();
    expect(story.state?.hold?.reason).toBe("proposal-closed");
    story.say("resume");
    expect(open(story)).toBe(1);
    story.mergeProposal("ada");
    story.rest();
    expect(story.state).toMatchObject({ proposal: null, hold: null, release: null });
  });
});
