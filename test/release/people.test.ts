import { describe, expect, it } from "vitest";
import { isHandled } from "../../src/release/transitions.ts";
import { at, rollout, Story } from "./world.ts";

describe("weights edited by hand", () => {
  it("hold the release, which says what it saw; resume goes on from them", () => {
    const story = at(10);
    story.edit(30).pass(120);
    expect(story.percent).toBe(30);
    expect(story.rest().why).toMatch(/mesh\/checkout.yaml says 70\/30 .* Sluice last wrote 90\/10/);
    story.say("50");
    expect(story.answer).toMatch(/^refused: The weights were edited by hand/);
    story.say("promote");
    expect(story.answer).toMatch(/^refused: The weights were edited by hand/);
    story.say("resume").pass(4.5);
    expect(story.percent).toBe(30);
    story.pass(1);
    expect(story.percent).toBe(50);
  });

  it("that are put back let it go on, but the step must prove itself anew", () => {
    const story = at(10).pass(4);
    story.edit(0).pass(30);
    story.edit(10).pass(4.5);
    expect(story.percent).toBe(10);
    story.pass(1);
    expect(story.percent).toBe(25);
  });

  it("in one target of two still need evidence", () => {
    const targets = ["a", "b"].map((file) => ({ file, stable: "stable", canary: "canary" }));
    const story = new Story({ targets }, [
      { stable: 100, canary: 0 },
      { stable: 100, canary: 0 },
    ]);
    story.rest();
    story.canary = "v2";
    story.rest();
    story.verdict = "inconclusive";
    story.weights = [
      { stable: 100, canary: 0 },
      { stable: 70, canary: 30 },
    ];
    story.rest();
    story.say("resume").pass(20);
    expect(story.weights[0]).toEqual({ stable: 100, canary: 0 });
  });

  it("while images are to be copied lead back to the steps", () => {
    const story = at(100);
    story.forbidden.add("copy-images");
    story.pass(6);
    expect(story.release.phase).toBe("promoting");
    story.edit(30).rest();
    story.forbidden.clear();
    story.say("resume");
    expect(story.release).toMatchObject({ phase: "stepping", step: 1 });
    expect(story.stable).toBe("v1");
  });
});

describe("workloads edited by hand", () => {
  it("a changed stable side holds until it is accepted, and a rollback keeps the accepted file", () => {
    const story = at(25);
    story.stable = "v1b";
    story.pass(20);
    expect(story.release.hold?.reason).toBe("workload-edit");
    story.say("resume").pass(12);
    expect(story.stable).toBe("v2");
    story.say("rollback");
    expect(story.pulls[0]?.restore["apps/stable.yaml"]).toBe("apps/stable.yaml@v1b");
  });

  it.each(["commit", "pull-request"] as const)(
    "a stable side that somebody changes after the copy is not set back by a rollback, delivered by %s",
    (delivery) => {
      const story = at(25, { delivery }).pass(16);
      expect(story.stable).toBe("v2");
      story.stable = "v2-with-more-replicas";
      story.say("rollback");
      expect(story.pulls[0]?.restore).not.toHaveProperty("apps/stable.yaml");
      expect(story.pulls[0]?.restore).toHaveProperty("apps/canary.yaml");
    },
  );

  it("a new canary version is refused while a release runs; set back, the step proves itself anew", () => {
    const story = at(25).pass(4);
    story.canary = "v3";
    story.pass(60);
    expect(story.percent).toBe(25);
    expect(story.release.hold?.reason).toBe("superseded");
    expect(story.say("30").answer).toMatch(/^refused: The canary workload holds another version/);
    story.canary = "v2";
    story.pass(4.5);
    expect(story.percent).toBe(25);
    story.pass(1);
    expect(story.percent).toBe(50);
  });

  it("with supersede: restart the new version begins when weight 0 is live", () => {
    const story = at(25, { supersede: "restart" });
    story.canary = "v3";
    story.follows = false;
    story.rest();
    expect(story.percent).toBe(0);
    expect(story.release.version).toBe("v2");
    story.follows = true;
    story.rest();
    expect(story.ended[0]?.ending).toBe("superseded");
    expect(story.release).toMatchObject({ version: "v3", number: 2 });
  });

  it("restart counts while images are to be copied too", () => {
    const story = at(100, { supersede: "restart" });
    story.forbidden.add("copy-images");
    story.pass(6);
    story.canary = "v3";
    story.rest();
    expect(story.ended[0]?.ending).toBe("superseded");
  });

  it("a canary set back to the baseline cancels, even at a weight set by hand", () => {
    const story = at(25).say("30");
    story.canary = "v1";
    story.rest();
    expect(story.percent).toBe(0);
    expect(story.state).toMatchObject({ release: null, last: { outcome: "cancelled" } });
    expect(story.pulls).toHaveLength(0);
  });
});

