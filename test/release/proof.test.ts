import { describe, expect, it } from "vitest";
import type { ClusterReading } from "../../src/analysis/types.ts";
import { at, MINUTE, released } from "./world.ts";

const READY: ClusterReading = {
  traffic: null,
  appliedAt: null,
  drift: null,
  canary: { status: "proven", words: "Deployment canary runs app:v2, 2 of 2 ready" },
  stable: null,
};
const ACCEPTED: ClusterReading["traffic"] = {
  status: "proven",
  words: "HTTPRoute checkout accepted at 10:04:12, 75/25",
};

describe("before the first weight", () => {
  it("a workload that rolls out is waited for, then held as not ready, then given up", () => {
    expect(released().percent).toBe(10);
    const fresh = released({}, { ...READY, canary: { status: "not-yet", words: "1 of 2 ready" } });
    expect(fresh.percent).toBe(0);
    expect(fresh.release.hold).toBeNull();
    fresh.pass(4);
    expect(fresh.release.hold).toMatchObject({ reason: "not-ready", detail: "1 of 2 ready" });
    fresh.pass(31);
    expect(fresh.ended.at(-1)?.ending).toBe("rolled-back");
    expect(fresh.moves).toEqual([]);
    expect(fresh.ended.at(-1)?.failure?.words).toMatch(
      /No evidence for 30 min at 0 % \(not-ready\): 1 of 2 ready/,
    );
  });

  it("weights that are not those of git, or that a controller refuses, are waited for, then held as not live", () => {
    const story = released({}, { ...READY, traffic: { status: "not-yet", words: "there is no HTTPRoute" } });
    expect(story.percent).toBe(0);
    expect(story.release.hold).toBeNull();
    story.pass(4);
    expect(story.release.hold).toMatchObject({ reason: "not-live", detail: "there is no HTTPRoute" });
    story.cluster = { ...READY, traffic: ACCEPTED };
    story.rest();
    expect(story.percent).toBe(10);
  });

  it("goes on as soon as it is ready", () => {
    const story = released({}, { ...READY, canary: { status: "not-yet", words: "1 of 2 ready" } });
    story.cluster = READY;
    story.rest();
    expect(story.percent).toBe(10);
  });

  it("a crash loop fails it with the pod's reason, and no weight was ever raised", () => {
    const words = "Deployment canary: pod canary-1, container app: CrashLoopBackOff, 5 restarts";
    const story = released({}, { ...READY, canary: { status: "failed", words } });
    story.pass(1);
    expect(story.ended.at(-1)?.failure?.words).toBe(`Failed at 0 %: ${words}`);
    expect(story.moves).toEqual([]);
    expect(story.pulls).toHaveLength(1);
  });

  it("a cluster that is down holds it, and never lets it pass", () => {
    const words = "cluster production: the connection was refused";
    const story = released({}, { ...READY, canary: { status: "unavailable", words } });
    story.pass(5);
    expect(story.percent).toBe(0);
    expect(story.release.hold).toMatchObject({ reason: "cluster-unavailable", detail: words });
  });

  it("what the cluster cannot tell does not stop it", () => {
    expect(released({}, { ...READY, canary: { status: "unknown", words: "?" } }).percent).toBe(10);
  });
});

describe("at a weight", () => {
  it("a crash loop fails it, whatever the metrics say", () => {
    const story = at(25);
    story.cluster = { ...READY, traffic: ACCEPTED, canary: { status: "failed", words: "ImagePullBackOff" } };
    story.pass(1);
    expect(story.percent).toBe(0);
    expect(story.ended.at(-1)?.failure?.words).toBe("Failed at 25 %: ImagePullBackOff");
  });

  it.each([
    ["traffic", "not-yet", "not-live"],
    ["traffic", "unavailable", "cluster-unavailable"],
    ["canary", "not-yet", "not-ready"],
    ["canary", "unavailable", "cluster-unavailable"],
  ] as const)("%s %s: the next one does not come, and it is held as %s", (what, status, reason) => {
    const story = at(25);
    story.cluster = { ...READY, traffic: ACCEPTED, [what]: { status, words: "because" } };
    story.pass(8);
    expect(story.percent).toBe(25);
    expect(story.release.hold).toMatchObject({ reason, detail: "because" });
    story.cluster = { ...READY, traffic: ACCEPTED };
    story.rest();
    expect(story.percent).toBe(50);
  });

  it("drift holds it after twice `live.after`, by name, until it ends; then the step proves itself again", () => {
    const story = at(25);
    const since = story.now + MINUTE;
    const drift = {
      words: "VirtualService checkout: spec.http[0] is 40, git says 25; `kubectl` wrote it",
      since,
    };
    const traffic = { status: "not-yet", words: "40" } as const;
    story.pass(1);
    story.cluster = { ...READY, traffic, drift };
    story.pass(3);
    expect(story.release.hold).toBeNull();
    story.pass(2);
    expect(story.release.hold).toMatchObject({ kind: "person", reason: "drift" });
    expect(story.release.hold?.detail).toContain(`${drift.words}, since ${new Date(since).toISOString()}`);
    story.pass(120);
    expect(story.percent).toBe(25);
    story.cluster = { ...READY, traffic: ACCEPTED };
    story.rest();
    expect(story.release.shift.live?.at).toBe(story.now);
    expect(story.percent).toBe(25);
  });

  it("what was last written before our commit is late and no drift", () => {
    const story = at(25);
    const { shift } = story.release;
    const traffic = { status: "not-yet", words: "75" } as const;
    story.cluster = { ...READY, traffic, drift: { words: "x", since: shift.at - MINUTE } };
    story.pass(20);
    expect(story.release.hold?.reason).toBe("not-live");
  });
});

