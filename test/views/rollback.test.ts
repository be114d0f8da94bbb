import { describe, expect, test } from "vitest";
import { type RollbackView, rollbackPull } from "../../src/views/rollback.ts";
import { failedRelease, rollbackView, rollout } from "./fixtures.ts";

const asked = {
  ...failedRelease,
  failure: failedRelease.failure && {
    ...failedRelease.failure,
    by: "jon",
    words: "checkout is slow",
    slos: [],
  },
};

const VIEWS: Readonly<Record<string, RollbackView>> = {
  auto: rollbackView(),
  blocked: rollbackView({
    merge: {
      how: "blocked",
      reason: "At least 1 approving review is required by reviewers with write access.",
    },
  }),
  manual: rollbackView({
    rollout: { ...rollout, rollback: { ...rollout.rollback, merge: "manual", revert: false } },
    files: ["mesh/checkout.yaml"],
    reverted: false,
    merge: { how: "manual" },
    hit: null,
  }),
  asked: rollbackView({ release: asked }),
};

describe("the rollback pull request", () => {
  test.each(Object.entries(VIEWS))("%s reads as its golden page", async (name, view) => {
    const { title, body } = rollbackPull(view);
    await expect(`${title}\n\n${body}\n`).toMatchFileSnapshot(`golden/rollback-${name}.txt`);
  });

  test("links the pull request and the commit that caused it", () => {
    expect(rollbackPull(rollbackView()).body).toContain(
      "Caused by [`3f9c2d1`](https://github.com/acme/shop/commit/3f9c2d1e8b7a65504132c0ffee00112233445566) (#41).",
    );
  });

  test("says so when the traffic is safe already", () => {
    const { body } = rollbackPull(rollbackView({ merge: { how: "rest", commit: "99887766" } }));
    expect(body).toContain("Canary weight 0 is already committed (9988776); traffic is safe.");
  });

  test("many files stay a short list", () => {
    const files = Array.from({ length: 300 }, (_, index) => `apps/file-${index}.yaml`);
    expect(rollbackPull(rollbackView({ files })).body).toContain("and 280 more");
  });
});
