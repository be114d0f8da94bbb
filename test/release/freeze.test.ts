import { describe, expect, it } from "vitest";
import { legalCommands } from "../../src/release/legal.ts";
import { at, MINUTE, released, rollout, START, Story } from "./world.ts";

const HOUR = 60 * MINUTE;

/** Adopted, and version v2 merged, at which nobody has looked yet. */
function merged(change: Partial<Story["rollout"]> = {}): Story {
  const story = new Story(change);
  story.rest();
  story.canary = "v2";
  return story;
}

function legal(story: Story): readonly string[] {
  return story.state ? legalCommands(story.state, story.rollout, story.now) : [];
}

describe("while a rollout is frozen", () => {
  it("no release starts, by itself or by command; at its end it does, and a timer is set for that", () => {
    const story = new Story();
    story.rest();
    const until = story.now + 2 * HOUR;
    story.say(`freeze until ${until}`, "ada");
    expect(story.answer).toBe("done: Frozen by ada until 2026-05-04 12:00 UTC: holidays.");
    story.canary = "v2";
    expect(story.rest()).toMatchObject({
      until,
      why: expect.stringMatching(/^Frozen by ada until .*: holidays/),
    });
    for (const words of ["start", "retry"]) {
      story.say(words);
      expect(story.answer).toMatch(/^refused: (Frozen by ada|No release has ended)/);
    }
    story.pass(119.5);
    expect(story.state?.release).toBeNull();
    story.pass(0.5);
    expect(story.release.number).toBe(1);
  });

  it("no weight rises, by evidence or by name; it says who, until when and why", () => {
    const story = at(25);
    story.say("freeze").pass(300);
    expect(story.percent).toBe(25);
    expect(story.release.hold).toMatchObject({
      kind: "person",
      reason: "freeze",
      detail: "Frozen by bea until somebody says `unfreeze`: holidays.",
    });
    expect(story.notices.map(({ kind }) => kind)).not.toContain("waits");
    for (const words of ["50", "promote"]) {
      story.say(words);
      expect(story.answer).toMatch(/^refused: Frozen by bea/);
    }
    story.say("unfreeze").pass(0.5);
    expect(story.percent).toBe(50);
  });

  it("a weight may be lowered by name", () => {
    const story = at(25).say("freeze").say("10");
    expect(story.answer).toMatch(/^done/);
    expect(story.percent).toBe(10);
  });

  it("of two targets with weights of their own, none rises by name", () => {
    const story = at(50);
    const [first] = story.weights;
    // Somebody took one of them down, and goes on from there.
    story.weights = [
      { stable: 99, canary: 1 },
      { stable: first?.stable ?? 0, canary: first?.canary ?? 0 },
    ];
    story.rest();
    story.say("resume").say("freeze").say("25");
    expect(story.answer).toMatch(/^refused: Frozen by/);
    story.say("1");
    expect(story.answer).toMatch(/^done/);
  });

  it.each([
    ["a failure", (story: Story) => Object.assign(story, { verdict: "fail" })],
    ["evidence that stays away", (story: Story) => Object.assign(story, { verdict: "inconclusive" })],
    ["a person's word", (story: Story) => story.say("rollback")],
  ])("%s rolls the release back, with its merge", (_, happens) => {
    const story = at(25).say("freeze").pass(10);
    happens(story);
    story.pass(60);
    expect(story.ended.map(({ ending }) => ending)).toEqual(["rolled-back"]);
    expect(story.percent).toBe(0);
    expect(story.pulls.map(({ state }) => state)).toEqual(["merged"]);
  });

  it("an approval may be given, and acts when the freeze is over", () => {
    const steps = rollout.steps.map((step) => ({ ...step, approval: step.weight === 10 }));
    const story = at(10, { steps }).say("freeze").pass(10);
    expect(legal(story)).toContain("/canary approve");
    story.say("approve").pass(30);
    expect(story.answer).toMatch(/^done/);
    expect(story.percent).toBe(10);
    expect(legal(story)).not.toContain("/canary approve");
    story.say("unfreeze").pass(0.5);
    expect(story.percent).toBe(25);
  });

  it("no image is copied; once one is, the canary goes home all the same", () => {
    const story = at(100);
    story.say("freeze").pass(60);
    expect([story.stable, story.percent]).toEqual(["v1", 100]);
    story.say("unfreeze").rest();
    expect(story.stable).toBe("v2");
    story.say("freeze").pass(20);
    expect(story.ended.map(({ ending }) => ending)).toEqual(["promoted"]);
  });

  it("a release that comes to its promotion in the same moment waits before it", () => {
    const story = at(100);
    story.forbidden.add("copy-images");
    story.pass(6);
    story.forbidden.clear();
    story.say("freeze").say("resume").pass(10);
    expect([story.release.phase, story.release.hold?.reason, story.stable]).toEqual([
      "promoting",
      "freeze",
      "v1",
    ]);
  });
});

