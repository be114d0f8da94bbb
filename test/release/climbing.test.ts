import { describe, expect, it } from "vitest";
import { at, MINUTE, released, rollout, START, Story } from "./world.ts";

const approval = rollout.steps.map((step) => ({ ...step, approval: step.weight === 25 }));

describe("the first look after a configuration lands", () => {
  it("records the baseline and starts nothing", () => {
    const story = new Story();
    story.canary = "v9";
    expect(story.rest().why).toMatch(/is the one at rest/);
    expect(story.state).toMatchObject({ rest: { version: "v9" }, release: null, next: 1 });
  });

  it("commits canary weight 0 where 90/10 was found", () => {
    const story = new Story({}, [{ stable: 90, canary: 10 }]);
    story.rest();
    expect(story.weights).toEqual([{ stable: 100, canary: 0 }]);
    expect(story.state?.release).toBeNull();
  });

  it.each(["blocked", "abandoned"])(
    "says that weight 0 could not be committed (%s), and tries again when told",
    (how) => {
      const story = new Story({}, [{ stable: 90, canary: 10 }]);
      if (how === "blocked") story.forbidden.add("set-weights");
      else story.abandons = 1;
      expect(story.rest().why).toMatch(/could not be committed: .* `\/canary checkout resume` tries again/);
      story.forbidden.clear();
      story.say("resume");
      expect(story.percent).toBe(0);
      expect(story.state?.hold).toBeNull();
    },
  );

  it("stops waiting when a person sets the weight to 0", () => {
    const story = new Story({}, [{ stable: 90, canary: 10 }]);
    story.forbidden.add("set-weights");
    story.rest();
    story.edit(0).rest();
    expect(story.state?.hold).toBeNull();
  });

  it("holds when commits show releases that no state remembers; numbers go on from theirs", () => {
    const story = new Story();
    story.highestRelease = 6;
    expect(story.rest().why).toMatch(/shows checkout#6, but its state is gone/);
    story.canary = "v2";
    story.rest();
    expect(story.state?.release).toBeNull();
    story.say("start");
    expect(story.answer).toMatch(/^refused: .*state is gone/);
    story.say("resume");
    story.canary = "v3";
    story.rest();
    expect(story.release.number).toBe(7);
  });

  it("holds when somebody took its state away, though no commit shows a release", () => {
    const story = new Story({}, [{ stable: 90, canary: 10 }]);
    story.removedBy = "mallory";
    expect(story.rest().why).toMatch(/state was taken away by mallory/);
    expect(story.state).toMatchObject({ hold: { reason: "state-lost" }, pending: null });
    expect(story.weights).toEqual([{ stable: 90, canary: 10 }]);
  });
});

describe("a release starts", () => {
  it("when the canary workload holds a new version and the trigger says now", () => {
    const story = new Story();
    story.waiting = "Waiting for a deployment";
    story.rest();
    story.canary = "v2";
    expect(story.rest().why).toBe("Waiting for a deployment");
    story.waiting = null;
    story.rest();
    expect(story.release).toMatchObject({ number: 1, version: "v2", phase: "stepping" });
  });

  it.each([
    ["what stable runs", (story: Story) => Object.assign(story, { canary: "v4", stable: "v4" })],
    ["what was at rest", (story: Story) => Object.assign(story, { stable: "v0" })],
  ])("not for %s", (_, change) => {
    const story = new Story();
    story.rest();
    change(story);
    story.rest();
    expect(story.state?.release).toBeNull();
  });

  it("not again for the version that just ended, unless somebody says retry", () => {
    const story = at(25, { rollback: { ...rollout.rollback, revert: false } });
    story.verdict = "fail";
    story.pass(1);
    expect(story.state).toMatchObject({ release: null, last: { outcome: "rolled-back", version: "v2" } });
    story.say("start");
    expect(story.answer).toMatch(/^refused: .*ended rolled-back. `\/canary checkout retry`/);
    story.verdict = "pass";
    story.say("retry");
    expect(story.release).toMatchObject({ number: 2, version: "v2" });
  });

  it("retry is refused while nothing has ended", () => {
    const story = new Story();
    story.waiting = "not now";
    story.rest();
    story.canary = "v2";
    expect(story.say("retry").answer).toMatch(/^refused: No release has ended/);
    expect(story.say("start").release.cause).toMatchObject({ kind: "command", actor: "bea", pull: 7 });
  });
});

describe("a step", () => {
  it("ends when it was live, has baked and passed; the whole ladder ends promoted", () => {
    const story = released();
    expect(story.percent).toBe(10);
    story.pass(4.5);
    expect(story.percent).toBe(10);
    story.pass(60);
    expect(story.moves.map(({ to }) => to)).toEqual([10, 25, 50, 100, 0]);
    expect(story.stable).toBe("v2");
    expect(story.state).toMatchObject({
      release: null,
      last: { outcome: "promoted" },
      rest: { version: "v2" },
    });
  });

  it("bakes from the moment it is live", () => {
    const story = new Story();
    story.rest();
    story.canary = "v2";
    story.follows = false;
    story.pass(3);
    story.follows = true;
    story.pass(4.5);
    expect(story.percent).toBe(10);
    story.pass(0.5);
    expect(story.percent).toBe(25);
  });

  it("that is never live holds, and is rolled back after the limit", () => {
    const story = new Story();
    story.rest();
    story.canary = "v2";
    story.follows = false;
    story.pass(5);
    expect(story.release.hold?.reason).toBe("not-live");
    story.pass(30);
    expect(story.pulls).toHaveLength(1);
  });

  it.each(["inconclusive", "unavailable"] as const)(
    "with verdict %s holds, then is rolled back after the limit",
    (word) => {
      const story = at(25);
      story.verdict = word;
      story.pass(6);
      expect(story.release.hold).toMatchObject({ kind: "evidence", reason: word });
      story.pass(28);
      expect(story.percent).toBe(25);
      story.pass(2);
      expect(story.percent).toBe(0);
      expect(story.pulls).toHaveLength(1);
    },
  );

  it("without evidence stays where it is when the rollout says stay", () => {
    // biome-ignore lint/suspicious/noThenProperty: the word of the configuration file
    const story = at(25, { holds: { limit: 30 * MINUTE, then: "stay", remind: 0 } });
    story.verdict = "unavailable";
    story.pass(200);
    expect(story.percent).toBe(25);
    story.verdict = "pass";
    story.pass(1);
    expect(story.percent).toBe(50);
  });

  it("is rolled back after the limit even when evidence is missing for changing reasons", () => {
    const story = at(25);
    story.pass(4);
    for (let i = 0; i < 35; i++) {
      story.verdict = i % 2 === 0 ? "inconclusive" : "unavailable";
      story.pass(1);
    }
    expect(story.percent).toBe(0);
  });

  it("resume gives missing evidence the whole limit once more", () => {
    const story = at(25);
    story.verdict = "inconclusive";
    story.pass(30).say("resume").pass(20);
    expect(story.percent).toBe(25);
    story.pass(12);
    expect(story.percent).toBe(0);
  });

  it("that asks for approval waits for one, and for evidence all the same", () => {
    const story = at(25, { steps: approval });
    story.pass(200);
    expect(story.release.hold?.reason).toBe("approval");
    story.verdict = "inconclusive";
    story.say("approve").pass(1);
    expect(story.percent).toBe(25);
    story.verdict = "pass";
    story.pass(1);
    expect(story.percent).toBe(50);
    expect(story.say("approve").answer).toBe("refused: This step asks for no approval.");
  });

  it("is not left outside the windows, and the wait ends with the next opening", () => {
    const story = released({
      windows: [{ days: [1], from: 14 * 60, to: 17 * 60, zone: "UTC", text: "Mon 14:00-17:00 UTC" }],
    });
    expect(story.percent).toBe(0);
    expect(story.release.hold?.reason).toBe("window");
    expect(story.rest().until).toBe(START + 240 * MINUTE);
    story.now += 240 * MINUTE;
    story.rest();
    expect(story.percent).toBe(10);
  });

  it("is not left when no window ever opens", () => {
    const never = { days: [], from: 0, to: 60, zone: "UTC", text: "never" };
    const story = released({ windows: [never] });
    expect(story.rest().why).toMatch(/never opens/);
    expect(story.percent).toBe(0);
  });

  it("that the weights cannot express holds as blocked", () => {
    const story = new Story({}, [{ stable: 8, canary: 0 }]);
    story.rest();
    story.canary = "v2";
    expect(story.rest().why).toMatch(/10 % is not a whole number/);
    expect(story.release.hold?.reason).toBe("blocked");
  });

  it("that GitHub refuses to write holds until somebody resumes", () => {
    const story = at(10);
    story.forbidden.add("set-weights");
    story.pass(6);
    expect(story.rest().why).toMatch(/a rule forbids it/);
    story.forbidden.clear();
    story.pass(60);
    expect(story.percent).toBe(10);
    story.say("resume");
    expect(story.percent).toBe(25);
  });

  it("whose files changed under the write is decided again", () => {
    const story = at(10);
    story.abandons = 1;
    story.pass(6);
    expect(story.percent).toBe(25);
    expect(story.log.join("\n")).toMatch(/canary at 25 % not done: .* changed meanwhile/);
  });
});

describe("a weight that goes back", () => {
  it("goes to the step that the judge asks for, and climbs from there by its evidence", () => {
    const story = at(50);
    story.retreat = 25;
    story.rest();
    expect([story.percent, story.release.step]).toEqual([25, 1]);
    expect(story.log.join("\n")).toContain("50 % → 25 %, back: error rate says");
    story.retreat = null;
    story.pass(7);
    expect(story.percent).toBe(50);
  });

  it("does not move while a person has the wheel", () => {
    const story = at(50).say("pause");
    story.retreat = 25;
    story.pass(2);
    expect(story.percent).toBe(50);
  });
});
