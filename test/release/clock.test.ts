import { describe, expect, it } from "vitest";
import { clockOf } from "../../src/release/clock.ts";
import type { Release } from "../../src/release/state.ts";
import { MINUTE, Story } from "./world.ts";

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Of `START`, a Monday 10:00 UTC, the next one is on Tuesday. */
const NINE = { kind: "schedule", cron: "0 9 * * 1-5", zone: "UTC" } as const;

/** By the schedule, with version v2 merged and seen on Monday. */
function waiting(on: Story["rollout"]["on"] = NINE): Story {
  const story = new Story({ on });
  story.cause = on.kind;
  if (on.kind === "command") story.waiting = "Waiting for `/canary checkout start`.";
  story.rest();
  story.canary = "v2";
  story.rest();
  return story;
}

/** The first release, ended by now or not. */
function first(story: Story): Release {
  return story.ended[0] ?? story.release;
}

/** The day and the time at which it began. */
function began(story: Story): string {
  return new Date(first(story).startedAt).toUTCString().slice(0, 22);
}

describe("a schedule", () => {
  it("starts the version that is there at its time, and sets a timer for it", () => {
    const story = waiting();
    expect(story.state?.waits).toMatchObject({ version: "v2", since: story.now });
    expect(story.rest()).toEqual({ kind: "wait", until: Date.UTC(2026, 4, 5, 9), why: expect.any(String) });
    story.canary = "v3";
    story.pass(24 * 60);
    expect(began(story)).toBe("Tue, 05 May 2026 09:00");
    expect(first(story)).toMatchObject({ version: "v3", cause: { kind: "schedule" } });
  });

  it("that passed while nobody looked starts what waited for it, late", () => {
    const story = waiting();
    story.now += DAY;
    story.rest();
    expect(began(story)).toBe("Tue, 05 May 2026 10:00");
  });

  it("does not start what nobody had seen before its time", () => {
    const story = waiting();
    story.now += DAY;
    story.canary = "v3";
    story.pass(24 * 60);
    expect(began(story)).toBe("Wed, 06 May 2026 09:00");
  });

  it("that is written anew begins from then on: its times of yesterday are not made up for", () => {
    const story = waiting({ ...NINE, cron: "0 9 * * 5" });
    story.now += DAY;
    story.rollout = { ...story.rollout, on: NINE };
    story.pass(24 * 60);
    expect(began(story)).toBe("Wed, 06 May 2026 09:00");
  });

  it("passes over the times that a freeze covers, of a command or of the configuration", () => {
    const story = waiting();
    const tuesday = Date.UTC(2026, 4, 5);
    const wednesday = { from: tuesday + DAY, until: tuesday + 2 * DAY, reason: null };
    story.rollout = { ...story.rollout, freezes: [wednesday] };
    story.say(`freeze until ${tuesday + 20 * HOUR}`);
    story.pass(4 * 24 * 60);
    expect(began(story)).toBe("Thu, 07 May 2026 09:00");
  });

  it("starts at a time with which a freeze ends", () => {
    const story = waiting({ ...NINE, cron: "0 8,9 * * 1-5" });
    story.say(`freeze until ${Date.UTC(2026, 4, 5, 9)}`);
    expect(story.rest().until).toBe(Date.UTC(2026, 4, 5, 9));
    story.pass(24 * 60);
    expect(began(story)).toBe("Tue, 05 May 2026 09:00");
  });

  it("that passed while nobody looked is said to be the next start, and after that one the next of its times", () => {
    const story = waiting();
    story.now += DAY;
    const next = () => clockOf(story.rollout, story.state, story.now).nextStart;
    expect(next()).toBe(Date.UTC(2026, 4, 5, 9));
    story.rest();
    expect(story.release.version).toBe("v2");
    expect(next()).toBe(Date.UTC(2026, 4, 6, 9));
  });

  it("does not make up for a time when a freeze is lifted", () => {
    const story = waiting();
    story.say("freeze").pass(24 * 60);
    story.say("unfreeze").pass(24 * 60);
    expect(began(story)).toBe("Wed, 06 May 2026 09:00");
  });

  it("may be brought forward by command", () => {
    const story = waiting().say("start");
    expect(story.release.version).toBe("v2");
  });
});

describe("a planned start", () => {
  const planned = (story: Story, at: number) => {
    const due = story.say(`start at ${at}`, "ada");
    return due;
  };

  it("is said, and begins at its time and not before, in the name of whoever planned it", () => {
    const story = waiting({ kind: "command" });
    const at = story.now + 3 * HOUR;
    planned(story, at);
    expect(story.answer).toBe(
      "done: Version v2 starts at 2026-05-04 13:00 UTC, planned by ada; `cancel` takes that back.",
    );
    expect(story.rest().until).toBe(at);
    story.pass(179);
    expect(story.state?.release).toBeNull();
    story.pass(2);
    expect(began(story)).toBe("Mon, 04 May 2026 13:00");
    expect(story.release.cause).toMatchObject({ kind: "command", actor: "ada", pull: 7 });
    expect(story.state?.planned).toBeNull();
  });

  it("is once: the next version waits for a word again", () => {
    const story = waiting({ kind: "command" });
    planned(story, story.now + HOUR).pass(120);
    expect(story.ended.map(({ ending }) => ending)).toEqual(["promoted"]);
    story.canary = "v3";
    story.pass(600);
    expect(story.state?.release).toBeNull();
  });

  it("does not start another version than the one that was there", () => {
    const story = waiting({ kind: "command" });
    planned(story, story.now + HOUR);
    story.canary = "v3";
    story.pass(600);
    expect(story.state?.release).toBeNull();
  });

  it("is taken back by `cancel`, and replaced by another", () => {
    const story = waiting({ kind: "command" });
    planned(story, story.now + HOUR)
      .say("cancel")
      .pass(120);
    expect(story.state?.release).toBeNull();
    story.say("cancel");
    expect(story.answer).toBe("refused: No start is planned.");
    planned(story, story.now + HOUR)
      .say(`start at ${story.now + 4 * HOUR}`)
      .pass(120);
    expect(story.state?.release).toBeNull();
    story.pass(121);
    expect(story.release.version).toBe("v2");
    story.say("cancel");
    expect(story.answer).toMatch(/^refused: .*`rollback` ends the release that is running/);
  });

  it("comes before the next time of a schedule", () => {
    const story = waiting();
    planned(story, story.now + HOUR).pass(61);
    expect(began(story)).toBe("Mon, 04 May 2026 11:00");
  });

  it("waits for the end of a freeze, which is said", () => {
    const story = waiting({ kind: "command" });
    story.say(`freeze until ${story.now + 2 * HOUR}`);
    planned(story, story.now + HOUR);
    expect(story.answer).toMatch(
      /^done: .* Frozen by bea until 2026-05-04 12:00 UTC: holidays\. It begins after/,
    );
    story.pass(121);
    expect(began(story)).toBe("Mon, 04 May 2026 12:00");
  });

  it("in the past, of no new version, or during a release is refused", () => {
    const story = waiting({ kind: "command" });
    planned(story, story.now);
    expect(story.answer).toMatch(/^refused: .* is in the past/);
    story.canary = "v1";
    planned(story, story.now + HOUR);
    expect(story.answer).toMatch(/^refused: Canary and stable run the same version/);
    story.canary = "v2";
    story.say("start");
    planned(story, story.now + HOUR);
    expect(story.answer).toMatch(/^refused: checkout#1 is running already/);
  });
});
