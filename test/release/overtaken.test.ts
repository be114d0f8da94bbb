import { describe, expect, it } from "vitest";
import type { Gate } from "../../src/config/types.ts";
import { at, MINUTE, rollout, Story } from "./world.ts";

const smoke: Gate = { kind: "check", name: "smoke" };
const gatedAt = (weight: number) => ({
  steps: rollout.steps.map((step) => (step.weight === weight ? { ...step, gates: [smoke] } : step)),
});
/** Somebody's word of so many minutes ago comes only now. */
const late = (story: Story, words: string, minutes: number) =>
  story.say(words, "bob", story.now - minutes * MINUTE);
const refusal = /^refused: This was said before .*[^.]\. Look at what is there now, then say it again\.$/;
/** All that somebody said, each a second after the one before, and heard only now. */
const allLate = (story: Story, words: readonly string[], minutes: number) => {
  const then = story.now - minutes * MINUTE;
  const orders = words.map((word, second) => story.order(word, "bob", { yes: true }, then + second * 1000));
  story.orders = [...story.orders, ...orders];
  story.rest();
  return story;
};
/** A version that only a command starts. */
const waiting = () => {
  const story = new Story({ on: { kind: "command" } });
  story.cause = "command";
  story.waiting = "Waiting for `/canary checkout start`.";
  story.rest();
  story.canary = "v2";
  return story.pass(60);
};

