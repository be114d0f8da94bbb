import { describe, expect, it } from "vitest";
import { nearest } from "../../src/config/nearest.ts";

const KEYS = ["steps", "slos", "service", "namespace", "minRequests", "on"];

describe("the nearest word", () => {
  it.each([
    ["stpes", "steps"],
    ["step", "steps"],
    ["Service", "service"],
    ["servcie", "service"],
    ["minrequest", "minRequests"],
    ["no", "on"],
  ])("%s most likely meant %s", (typed, meant) => {
    expect(nearest(typed, KEYS)).toBe(meant);
  });

  it.each(["", "elephant", "x".repeat(100_000)])("nothing is guessed for something else", (typed) => {
    expect(nearest(typed, KEYS)).toBeNull();
  });

  it("the earlier of two equally near words wins", () => {
    expect(nearest("bat", ["cat", "rat"])).toBe("cat");
  });
});
