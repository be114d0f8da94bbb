import { describe, expect, it } from "vitest";
import { releaseCheck, releaseComment } from "../../src/views/release.ts";
import { ended, failedRelease, view } from "./fixtures.ts";

const source = { repository: "acme/checkout", commit: "0123456789abcdef", pull: 7, deployment: null };
const there = view({
  elsewhere: "acme/deploy",
  release: { ...failedRelease, cause: { ...failedRelease.cause, pull: 7, source } },
});

describe("a release shown in the code's repository", () => {
  it("names pull requests of the manifests in full, its own by number, and where one must be allowed to write", () => {
    for (const shown of [there, { ...there, ended: ended("rolled-back") }]) {
      const comment = releaseComment(shown);
      expect(comment).toContain("acme/deploy#43");
      expect(comment).not.toMatch(/(?<!acme\/deploy)#43/);
      expect(comment).toContain("`acme/checkout@0123456789`");
      expect(comment).not.toContain("this repository");
    }
    expect(releaseComment(there)).toContain("may write to acme/deploy");
    expect(releaseCheck(there)).toMatchObject({ name: "sluice / checkout" });
    expect(releaseCheck(there).title).toContain("acme/deploy#43");
    expect(releaseCheck(there).summary).toContain("on #7");
  });
});