describe("a promotion by copy", () => {
  const promoting = (stable: ClusterReading["stable"]) => {
    const story = at(100);
    story.cluster = { ...READY, traffic: ACCEPTED, stable };
    story.pass(5.5);
    return story;
  };

  it("ends as soon as stable is proven to run the image, without waiting for `settle`", () => {
    const story = promoting({ status: "proven", words: "Deployment stable runs app:v2" });
    expect(story.ended.at(-1)?.ending).toBe("promoted");
    const said = story.ended.at(-1)?.timeline.map(({ text }) => text) ?? [];
    expect(said).toContain(
      "The stable workload runs the new version (Deployment stable runs app:v2): canary returns to 0 %",
    );
  });

  it("waits for `settle` where nothing can prove it", () => {
    const story = promoting({ status: "unknown", words: "cannot tell" });
    expect(story.release.phase).toBe("promoting");
    story.pass(6);
    expect(story.ended.at(-1)?.ending).toBe("promoted");
  });

  it.each(["not-yet", "unavailable"] as const)(
    "does not end while stable is %s, and fails after the limit",
    (status) => {
      const story = promoting({ status, words: "1 of 3 ready" });
      story.pass(10);
      expect(story.release).toMatchObject({ phase: "promoting", hold: { kind: "evidence" } });
      expect(story.percent).toBe(100);
      story.pass(31);
      expect(story.release.hold).toMatchObject({ reason: "promotion-failed" });
      expect(story.percent).toBe(100);
    },
  );

  it.each(["not-yet", "unavailable", "failed"] as const)(
    "goes on by a person's word although stable is %s",
    (status) => {
      const story = promoting({ status, words: "1 of 3 ready" }).pass(46);
      expect(story.release.hold).toMatchObject({ reason: "promotion-failed" });
      story.say("promote");
      const ended = story.ended.at(-1);
      expect(ended?.ending).toBe("promoted");
      expect(ended?.timeline.map(({ text }) => text)).toContain(
        "bea promotes although the stable workload is not seen to run the new version (1 of 3 ready): canary returns to 0 %",
      );
    },
  );

  it("goes on by a person's word while it holds, before anything has failed", () => {
    const story = promoting({ status: "not-yet", words: "1 of 3 ready" }).pass(10);
    expect(story.release.hold).toMatchObject({ kind: "evidence", reason: "not-ready" });
    story.say("promote");
    expect(story.answer).toMatch(/^done/);
    expect(story.ended.at(-1)?.ending).toBe("promoted");
  });

  it.each(["not-yet", "unavailable"] as const)(
    "copies by a person's word although the canary is %s, and asks again when stable does not come up",
    (status) => {
      const story = at(100);
      const canary = { status, words: "3 of 4 ready" };
      story.cluster = { ...READY, traffic: ACCEPTED, canary, stable: null };
      story.pass(8);
      expect(story.release).toMatchObject({ phase: "stepping", hold: { kind: "evidence" } });
      story.say("promote");
      expect(story.stable).toBe(story.canary);
      story.cluster = { ...story.cluster, stable: { status: "failed", words: "CrashLoopBackOff" } };
      story.pass(10);
      expect(story.release).toMatchObject({ phase: "promoting", hold: { reason: "promotion-failed" } });
      expect(story.percent).toBe(100);
    },
  );

  it("in spite of a failure of the canary does not fail by it again, but by stable", () => {
    const story = at(100);
    story.cluster = { ...READY, traffic: ACCEPTED, stable: { status: "not-yet", words: "0 of 3" } };
    story.now += 5 * MINUTE;
    while (story.release.phase === "stepping") story.look();
    story.verdict = "fail";
    story.pass(1);
    expect(story.release).toMatchObject({
      promotion: { copiedAt: null },
      hold: { reason: "promotion-failed" },
    });
    story.say("promote");
    story.pass(3);
    expect(story.release).toMatchObject({ phase: "promoting", hold: null });
    story.cluster = { ...story.cluster, stable: { status: "failed", words: "CrashLoopBackOff" } };
    story.pass(1);
    expect(story.release.promotion?.failed).toBe("CrashLoopBackOff");
    story.say("promote").pass(5);
    expect(story.ended.at(-1)?.ending).toBe("promoted");
  });

  it("holds at 100 with the pod's reason when stable does not come up", () => {
    const story = promoting({ status: "failed", words: "CrashLoopBackOff" });
    expect(story.release.hold).toMatchObject({ reason: "promotion-failed" });
    expect(story.release.hold?.detail).toContain("CrashLoopBackOff");
    expect(story.percent).toBe(100);
  });
});
