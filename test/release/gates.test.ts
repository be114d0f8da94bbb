import { describe, expect, it } from "vitest";
import type { Gate } from "../../src/config/types.ts";
import { legalCommands } from "../../src/release/legal.ts";
import { stampOf } from "../../src/release/stamp.ts";
import { at, released, rollout, type Story } from "./world.ts";

const smoke: Gate = { kind: "check", name: "smoke" };
const load: Gate = { kind: "hook", name: "load" };
const gated = (gates: readonly Gate[]) => ({
  steps: rollout.steps.map((step) => (step.weight === 25 ? { ...step, gates } : step)),
});

/** Good, live and baked at 25 %, where only its gates are left. */
function atGate(gates: readonly Gate[] = [smoke], change = {}): Story {
  const story = at(25, { ...gated(gates), ...change });
  return story.pass(6);
}

const waits = (story: Story) => story.release.hold?.reason ?? null;
const legal = (story: Story) => legalCommands(story.state ?? never(), story.rollout, story.now);

describe("a gate", () => {
  it("holds a good step for as long as it takes, and lets it go by itself", () => {
    const story = atGate();
    expect(story.release.hold).toMatchObject({ kind: "person", reason: "gate" });
    expect(story.release.hold?.detail).toBe(
      "Not open: check `smoke` (it says pending). `approve` goes on without it.",
    );
    story.pass(600);
    expect(story.percent).toBe(25);
    story.gates = { smoke: "open" };
    story.pass(1);
    expect(story.percent).toBe(50);
    const told = story.release.timeline.map(({ text }) => text);
    expect(told).toContainEqual(
      expect.stringMatching(/^25 % → 50 %: .*; check `smoke` open \(it says open\)$/),
    );
  });

  it("is asked last: not while it bakes, is not live, lacks evidence, an approval or its window", () => {
    const asked = (story: Story, minutes: number) => {
      story.asked.length = 0;
      story.pass(minutes);
      return story.asked.length;
    };
    expect(asked(at(25, gated([smoke])), 3)).toBe(0);
    const blind = at(25, gated([smoke]));
    blind.verdict = "inconclusive";
    expect(asked(blind, 10)).toBe(0);
    const approval = {
      steps: gated([smoke]).steps.map((step) => ({ ...step, approval: step.weight === 25 })),
    };
    const unapproved = at(25, approval);
    expect(asked(unapproved, 10)).toBe(0);
    expect(waits(unapproved)).toBe("approval");
    unapproved.say("approve");
    expect(asked(unapproved, 1)).toBeGreaterThan(0);
    expect(waits(unapproved)).toBe("gate");
    const frozen = at(25, gated([smoke]));
    frozen.say("freeze");
    expect(asked(frozen, 10)).toBe(0);
    const paused = at(25, gated([smoke]));
    paused.say("pause");
    expect(asked(paused, 10)).toBe(0);
  });

  it("is asked about the commit of its weight, and before the first about what brought the version", () => {
    const story = released({ ...gated([smoke]), gates: [load] });
    story.pass(3);
    expect(waits(story)).toBe("gate");
    expect(story.percent).toBe(0);
    expect(new Set(story.asked)).toEqual(new Set([story.release.cause.commit]));
    story.gates = { load: "open" };
    story.pass(14);
    expect(story.percent).toBe(25);
    expect(story.asked.at(-1)).toBe(story.release.shift.commit);
    expect(story.release.shift.commit).not.toBe(story.release.cause.commit);
  });

  it("before the first step starts no traffic while it is closed", () => {
    const story = released({ gates: [smoke] });
    story.gates = { smoke: "closed" };
    story.pass(120);
    expect(story.moves).toEqual([]);
    story.say("approve");
    expect(story.percent).toBe(10);
  });

  it("of the last step keeps the release from being promoted", () => {
    const steps = rollout.steps.map((step) => (step.weight === 100 ? { ...step, gates: [smoke] } : step));
    const story = at(100, { steps }).pass(30);
    expect(story.release).toMatchObject({ phase: "stepping", hold: { reason: "gate" } });
    expect(story.stable).toBe("v1");
    story.gates = { smoke: "open" };
    story.pass(10);
    expect(story.stable).toBe("v2");
  });

  it("holds nothing back that goes down: a failure is rolled back at once", () => {
    const story = atGate();
    story.verdict = "fail";
    story.pass(1);
    expect(story.pulls).toHaveLength(1);
    expect(story.percent).toBe(0);
  });

  it("does not keep missing evidence from ending the release", () => {
    const story = atGate();
    story.verdict = "unavailable";
    story.pass(1);
    expect(waits(story)).toBe("unavailable");
    story.pass(31);
    expect(story.pulls).toHaveLength(1);
  });

  it("is asked again when the change waits in a pull request, and closes it no more than it opened it", () => {
    const story = atGate([smoke], { delivery: "pull-request" });
    story.mergeProposal("ann");
    story.pass(10);
    expect(story.proposals.at(-1)?.change).not.toMatchObject({ percent: 50 });
    story.gates = { smoke: "open" };
    story.forbidden.add("merge-proposal");
    story.pass(1);
    expect(story.proposals.at(-1)).toMatchObject({ state: "open", change: { percent: 50 } });
    story.gates = { smoke: "closed" };
    story.forbidden.clear();
    for (const one of story.proposals) one.mergeable = true;
    story.pass(5);
    expect(story.percent).toBe(25);
    story.gates = { smoke: "open" };
    story.pass(3);
    expect(story.percent).toBe(50);
  });
});