describe("a rollout taken out of the configuration", () => {
  it("holds, and finishes when it is on its way down", () => {
    const story = at(25);
    story.declared = false;
    story.pass(20);
    expect(story.percent).toBe(25);
    expect(story.release.hold?.reason).toBe("rollout-removed");
    story.say("rollback");
    expect(story.state).toMatchObject({ release: null, last: { outcome: "rolled-back" } });
  });
});

describe("commands", () => {
  it("/canary N sets exactly N, waits for resume and goes on with the step above it", () => {
    const story = at(50).say("30").pass(60);
    expect(story.percent).toBe(30);
    story.say("resume");
    expect(story.percent).toBe(50);
  });

  it("/canary N keeps the guards on: a failure there is rolled back and merged", () => {
    const story = at(10).say("30");
    expect(story.release.shift.live).not.toBeNull();
    story.verdict = "fail";
    story.rest();
    expect(story.pulls[0]?.state).toBe("merged");
    expect(story.percent).toBe(0);
  });

  it("no step is skipped by pausing at a weight set by hand", () => {
    const story = at(50).say("10").say("pause").say("resume").pass(6);
    expect(story.percent).toBe(25);
  });

  it("promote goes to 100, and from there past the bake; a weight below is not promoted from", () => {
    const story = at(100).say("30").say("promote");
    expect(story.percent).toBe(100);
    expect(story.release.phase).toBe("stepping");
    story.say("promote");
    expect(story.release.phase).toBe("promoting");
  });

  it("a weight that cannot be expressed is refused", () => {
    expect(at(10).say("12.5").answer).toMatch(/^refused: 12.5 % is not a whole number/);
  });

  it("an order whose files changed under it is refused, and the release is paused", () => {
    const story = at(10);
    story.abandons = 1;
    story.say("50").pass(30);
    expect(story.answer).toMatch(/^refused: Not done: .* changed meanwhile/);
    expect(story.percent).toBe(10);
    story.say("resume");
    expect(story.percent).toBe(25);
  });

  it("of somebody not allowed changes nothing, and is answered once", () => {
    const story = at(10);
    story.orders = [story.order("rollback", "eve", { yes: false, reason: "no write access" })];
    story.rest();
    expect(story.answer).toBe("refused: no write access");
    expect(story.release.phase).toBe("stepping");
    expect(story.state?.handled).toHaveLength(1);
  });

  it("pause stops the climb until resume; a failure meanwhile opens the PR but does not merge it", () => {
    const story = at(10).say("pause").pass(60);
    expect(story.percent).toBe(10);
    story.verdict = "fail";
    story.pass(60);
    expect(story.pulls.map(({ state }) => state)).toEqual(["open"]);
    expect(story.percent).toBe(10);
    story.say("resume");
    expect(story.pulls.map(({ state }) => state)).toEqual(["merged"]);
  });

  it("a pause right after a commit does not keep the step from being judged", () => {
    const story = new Story();
    story.rest();
    story.canary = "v2";
    story.follows = false;
    story.rest();
    story.say("pause");
    story.follows = true;
    story.verdict = "fail";
    story.rest();
    expect(story.pulls).toHaveLength(1);
  });

  it("are not obeyed again once they are forgotten, and the record is bounded", () => {
    const story = at(10).say("pause").say("resume");
    for (let i = 0; i < 230; i++) story.say("approve");
    expect(story.state?.handled).toHaveLength(200);
    expect(story.release.will).toBeNull();
    if (story.state) {
      expect(isHandled(story.state, "comment:1")).toBe(true);
      expect(isHandled(story.state, "comment:9999")).toBe(false);
    }
  });

  it("after a failure no command raises the weight", () => {
    const story = at(50, { rollback: { ...rollout.rollback, merge: "manual" } });
    story.verdict = "fail";
    story.rest();
    for (const word of ["100", "promote", "approve", "resume", "pause", "start"]) {
      story.say(word);
      expect(story.answer).toMatch(/^refused/);
    }
    expect(story.percent).toBe(50);
  });
});