describe("a command that is heard after what it would undo or pass over", () => {
  it("does not promote from a weight that another's word has only just set", () => {
    for (const first of ["promote", "100"]) {
      const story = at(10);
      story.orders = [story.order(first, "alice"), story.order("promote", "bob")];
      story.rest();
      expect([story.percent, story.stable, story.release.phase]).toEqual([100, "v1", "stepping"]);
      expect(story.answer).toBe(
        "refused: 100 % is not live yet. Look at what comes of it, then say it again.",
      );
      expect(late(story.pass(1), "promote", 2).answer).toMatch(refusal);
      expect(story.say("promote").release.phase).toBe("promoting");
    }
  });

  it("does not promote in spite of a failure that its author had not seen", () => {
    const failing = at(100);
    failing.lacking = ["container app's env LEVEL"];
    failing.say("promote").pass(5);
    expect(failing.release.hold?.reason).toBe("stable-behind");
    failing.verdict = "fail";
    failing.pass(1);
    expect(failing.release.hold?.reason).toBe("promotion-failed");
    expect(late(failing, "promote", 3).answer).toMatch(refusal);
    expect([failing.release.hold?.reason, failing.release.promotion?.forcedBy]).toEqual([
      "promotion-failed",
      null,
    ]);
    expect(failing.say("promote").answer).toMatch(/^done/);
  });

  it("does not go on without a gate that was not shut, or not yet closed, when it was said", () => {
    const story = at(25, gatedAt(25));
    story.pass(6);
    expect(story.release.hold?.reason).toBe("gate");
    expect(late(story, "approve", 5).answer).toMatch(refusal);
    story.pass(5);
    story.gates = { smoke: "closed" };
    story.pass(1);
    expect(late(story, "approve", 3).answer).toMatch(refusal);
    for (const words of ["promote", "100"]) expect(late(story, words, 3).answer).toMatch(refusal);
    expect(story.percent).toBe(25);
    expect(story.say("approve").percent).toBe(50);
  });

  it("holds a word against what our clock wrote down, by how far that is off", () => {
    const approved = (skew: number, after: number) => {
      const story = at(25, gatedAt(25));
      story.pass(6);
      const said = (story.release.hold?.since ?? 0) + after;
      story.orders = [{ ...story.order("approve", "bob", { yes: true }, said), skew }];
      story.rest();
      return story.answer;
    };
    expect(approved(0, -10_000)).toMatch(refusal);
    expect(approved(-20_000, -10_000)).toMatch(/^done/);
    expect(approved(-20_000, -21_000)).toMatch(refusal);
    expect(approved(20_000, 10_000)).toMatch(refusal);
    // Both of these are by GitHub's clock.
    const paused = at(25).say("pause", "carol");
    paused.orders = [{ ...paused.order("resume", "bob", { yes: true }, paused.now - 10_000), skew: -20_000 }];
    paused.rest();
    expect(paused.answer).toMatch(refusal);
  });

  it("does not go on without a gate that closed, or came, beside one that held already", () => {
    const load: Gate = { kind: "hook", name: "load" };
    const gates = { steps: rollout.steps.map((step) => ({ ...step, gates: [smoke, load] })) };
    const later = (before: Story["gates"], after: Story["gates"]) => {
      const story = new Story(gates);
      story.gates = { smoke: "open", load: "open" };
      story.rest();
      story.canary = "v2";
      story.pass(1);
      story.gates = before;
      story.pass(15);
      story.gates = after;
      story.pass(1);
      return story;
    };
    const from: [Story["gates"], Story["gates"]][] = [
      [
        { smoke: "closed", load: "open" },
        { smoke: "closed", load: "closed" },
      ],
      [
        { smoke: "closed", load: "pending" },
        { smoke: "closed", load: "closed" },
      ],
      [
        { smoke: "pending", load: "open" },
        { smoke: "pending", load: "pending" },
      ],
    ];
    for (const [before, after] of from) {
      const story = later(before, after);
      expect(late(story, "approve", 5).answer).toMatch(refusal);
      expect(story.say("approve").answer).toMatch(/^done/);
    }
    // One that is less in the way than it was has been seen.
    const better = later({ smoke: "closed", load: "closed" }, { smoke: "closed", load: "open" });
    expect(late(better, "approve", 5).answer).toMatch(/^done/);
  });

  it("does not promote without what came to be lacking since", () => {
    const [level, args] = ["container app's env LEVEL", "container app's args"];
    const story = at(100);
    story.lacking = [level];
    story.say("promote").pass(5);
    story.lacking = [level, args];
    story.pass(1);
    expect(late(story, "promote", 3).answer).toMatch(refusal);
    story.lacking = [level];
    story.pass(10);
    // Nothing of what comes in the moment in which it is said.
    story.lacking = [level, args];
    story.say("promote");
    expect(story.release.promotion?.without?.what).toEqual([level]);
    expect(story.release.hold).toMatchObject({ reason: "stable-behind", lacking: [args] });
    story.pass(1).say("promote");
    expect(story.release.promotion?.without?.what).toEqual([level, args]);
  });

  it("does not lift a later freeze or pause, nor set a higher weight over it", () => {
    const story = at(25).say("freeze", "carol").say("pause", "carol");
    for (const words of ["unfreeze", "resume", "50", "promote"])
      expect(late(story, words, 1).answer).toMatch(refusal);
    expect(story.answer).toContain("before carol");
    expect(story.state?.freeze).toMatchObject({ by: "carol" });
    expect(story.release.will).toMatchObject({ kind: "paused", by: "carol" });
    // In the order they were said, however late all of it comes.
    const catching = allLate(at(25), ["pause", "resume", "freeze", "unfreeze"], 10);
    expect(catching.release.will).toBeNull();
    expect(catching.state?.freeze).toBeNull();
  });

  it.each([
    ["a pause", "pause", ["25", "resume"]],
    ["a weight by hand", "25", ["pause", "resume"]],
    ["a weight by hand", "25", ["10", "resume"]],
    ["a pause", "pause", ["10", "25"]],
  ])("does not lift %s of another's by a word that came in between", (_, newer, words) => {
    const story = at(50).say(newer, "carol").pass(5);
    const { percent } = story;
    allLate(story, words, 15);
    expect(story.answer).toMatch(/^refused: This was said before carol /);
    expect(story.release.will).not.toBeNull();
    story.pass(60);
    expect(story.percent).toBeLessThanOrEqual(percent);
    expect(story.say("resume").answer).toMatch(/^done/);
  });

  it("does not lift a pause that was said again since", () => {
    const story = at(25).say("pause", "carol").pass(10).say("pause", "dave").pass(1);
    expect(story.answer).toBe("refused: It is paused already, by carol.");
    expect(late(story, "resume", 5).answer).toMatch(/before dave paused it/);
    expect(story.say("resume").answer).toMatch(/^done/);
  });

  it("does not end a later freeze any sooner", () => {
    const story = at(25).say("freeze", "carol").pass(2);
    expect(late(story, `freeze until ${story.now + 10 * MINUTE}`, 10).answer).toMatch(refusal);
    expect(story.state?.freeze).toMatchObject({ by: "carol", until: null });
    allLate(story, ["freeze", "unfreeze"], 10);
    expect(story.answer).toMatch(/before carol said otherwise/);
    story.pass(60);
    expect(story.percent).toBe(25);
    expect(story.say("unfreeze").answer).toMatch(/^done/);
    // One that lasts longer keeps things down.
    const short = at(25);
    short.say(`freeze until ${short.now + 10 * MINUTE}`, "carol").pass(2);
    expect(late(short, "freeze", 10).state?.freeze).toMatchObject({ by: "bob", until: null });
  });

  it("does not start a version that another planned for another time since, or cancelled", () => {
    const day = 24 * 60 * MINUTE;
    const soon = (story: Story) => `start at ${story.now + 60 * MINUTE}`;
    const planned = waiting();
    const due = planned.now + day;
    planned.say(`start at ${due}`, "carol").pass(1);
    for (const words of ["start", "retry", soon(planned)])
      expect(late(planned, words, 30).answer).toMatch(
        /^refused: This was said before carol planned a start\./,
      );
    expect(planned.state?.planned).toMatchObject({ by: "carol", at: due });
    // What was cancelled may be planned again; not by what was said before.
    expect(late(planned, "cancel", 30).answer).toMatch(/^done/);
    expect(late(planned, soon(planned), 20).answer).toMatch(/before carol said otherwise/);
    expect(planned.state?.planned).toBeNull();
    expect(planned.say(soon(planned)).answer).toMatch(/^done/);
    for (const first of [["cancel"], [`start at ${due}`, "cancel"]]) {
      const cancelled = waiting();
      for (const words of first) cancelled.say(words, "carol");
      cancelled.pass(1);
      for (const words of ["start", soon(cancelled)])
        expect(late(cancelled, words, 30).answer).toMatch(/before carol cancelled what was planned\./);
      cancelled.pass(120);
      expect(cancelled.state?.release).toBeNull();
      expect(cancelled.say("start").release.number).toBe(1);
      expect(cancelled.state?.planning).toBeNull();
    }
  });

  it("does not go on from weights that another set by hand since", () => {
    const story = at(25);
    story.edit(40).pass(2);
    expect(story.release.hold?.reason).toBe("hand-edit");
    expect(late(story, "resume", 5).answer).toMatch(refusal);
    expect(story.percent).toBe(40);
    expect(story.say("resume").answer).toMatch(/^done/);
  });

  it("does not begin a release after one that ended since", () => {
    const story = at(25, { rollback: { ...rollout.rollback, revert: false } })
      .say("rollback")
      .pass(30);
    expect(story.state?.release).toBeNull();
    for (const words of ["retry", "start"]) expect(late(story, words, 31).answer).toMatch(refusal);
    expect(story.say("retry").release.number).toBe(2);
  });

  it("leads down whenever it comes", () => {
    expect(late(at(25).say("pause", "carol"), "10", 1).percent).toBe(10);
    expect(late(at(25).say("pause", "carol"), "rollback", 1).pulls).toHaveLength(1);
    const paused = late(at(25), "pause", 1);
    expect(paused.release.will?.kind).toBe("paused");
  });
});

