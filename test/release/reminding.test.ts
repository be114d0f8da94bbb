import { describe, expect, it } from "vitest";
import { at, MINUTE, released, rollout, START, type Story } from "./world.ts";

const HOUR = 60 * MINUTE;

/** Hours for which the release had waited, at each reminder. */
function reminders(story: Story, since: number): readonly number[] {
  return story.notices
    .filter(({ kind }) => kind === "reminder")
    .map(({ at: said }) => Math.round((said - since) / HOUR));
}

describe("A release that waits for somebody", () => {
  it("says so again after a day, and then each time that it has waited twice as long", () => {
    const story = at(25).say("pause");
    const since = story.release.hold?.since ?? 0;
    story.pass(9 * 24 * 60);
    expect(reminders(story, since)).toEqual([24, 48, 96, 192]);
    expect(story.percent).toBe(25);
    expect(story.release.timeline.at(-1)?.text).toMatch(
      /^Still waiting, since 2026-05-04 .* UTC: Paused by /,
    );
    const last = story.notices.at(-1);
    expect(last).toMatchObject({
      kind: "reminder",
      severity: "warning",
      why: expect.stringContaining("Paused"),
    });
  });

  it("notes in whole milliseconds when it said so, as its comment's mark holds no others", () => {
    const story = at(25).say("pause");
    story.now += 0.25;
    story.pass(25 * 60);
    expect(story.notices.at(-1)?.kind).toBe("reminder");
    expect(story.release.waiting?.reminded).toSatisfy(Number.isInteger);
  });

  it("begins anew with the next wait, and is silent while none stands", () => {
    const story = at(10)
      .say("pause")
      .pass(25 * 60)
      .say("resume");
    const first = story.notices.filter(({ kind }) => kind === "reminder").length;
    expect(first).toBe(1);
    story.say("pause");
    const since = story.release.hold?.since ?? 0;
    story.pass(25 * 60);
    expect(reminders(story, since).slice(first)).toEqual([24]);
  });

  it("after the time that the rollout names, or never", () => {
    const holds = { ...rollout.holds, remind: HOUR };
    const soon = at(25, { holds }).say("pause");
    const since = soon.release.hold?.since ?? 0;
    expect(reminders(soon.pass(5 * 60), since)).toEqual([1, 2, 4]);
    const never = at(25, { holds: { ...holds, remind: 0 } })
      .say("pause")
      .pass(100 * 60);
    expect(reminders(never, since)).toEqual([]);
  });

  it("says so of a rollback that a person is to merge, as what it is", () => {
    const story = at(25, { rollback: { ...rollout.rollback, merge: "manual" } });
    story.verdict = "fail";
    story.pass(25 * 60);
    const said = story.notices.filter(({ kind }) => kind === "reminder");
    expect(said).toMatchObject([
      { severity: "critical", why: expect.stringContaining("The rollback PR #100 is not merged.") },
    ]);
  });

  it("waits on while evidence is missing now and then", () => {
    const steps = rollout.steps.map((step) => ({ ...step, approval: step.weight === 25 }));
    const story = at(25, { steps }).pass(20);
    expect(story.release.hold?.reason).toBe("approval");
    const since = story.release.hold?.since ?? 0;
    for (let hours = 0; hours < 110; hours += 10) {
      story.verdict = "unavailable";
      story.pass(2);
      story.verdict = "pass";
      story.pass(10 * 60 - 2);
    }
    expect(reminders(story, since)).toEqual([24, 48, 96]);
  });

  it("waits anew at another weight, though no evidence came on the way there", () => {
    const gates = [{ kind: "check", name: "build" }] as const;
    const story = released({ steps: rollout.steps.map((step) => ({ ...step, gates })) });
    story.gates = { build: "open" };
    story.pass(8);
    expect(story.percent).toBe(25);
    story.gates = { build: "closed" };
    story.pass(60);
    const before = story.release.waiting;
    expect(before?.reason).toBe("gate");
    Object.assign(story, { verdict: "unavailable" });
    story.pass(2);
    // The judge wants it back, and the mesh does not follow for a while.
    Object.assign(story, { retreat: 10, follows: false });
    story.pass(6);
    Object.assign(story, { verdict: "pass", retreat: null, follows: true });
    story.pass(20);
    const { waiting, hold } = story.release;
    expect([story.percent, hold?.reason]).toEqual([10, "gate"]);
    expect(waiting).toEqual({ reason: "gate", since: hold?.since });
    expect(waiting?.since).toBeGreaterThan(before?.since ?? 0);
  });

  it("is not reminded of again because somebody says what is refused, or merges what was proposed", () => {
    const story = at(25, { delivery: "pull-request" });
    story.forbidden.add("merge-proposal");
    story.pass(10).say("pause");
    const since = story.release.hold?.since ?? 0;
    story.pass(10);
    story.mergeProposal("ada");
    story.pass(25 * 60);
    expect(story.percent).toBe(50);
    expect(reminders(story, since)).toEqual([24]);
    expect(story.say("pause").answer).toMatch(/^refused: It is paused already/);
    expect(reminders(story.pass(4 * 60), since)).toEqual([24]);
  });

  it("begins anew where a person mended it and somebody does the same again", () => {
    const story = at(25)
      .edit(30)
      .pass(25 * 60);
    expect(story.notices.filter(({ kind }) => kind === "reminder")).toHaveLength(1);
    story.edit(25).pass(1).edit(30).pass(1);
    const since = story.release.hold?.since ?? 0;
    expect(story.release.waiting).toEqual({ reason: "hand-edit", since });
  });

  it("is one that waits for a merge, or for evidence that it is told to wait for", () => {
    const proposed = at(25, { delivery: "pull-request" });
    proposed.forbidden.add("merge-proposal");
    proposed.pass(30 * 60);
    expect(proposed.notices.at(-1)).toMatchObject({
      kind: "reminder",
      why: expect.stringContaining("waits to be merged: a rule forbids it"),
    });
    // biome-ignore lint/suspicious/noThenProperty: a word of the configuration
    const stays = at(25, { holds: { ...rollout.holds, then: "stay" } });
    stays.verdict = "unavailable";
    stays.pass(30 * 60);
    expect(stays.notices.at(-1)).toMatchObject({ kind: "reminder", severity: "warning" });
  });

  it("says nothing by a clock that is wrong", () => {
    const story = at(25).say("pause");
    const since = story.release.hold?.since ?? 0;
    story.clockRight = false;
    story.pass(30 * 60);
    expect(reminders(story, since)).toEqual([]);
    story.clockRight = true;
    expect(reminders(story.pass(60), since)).toEqual([30]);
  });

  it("calls nobody for a gate that may still open by itself", () => {
    const gates = [{ kind: "check", name: "build" }] as const;
    const steps = rollout.steps.map((step) => (step.weight === 25 ? { ...step, gates } : step));
    const story = at(25, { steps }).pass(30 * 60);
    expect(story.release.hold?.reason).toBe("gate");
    expect(reminders(story, START)).toEqual([]);
    story.gates = { build: "closed" };
    expect(reminders(story.pass(25 * 60), START)).toHaveLength(1);
  });

  it("calls nobody for what ends by the clock, and does for a freeze without an end", () => {
    const freeze = { from: START, until: START + 60 * HOUR, reason: "holidays" };
    const ending = at(25);
    ending.rollout = { ...ending.rollout, freezes: [freeze] };
    ending.pass(40 * 60);
    expect(ending.release.hold?.reason).toBe("freeze");
    expect(reminders(ending, START)).toEqual([]);
    const open = at(25)
      .say("freeze")
      .pass(25 * 60);
    expect(open.release.hold?.reason).toBe("freeze");
    expect(open.notices.filter(({ kind }) => kind === "reminder")).toHaveLength(1);
  });
});
