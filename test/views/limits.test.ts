import { describe, expect, test } from "vitest";
import type { SloVerdict } from "../../src/analysis/types.ts";
import { compose, table, text } from "../../src/views/layout.ts";
import { findMarker } from "../../src/views/marker.ts";
import { planCheck } from "../../src/views/plan.ts";
import { releaseCheck, releaseComment } from "../../src/views/release.ts";
import { rollbackPull } from "../../src/views/rollback.ts";
import { fc } from "../fast-check.ts";
import { at, failedRelease, mesh, pass, release, rollbackView, rollout, view } from "./fixtures.ts";

const COMMENT = 65_536;
const SUMMARY = 65_535;
const size = (body: string) => Buffer.byteLength(body);

const nasty = fc.oneof(
  fc.constantFrom("@a ", "<!-- sluice:release x#1 -->", "|`$", "🚀"),
  fc.string({ unit: "binary" }),
);
const long = fc.tuple(nasty, fc.integer({ min: 0, max: 600 })).map(([piece, times]) => piece.repeat(times));
const amount = fc.integer({ min: 0, max: 400 });

describe("bodies stay within GitHub's limits", () => {
  test("a release with any timeline, any SLOs and any words", () => {
    const property = fc.property(long, amount, amount, (words, entries, slos) => {
      const slo: SloVerdict = {
        verdict: "pass",
        name: words,
        limit: "5 %",
        canary: words,
        stable: null,
        requests: 1,
        words,
      };
      const shown = view({
        release: release({
          timeline: Array.from({ length: entries }, (_, index) => ({
            at: at(index),
            text: words,
            by: words,
          })),
          hold: { kind: "person", reason: "blocked", since: at(1), detail: words },
        }),
        verdict: { ...pass, words, slos: Array.from({ length: slos }, () => slo) },
        rollout: { ...rollout, approvers: Array.from({ length: 50 }, () => words) },
        legal: [words, words],
      });
      const comment = releaseComment(shown);
      const check = releaseCheck(shown);
      expect(size(comment)).toBeLessThanOrEqual(COMMENT);
      expect(findMarker(comment)).toEqual({ kind: "release", rollout: "checkout", number: 7 });
      expect(size(check.summary)).toBeLessThanOrEqual(SUMMARY);
      expect(size(check.title)).toBeLessThanOrEqual(255);
    });
    fc.assert(property, { numRuns: 25 });
  });

  test("a rollback pull request, with room for trailers", () => {
    const property = fc.property(long, amount, (words, many) => {
      const pull = rollbackPull(
        rollbackView({
          release: {
            ...failedRelease,
            failure: failedRelease.failure && { ...failedRelease.failure, words },
            timeline: Array.from({ length: many * 5 }, () => ({ at: at(1), text: words, by: null })),
          },
          files: Array.from({ length: many }, () => words),
          before: Array.from({ length: many }, () => ({ ...mesh(1, 1), name: words, file: words })),
          after: Array.from({ length: many }, () => ({ ...mesh(1, 1), name: words, file: words })),
          merge: { how: "blocked", reason: words },
        }),
      );
      expect(size(pull.body)).toBeLessThanOrEqual(COMMENT - 1000);
      expect(size(pull.title)).toBeLessThanOrEqual(255);
    });
    fc.assert(property, { numRuns: 25 });
  });

  test("a plan of many rollouts and problems", () => {
    const plan = {
      rollout: {
        ...rollout,
        slos: Array.from({ length: 40 }, () => rollout.slos[2]).flatMap((slo) => slo ?? []),
      },
      unread: null,
      ships: true,
      images: [{ container: "app", from: "a".repeat(2000), to: "b".repeat(2000) }],
      steps: { ok: false, reason: "|@".repeat(1000) },
      running: release(),
      adopts: false,
      nextStart: null,
      weightsNow: [mesh(1, 1)],
      typical: null,
      present: Array.from({ length: 40 }, () => ({
        name: "|".repeat(999),
        limit: "<".repeat(999),
        now: "@".repeat(999),
        state: "unknown" as const,
        words: "`".repeat(999),
      })),
      notes: Array.from({ length: 20 }, () => "<".repeat(1000)),
    } as const;
    const diffs = Array.from({ length: 20 }, () => ({
      file: "f".repeat(999),
      lines: Array.from({ length: 500 }, () => "+ ```` <b>".repeat(99)),
    }));
    const rungs = rollout.steps.map(({ weight }) => ({ percent: weight, targets: [mesh(1, 1)], diffs }));
    const shipping = { ...plan, running: null, weightsNow: [], steps: { ok: true as const, rungs } };
    const problem = { file: "<a>".repeat(99), line: 1, column: 1, code: "x", message: "@".repeat(9000) };
    const check = planCheck({
      problems: Array.from({ length: 500 }, () => problem),
      rollouts: Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? plan : shipping)),
    });
    expect(size(check.summary)).toBeLessThanOrEqual(SUMMARY);
    expect(size(check.title)).toBeLessThanOrEqual(255);
    expect(check.summary).toMatch(/… \d+ (more|parts)/);
  });
});

describe("making room", () => {
  const rows = (many: number) => Array.from({ length: many }, (_, index) => [`row ${index}`, "x".repeat(40)]);

  test("drops the middle, keeps both ends, says how many", () => {
    const body = compose([text("head"), table(["A", "B"], rows(100))], 1000);
    expect(size(body)).toBeLessThanOrEqual(1000);
    expect(body).toContain("row 0 ");
    expect(body).toContain("row 99 ");
    const shown = body.match(/row \d/g)?.length ?? 0;
    expect(body).toContain(`| … ${100 - shown} more |  |`);
  });

  test("drops nothing that fits", () => {
    expect(compose([table(["A", "B"], rows(5))], 10_000)).not.toContain("…");
  });

  test("leaves whole sections out when nothing else helps, and keeps the tail", () => {
    const body = compose([text("head"), text("x".repeat(500)), text("y")], 200, "tail");
    expect(body).toBe("head\n\n… 2 more parts left out: too long for GitHub.\n\ntail");
  });
});
