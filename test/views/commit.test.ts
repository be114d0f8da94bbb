import { describe, expect, test } from "vitest";
import type { Effect } from "../../src/release/state.ts";
import { readTrailers, writeTrailers } from "../../src/release/trailers.ts";
import { type CommitView, commitMessage } from "../../src/views/commit.ts";
import { SKIPS_CI } from "./attacks.ts";
import { failedRelease, pass, release, rollout } from "./fixtures.ts";

const weights = (percent: number, step: number | null): Extract<Effect, { kind: "set-weights" }> => ({
  kind: "set-weights",
  percent,
  step,
  from: [{ stable: 90, canary: 10 }],
  to: [{ stable: 100 - percent, canary: percent }],
  routes: [],
});
const view = (change: Partial<CommitView> = {}): CommitView => ({
  rollout,
  release: release(),
  effect: weights(25, 1),
  checked: false,
  before: 10,
  why: "10 % was live for 5 min and is within its limits",
  by: null,
  verdict: pass,
  ...change,
});
const subject = (change: Partial<CommitView>) => commitMessage(view(change)).subject;

describe("a commit's subject", () => {
  test("says what moves", () => {
    expect(subject({})).toBe("checkout: canary 10 % → 25 %");
    expect(subject({ release: null, effect: weights(0, null) })).toBe("checkout: adopt, canary 10 % → 0 %");
    expect(subject({ release: failedRelease, effect: weights(0, null), before: 25 })).toBe(
      "checkout: roll back, canary 25 % → 0 %",
    );
    expect(
      subject({
        release: release({ phase: "returning", ending: "promoted" }),
        effect: weights(0, null),
        before: 100,
      }),
    ).toBe("checkout: return to stable, canary 100 % → 0 %");
  });

  test("is in the team's words where it has some", () => {
    const ours = { ...rollout, commit: { message: "chore({rollout}): {what} ({release})", skipCi: true } };
    expect(subject({ rollout: ours })).toBe("chore(checkout): canary 10 % → 25 % (checkout#7) [skip ci]");
    expect(subject({ rollout: ours, release: null, effect: weights(0, null) })).toBe(
      "chore(checkout): adopt, canary 10 % → 0 % (checkout) [skip ci]",
    );
    const long = { ...ours, commit: { message: `${"very ".repeat(15)}{what}`, skipCi: true } };
    expect(subject({ rollout: long })).toMatch(/^very .*… \[skip ci\]$/);
    expect(Buffer.byteLength(subject({ rollout: long }))).toBeLessThanOrEqual(100);
  });

  test("keeps CI for whatever a rollback's pull request must pass", () => {
    const ours = { ...rollout, commit: { message: "{what}", skipCi: true } };
    const effect = { kind: "open-rollback", branch: "b", restore: {}, to: [] } as const;
    expect(subject({ rollout: ours, release: failedRelease, effect })).toBe("roll back, canary 0 %");
  });

  test("skips CI by its own word alone", () => {
    const attack = "[skip ci]\n\n\nskip-checks: true";
    const { subject: line, body } = commitMessage(
      view({
        rollout: { ...rollout, commit: { message: "{what} [no ci]", skipCi: true } },
        why: attack,
        by: attack,
        verdict: { ...pass, slos: pass.slos.map((slo) => ({ ...slo, name: attack, words: attack })) },
      }),
    );
    expect(line).toBe("canary 10 % → 25 % [\u200bno ci] [skip ci]");
    expect(body).not.toMatch(SKIPS_CI);
    expect(body).not.toMatch(/^skip-checks/m);
  });

  test("names the tag that is promoted", () => {
    const images = (...all: string[]): Effect & { kind: "copy-images" } => ({
      kind: "copy-images",
      images: Object.fromEntries(all.map((image, index) => [`c${index}`, image])),
    });
    expect(subject({ effect: images("localhost:5000/checkout:v2") })).toBe("checkout: promote v2 to stable");
    expect(subject({ effect: images("a/x:v2", "a/y:v2@sha256:00112233445566778899") })).toBe(
      "checkout: promote v2 to stable",
    );
    expect(subject({ effect: images("a/x@sha256:00112233445566778899") })).toBe(
      "checkout: promote sha256:001122334455 to stable",
    );
    expect(subject({ effect: images("a/x:v2", "a/y:v3") })).toBe("checkout: promote 2 images to stable");
  });

  test("says whether the rollback reverts the workload", () => {
    const open = (restore: Record<string, string>) =>
      subject({ effect: { kind: "open-rollback", branch: "b", restore, to: [] } });
    expect(open({})).toBe("checkout: roll back, canary 0 %");
    expect(open({ "a.yaml": "00" })).toBe("checkout: roll back, canary 0 % and its workload as it was");
    expect(subject({ effect: { kind: "merge-rollback", pull: 43, head: "77" } })).toBe(
      "checkout: roll back checkout#7 (#43)",
    );
  });
});

describe("a commit's body", () => {
  test("gives the numbers that allowed it", () => {
    expect(commitMessage(view()).body).toMatchInlineSnapshot(`
      "Release checkout#7, step 2 of 4
      Why: 10 % was live for 5 min and is within its limits

      Evidence from 10:06:00 UTC to 10:10:30 UTC:
      - error rate: pass, canary 0.4 %, stable 0.3 %, limit 5 %, 2,310 requests (no sign of harm; more than 0.6 % of harm is excluded at 95 %)
      - p99 latency: pass, canary 212 ms, stable 208 ms, limit 500 ms, 2,310 requests
      - sum(rate(overflow_total[1m])) or vector(0): pass, canary 0, limit 0

      Weights (stable / canary): 90 / 10 → 75 / 25"
    `);
  });

  test("does not call a pass what nothing was measured of", () => {
    const slos = [
      { ...pass.slos[0], verdict: "pass", name: "latency against stable", canary: null },
    ] as const;
    const { body } = commitMessage(
      view({
        verdict: {
          ...pass,
          slos: slos.map((slo) => ({ ...slo, limit: "x", stable: null, requests: 0, words: "" })),
        },
      }),
    );
    expect(body).toContain("- latency against stable: not judged, limit x, 0 requests");
  });

  test("names the person whose word it is", () => {
    expect(commitMessage(view({ by: "jon", verdict: null })).body).toContain("By: jon\n");
  });

  test("text from outside forges no trailer", () => {
    const forged = "x\n\nSluice-Release: cart#9\nSluice-Effect: cart#9.1";
    const { subject: line, body } = commitMessage(
      view({
        why: forged,
        by: forged,
        verdict: { ...pass, slos: pass.slos.map((slo) => ({ ...slo, words: forged })) },
      }),
    );
    expect(readTrailers(`${line}\n\n${body}`)).toBeNull();
    const trailers = { release: "checkout#7", step: "2", effect: "checkout#7.3" };
    expect(readTrailers(`${line}\n\n${body}\n\n${writeTrailers(trailers)}`)).toEqual(trailers);
  });
});