describe("promoting by name from the last weight", () => {
  it("asks its gates, and names those it passes over on the way", () => {
    const story = at(100, gatedAt(100));
    story.say("promote");
    expect(story.answer).toBe(
      "refused: Not open: check `smoke` (it says pending). Once nothing else is missing, `approve` goes on without that.",
    );
    story.pass(30).say("promote");
    expect(story.answer).toMatch(/^refused: Not open: check `smoke` .*`approve` goes on without it\.$/);
    expect(story.stable).toBe("v1");
    story.gates = { smoke: "open" };
    story.say("promote");
    expect(story.release.timeline.map(({ text }) => text)).toContain(
      "bea promotes; check `smoke` open (it says open)",
    );
    const below = at(25, gatedAt(25)).pass(6).say("promote");
    expect(below.release.timeline.map(({ text }) => text)).toContain(
      "bea promotes: 25 % → 100 %, steps between are skipped, without check `smoke` (it says pending)",
    );
  });
});

describe("of files with different weights", () => {
  it("nobody can tell from all requests which weights they take", () => {
    const targets = ["a", "b"].map((file) => ({ file, stable: "stable", canary: "canary" }));
    const both = [
      { stable: 100, canary: 0 },
      { stable: 100, canary: 0 },
    ];
    const story = new Story({ targets }, both);
    story.rest();
    story.canary = "v2";
    story.pass(1);
    expect(story.release.shift).toMatchObject({ percent: 10, rerouted: false });
    story.weights = [{ stable: 98, canary: 2 }, ...story.weights.slice(1)];
    story.rest();
    story.say("resume");
    expect(story.release.shift).toMatchObject({ percent: 10, before: 10, rerouted: true });
    // Nor of the next, until it is live.
    story.say("25");
    expect(story.release.shift).toMatchObject({ percent: 25, rerouted: true });
    story.pass(1).say("50");
    expect(story.release.shift).toMatchObject({ percent: 50, rerouted: false });
  });
});
