import { describe, expect, it } from "vitest";
import { legalCommands } from "../../src/release/legal.ts";
import { at, type Story } from "./world.ts";

const LEVEL = "container app's env LEVEL";
const ARGS = "container app's args";

/** At 100 % and passed, with something that a copy of images does not bring. */
function held(...lacking: string[]): Story {
  const story = at(100);
  story.lacking = lacking;
  return story.pass(6);
}

/** A person puts it into the stable workload's file. */
function put(story: Story, ...left: string[]): Story {
  story.stable = `v1+${left.length}`;
  story.lacking = left;
  return story;
}

function said({ timeline }: { readonly timeline: readonly { readonly text: string }[] }): string {
  return timeline.map(({ text }) => text).join("\n");
}

describe("a release that changed more than images", () => {
  it("holds before anything is copied, for as long as it takes, and says what to do", () => {
    const story = held(LEVEL).pass(120);
    expect([story.stable, story.percent]).toEqual(["v1", 100]);
    expect(story.release.hold).toMatchObject({ kind: "person", reason: "stable-behind" });
    expect(story.release.hold?.detail).toBe(
      "apps/stable.yaml does not have all that was tested, and promotion copies images only: container app's env LEVEL. Put it there as it is in apps/canary.yaml, while 100 % is on the canary; then the release goes on by itself. `promote` goes on without it, `rollback` returns.",
    );
    expect(story.state && legalCommands(story.state, story.rollout, story.now)).toEqual([
      "/canary promote",
      "/canary pause",
      "/canary rollback",
    ]);
  });

  it("goes on by itself when stable has it, and the change that was asked for holds nothing", () => {
    const story = put(held(LEVEL)).pass(1);
    expect(story.stable).toBe("v2");
    story.pass(6);
    const [ended] = story.ended;
    expect(ended?.ending).toBe("promoted");
    expect(said(ended ?? story.release)).not.toContain("workload-edit");
    expect(said(ended ?? story.release)).not.toContain("said so");
  });

  it("shows what is still to come when some of it has", () => {
    const story = put(held(LEVEL, ARGS), ARGS).pass(1);
    expect(story.release.hold?.detail).toContain("only: container app's args. Put");
    expect(story.stable).toBe("v1+1");
  });

  it("a change of stable that nobody asked for still holds", () => {
    const story = put(held(LEVEL));
    story.strayed = ["container app's env OTHER"];
    story.pass(10);
    expect(story.release.hold?.reason).toBe("workload-edit");
    expect(story.say("rollback").pulls[0]?.restore).not.toHaveProperty(["apps/stable.yaml"]);
  });

  it("that stable loses again before the canary goes home holds again", () => {
    const story = put(held(LEVEL)).pass(1);
    story.lacking = [LEVEL];
    story.pass(20);
    expect([story.release.hold?.reason, story.percent]).toEqual(["stable-behind", 100]);
  });

  it("is promoted without it by name, and the timeline says whose word that was", () => {
    const story = held(LEVEL).say("promote", "ada").pass(6);
    const [ended] = story.ended;
    expect(ended?.ending).toBe("promoted");
    const words = said(ended ?? story.release);
    expect(words).toContain("ada promotes without container app's env LEVEL");
    expect(words).toContain(
      "Promoting to apps/stable.yaml: app:v2, without container app's env LEVEL: ada said so",
    );
    expect(words).toContain("runs the new version, without container app's env LEVEL: ada said so");
  });

  it("is promoted without what was said, and no more", () => {
    const story = held(LEVEL);
    story.forbidden.add("copy-images");
    story.say("promote");
    story.lacking = [LEVEL, ARGS];
    story.forbidden.clear();
    story.say("resume").pass(5);
    expect(story.release.hold?.detail).toContain("only: container app's args. Put");
  });

  it("a word for missing evidence or on the way up is none for what is missing in stable", () => {
    const story = at(50);
    story.lacking = [LEVEL];
    story.say("promote").pass(30);
    expect([story.release.hold?.reason, story.stable]).toEqual(["stable-behind", "v1"]);
  });

  it("that fails meanwhile stays and says so, as at any time of a promotion", () => {
    const story = held(LEVEL);
    story.verdict = "fail";
    story.pass(1);
    expect(story.release.hold?.reason).toBe("promotion-failed");
    story.verdict = "pass";
    put(story).pass(10);
    expect([story.release.hold?.reason, story.percent]).toEqual(["promotion-failed", 100]);
    // Over the failure, and then over what is missing: each is said by itself.
    story.lacking = [LEVEL];
    story.say("promote").pass(1);
    expect(story.release.hold?.reason).toBe("stable-behind");
  });

  it("is rolled back with what stable got of it, before the copy and after", () => {
    const before = put(held(LEVEL));
    before.forbidden.add("copy-images");
    before.pass(1).say("rollback");
    expect([before.stable, before.canary, before.percent]).toEqual(["v1", "v1", 0]);
    const after = put(held(LEVEL)).pass(1);
    expect(after.stable).toBe("v2");
    after.say("rollback");
    expect([after.stable, after.canary, after.percent]).toEqual(["v1", "v1", 0]);
  });
});
