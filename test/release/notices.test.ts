import { describe, expect, it } from "vitest";
import { at, released, rollout, type Story } from "./world.ts";

function kinds({ notices }: Story): readonly string[] {
  return notices.map(({ kind, severity }) => `${kind}: ${severity}`);
}

describe("People are told", () => {
  it("of a good release: that it began, each weight, and its end", () => {
    const story = released().pass(90);
    expect(story.state?.last?.outcome).toBe("promoted");
    expect(kinds(story)).toEqual([
      "started: info",
      ...[10, 25, 50, 100].map(() => "weight: info"),
      "promoted: info",
    ]);
    expect(story.notices.map(({ percent }) => percent)).toEqual([0, 10, 25, 50, 100, 0]);
    expect(new Set(story.notices.map(({ id }) => id)).size).toBe(story.notices.length);
  });

  it("of a failure at once and once, with its numbers, and when it is taken back", () => {
    const story = at(25);
    story.verdict = "fail";
    story.pass(10);
    expect(kinds(story).slice(-2)).toEqual(["failed: critical", "rolled-back: warning"]);
    const failed = story.notices.find(({ kind }) => kind === "failed");
    expect(failed).toMatchObject({ percent: 25, by: null, why: expect.stringContaining("error rate") });
  });

  it("that a person is needed, but not that evidence is awaited or somebody paused it", () => {
    const waiting = at(10, {
      steps: rollout.steps.map((step) => ({ ...step, approval: step.weight === 10 })),
    }).pass(20);
    expect(waiting.notices.filter(({ kind }) => kind === "waits")).toHaveLength(1);
    const story = at(10);
    story.verdict = "inconclusive";
    story.pass(20);
    story.say("pause");
    story.pass(20);
    expect(story.notices.map(({ kind }) => kind)).not.toContain("waits");
  });

  it("aloud when a rollback waits for somebody, because of a rule or because the rollout says so", () => {
    const ruled = at(25);
    ruled.forbidden.add("merge-rollback").add("set-weights");
    ruled.verdict = "fail";
    ruled.pass(60);
    expect(kinds(ruled).filter((kind) => kind.startsWith("blocked"))).toEqual(["blocked: critical"]);
    const manual = at(25, { rollback: { ...rollout.rollback, merge: "manual" } });
    manual.verdict = "fail";
    manual.pass(60);
    expect(manual.notices.at(-1)).toMatchObject({ kind: "blocked", severity: "critical", rollbackPull: 100 });
  });
});
