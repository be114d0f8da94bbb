import { describe, expect, it } from "vitest";
import { checkGate, environmentGate, type HookAnswer, hookGate } from "../../src/analysis/gates.ts";

const gate = { kind: "check", name: "e2e" } as const;
const said = (word: string, by = "github-actions") => ({ by, word, link: null });

describe("a check", () => {
  it.each([
    ["success", "open"],
    ["neutral", "open"],
    ["queued", "pending"],
    ["in_progress", "pending"],
    ["pending", "pending"],
    ["failure", "closed"],
    ["error", "closed"],
    ["cancelled", "closed"],
    ["timed_out", "closed"],
    ["action_required", "closed"],
    ["stale", "closed"],
    ["startup_failure", "closed"],
    ["a word that GitHub has not yet", "closed"],
  ])("that says %s is %s", (word, status) => {
    expect(checkGate(gate, [said(word)])).toEqual({
      ...{ gate, status, link: null },
      words: `${word}, by github-actions`,
    });
  });

  it("that was skipped is waited for, in words, and is not good beside a good one", () => {
    const skipped = { status: "pending", words: "skipped by github-actions, so it has not run" };
    expect(checkGate(gate, [said("skipped")])).toMatchObject(skipped);
    expect(checkGate(gate, [said("success"), said("skipped")])).toMatchObject(skipped);
  });

  it("that nobody has reported is waited for", () => {
    expect(checkGate(gate, [])).toMatchObject({ status: "pending", words: "nobody has reported it yet" });
  });

  it("of several who use its name must be good by each", () => {
    const good = said("success");
    expect(checkGate(gate, [good, said("failure", "ci")])).toMatchObject({
      status: "closed",
      words: "failure, by ci",
    });
    expect(checkGate(gate, [said("pending", "ci"), good])).toMatchObject({ status: "pending" });
    expect(checkGate(gate, [said("pending"), said("failure", "ci")])).toMatchObject({ status: "closed" });
    expect(checkGate(gate, [good, said("neutral", "ci")])).toMatchObject({ status: "open" });
  });
});

describe("an environment", () => {
  const words = (...said: string[]) =>
    environmentGate({ kind: "environment", name: "production" }, [
      { by: "github-actions", words: said, link: null },
    ]);

  it.each([
    ["pending", []],
    ["pending", ["waiting"]],
    ["pending", ["pending", "waiting"]],
    ["open", ["queued", "waiting"]],
    ["open", ["in_progress", "queued", "waiting"]],
    ["open", ["success", "in_progress", "queued"]],
    ["closed", ["failure", "waiting"]],
    ["closed", ["error", "in_progress"]],
    // Another deployment took its place: it was past the rules only if it was deployed.
    ["open", ["inactive", "success", "queued", "waiting"]],
    ["pending", ["inactive", "waiting"]],
    ["pending", ["a word that GitHub has not yet"]],
  ] as const)("is %s when its deployment says %j, newest first", (status, said) => {
    expect(words(...said).status).toBe(status);
  });

  it("must be passed by each who deploys there", () => {
    const by = (by: string, word: string) => ({ by, words: [word], link: null });
    const gate = { kind: "environment", name: "production" } as const;
    const reading = environmentGate(gate, [by("mallory", "success"), by("github-actions", "waiting")]);
    expect(reading).toMatchObject({ status: "pending", words: "deployment by github-actions: waiting" });
  });

  const each = (...newestFirst: string[][]) =>
    environmentGate(
      { kind: "environment", name: "production" },
      newestFirst.map((words) => ({ by: "github-actions", words, link: null })),
    ).status;

  it("whose job was started again is where the newest one is, once the others are through", () => {
    expect(each(["queued"], ["failure", "waiting"])).toBe("open");
    expect(each(["success"], ["inactive", "waiting"])).toBe("open");
    expect(each(["failure"], ["success"])).toBe("closed");
    expect(each(["inactive", "waiting"], ["success"])).toBe("pending");
  });

  it.each([[[]], [["waiting"]], [["pending", "waiting"]]])("is not open by a newer one than %j", (waits) => {
    expect(each(["success"], waits)).toBe("pending");
    expect(each(waits, ["success"])).toBe("pending");
    expect(each(["failure"], waits)).toBe("closed");
  });

  it("that has no deployment of the commit is waited for", () => {
    expect(environmentGate({ kind: "environment", name: "p" }, [])).toMatchObject({ status: "pending" });
  });
});

describe("a hook", () => {
  const cases: readonly (readonly [HookAnswer, string, RegExp])[] = [
    [{ status: "open", reason: null }, "open", /^open$/],
    [{ status: "open", reason: "p99 is fine" }, "open", /^p99 is fine$/],
    [{ status: "waits", reason: "12 of 30 min" }, "pending", /^12 of 30 min$/],
    [{ status: "waits", reason: null }, "pending", /without a reason/],
    [{ status: "unexpected", why: "HTTP 500" }, "pending", /^did not answer as expected: HTTP 500$/],
    [{ status: "unknown" }, "closed", /configured no hook of this name/],
  ];
  it.each(cases)("that answers %j is %s", (answer, status, words) => {
    const reading = hookGate({ kind: "hook", name: "loadtest" }, answer);
    expect(reading.status).toBe(status);
    expect(reading.words).toMatch(words);
  });
});