describe("a person at a gate", () => {
  it("goes on without it by name, and the record says without what", () => {
    const story = atGate();
    story.gates = { smoke: "closed" };
    story.pass(1);
    expect(legal(story)).toContain("/canary approve");
    story.say("approve", "cleo");
    expect(story.answer).toBe("done: cleo goes on without check `smoke` (it says closed)");
    expect(story.percent).toBe(50);
    const told = story.release.timeline.map(({ text }) => text).join("\n");
    expect(told).toMatch(/check `smoke` passed over by cleo \(it says closed\)/);
    story.say("approve");
    expect(story.answer).toBe("refused: This step asks for no approval.");
  });

  it("has not said so of a gate that they did not see closed", () => {
    const story = atGate([smoke, load]);
    story.gates = { load: "open" };
    story.pass(1);
    expect(story.release.hold?.detail).toMatch(
      /^Not open: check `smoke` \(.*\)\. `approve` goes on without it\.$/,
    );
    // In the moment they spoke, what had not reported failed, and what was open closed.
    story.gates = { smoke: "closed", load: "pending" };
    story.say("approve", "cleo");
    expect(story.percent).toBe(25);
    expect(story.release.hold?.detail).toMatch(
      /^Not open: check `smoke` \(it says closed\), hook `load` \(it says pending\)\. `approve` goes on without them/,
    );
    story.say("approve", "dan");
    expect(story.percent).toBe(50);
  });

  it("does not pass over the next step's gate by it", () => {
    const steps = rollout.steps.map((step) => ({ ...step, gates: step.weight < 25 ? [] : [smoke] }));
    const story = at(25, { steps });
    story.gates = { smoke: "closed" };
    story.pass(7).say("approve");
    expect(story.percent).toBe(50);
    story.pass(60);
    expect(story.percent).toBe(50);
    expect(waits(story)).toBe("gate");
  });

  it("may promote over it, and may not resume it", () => {
    const story = atGate();
    story.say("resume");
    expect(story.answer).toMatch(/^refused: It waits for something else: Not open: check `smoke`/);
    story.say("promote");
    expect(story.percent).toBe(100);
  });

  it("cannot approve before the gate holds", () => {
    const story = at(25, gated([smoke]));
    story.say("approve");
    expect(story.answer).toBe("refused: This step asks for no approval.");
  });

  it("pressed a button that no longer acts once a gate says otherwise", () => {
    const story = atGate();
    const before = stampOf(story.release);
    story.pass(5);
    expect(stampOf(story.release)).toBe(before);
    story.gates = { smoke: "closed" };
    story.pass(1);
    expect(stampOf(story.release)).not.toBe(before);
  });

  it("pressed a button that no longer acts once somebody approved, though nothing else has moved", () => {
    const steps = rollout.steps.map((step) => ({ ...step, approval: step.weight === 25 }));
    const story = at(25, { steps }).say("freeze").pass(10);
    const before = stampOf(story.release);
    expect(waits(story)).toBe("freeze");
    story.say("approve").rest();
    expect([waits(story), story.percent]).toEqual(["freeze", 25]);
    expect(stampOf(story.release)).not.toBe(before);
  });

  it("is called when one is closed, not while it may open by itself, and once", () => {
    const story = atGate();
    const calls = () => story.notices.filter(({ kind }) => kind === "waits").map(({ why }) => why);
    expect(calls()).toEqual([]);
    story.gates = { smoke: "closed" };
    story.pass(30);
    expect(calls()).toEqual(["Not open: check `smoke` (it says closed). `approve` goes on without it."]);
  });
});

function never(): never {
  throw new Error("there is no state");
}
