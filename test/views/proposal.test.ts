import { describe, expect, test } from "vitest";
import type { Change } from "../../src/release/state.ts";
import { type ProposalView, proposalBody, withdrawnBody } from "../../src/views/proposal.ts";
import { mesh, pass, release, rollbackView, rollout, trackOf } from "./fixtures.ts";

const weight = {
  kind: "set-weights",
  percent: 50,
  from: [{ stable: 75, canary: 25 }],
  to: [{ stable: 50, canary: 50 }],
  step: 2,
  routes: [],
} as const satisfies Change;

const byName: Change = { ...weight, step: null };

function proposal(change: Partial<ProposalView> = {}): ProposalView {
  return {
    rollout: { ...rollout, delivery: "pull-request" },
    release: release(),
    change: weight,
    before: [mesh(75, 25)],
    after: [mesh(50, 50)],
    why: "25 % → 50 %: no harm that would matter at 50 %",
    by: null,
    verdict: pass,
    track: trackOf(8, null),
    pages: rollbackView().pages,
    ...change,
  };
}

const images = { checkout: "registry.example.com/checkout:2.0.0" };
const VIEWS: Readonly<Record<string, ProposalView>> = {
  weight: proposal(),
  ordered: proposal({
    change: byName,
    by: "mira",
    why: "mira sets 25 % → 50 %",
    verdict: null,
  }),
  images: proposal({
    change: { kind: "copy-images", images },
    after: [mesh(75, 25)],
    verdict: null,
    why: "Promoting to apps/checkout/stable.yaml: registry.example.com/checkout:2.0.0",
  }),
};

describe("the pull request of a change", () => {
  test.each(Object.entries(VIEWS))("%s reads as its golden page", async (name, view) => {
    const title = "checkout: canary 25 % → 50 %";
    await expect(`${title}\n\n${proposalBody(view)}\n`).toMatchFileSnapshot(`golden/proposal-${name}.txt`);
  });

  test("says what its merge and its closing mean", () => {
    const body = proposalBody(proposal());
    expect(body).toContain(
      "Merging this pull request takes the canary of `checkout#7` from 25 % to 50 %, step 3 of 4.",
    );
    expect(body).toContain("Closing it says no");
  });

  test("withdrawn, it says so first", () => {
    expect(withdrawnBody(proposalBody(proposal()), "mesh/checkout.yaml changed").split("\n")[0]).toBe(
      "**Withdrawn**: mesh/checkout.yaml changed",
    );
  });
});