describe("a freeze", () => {
  it("of the configuration counts at once, and only its own hours", () => {
    const story = at(10);
    const from = story.now + 2 * MINUTE;
    story.rollout = { ...story.rollout, freezes: [{ from, until: from + HOUR, reason: null }] };
    story.pass(61);
    expect(story.percent).toBe(10);
    expect(story.release.hold?.detail).toMatch(/^Frozen by .github\/sluice.yaml until .* UTC\.$/);
    story.pass(2);
    expect(story.percent).toBe(25);
  });

  it("of the configuration is not ended by a command, which says so", () => {
    const freezes = [{ from: START, until: START + HOUR, reason: "audit" }];
    const story = merged({ freezes }).say("unfreeze");
    expect(story.answer).toMatch(/^refused: Frozen by .*: audit\. Its end is in `.github\/sluice.yaml`/);
    story.say("freeze").say("unfreeze");
    expect(story.answer).toMatch(/^done: No longer frozen: bea ended it\. Still: Frozen by .github/);
    expect(story.state?.release).toBeNull();
  });

  it("that is said again takes the place of the last", () => {
    const story = merged().say("freeze");
    story.say(`freeze until ${story.now + HOUR}`, "ada").pass(60);
    expect(story.release.number).toBe(1);
  });

  it("of several, the one that ends last is named", () => {
    const freezes = [{ from: START, until: START + HOUR, reason: "audit" }];
    const story = merged({ freezes });
    story.say(`freeze until ${START + 2 * HOUR}`);
    expect(story.rest().why).toMatch(/^Frozen by bea until 2026-05-04 12:00 UTC/);
    story.say(`freeze until ${START + HOUR / 2}`);
    expect(story.rest().why).toMatch(/^Frozen by .github/);
  });

  it("into the past, and the end of none, are refused", () => {
    const story = released();
    story.say(`freeze until ${START - 1}`);
    expect(story.answer).toMatch(/^refused: 2026-05-04 09:59 UTC is in the past/);
    story.say("unfreeze");
    expect(story.answer).toBe("refused: Nothing is frozen.");
  });

  it("is in the release's timeline, with who said it", () => {
    const story = at(10).say("freeze", "ada").say("unfreeze", "bea");
    const told = story.release.timeline.map(({ text, by }) => `${by}: ${text}`);
    expect(told).toContain("ada: Frozen by ada until somebody says `unfreeze`: holidays.");
    expect(told).toContain("bea: No longer frozen: bea ended it.");
  });

  it("offers what would be accepted: no start, no weight, but its end", () => {
    const story = merged().say("freeze");
    expect(legal(story)).toEqual(["/canary checkout unfreeze"]);
    const running = at(10).say("freeze");
    running.rest();
    expect(legal(running)).toEqual(["/canary pause", "/canary rollback", "/canary unfreeze"]);
  });
});
