import { structuredPatch } from "diff";
import type { Rollout } from "../config/types.ts";
import type { FileReading } from "../ports/forge.ts";
import type { RolloutPlan, Rung } from "../views/plan-view.ts";
import { planStep, targetChanges, textOf } from "./edits.ts";
import type { Facts } from "./facts.ts";
import { targetWeights } from "./target-weights.ts";

type Files = ReadonlyMap<string, FileReading>;

/** Lines around a change that a reader gets to see. */
const CONTEXT = 2;

/**
 * Every step is written on trial, one after another from the files as they are: what a kind cannot say is found here
 * and not in mid-release. `shown`: with what each step changes, line by line.
 */
export function rungsOf(rollout: Rollout, facts: Facts, files: Files, shown: boolean): RolloutPlan["steps"] {
  const rungs: Rung[] = [];
  let before: Files = files;
  let standing: Rollout["steps"][number]["routes"] = [];
  for (const { weight, routes } of rollout.steps) {
    const plan = planStep(rollout, facts, files, weight, { before: [], after: routes });
    if (!plan.ok) return { ok: false, reason: plan.reason };
    const rung = { percent: weight, targets: targetWeights(rollout, facts, plan.weights) };
    if (!shown) {
      rungs.push({ ...rung, diffs: [] });
      continue;
    }
    const wanted = { weights: plan.weights, routes: { before: standing, after: routes } };
    const written = targetChanges(
      rollout,
      { ...wanted, removeBypasses: false, atLeast: "everything" },
      before,
    );
    if (!written.ok) return { ok: false, reason: written.reason };
    const after = new Map(before);
    for (const { path, text } of written.changes) {
      if (text !== null) after.set(path, { status: "text", oid: "", text });
    }
    const diffs = written.changes.map(({ path }) => ({
      file: path,
      lines: linesOf(textOf(before, path), textOf(after, path)),
    }));
    rungs.push({ ...rung, diffs });
    [before, standing] = [after, routes];
  }
  return { ok: true, rungs };
}

/** As `diff -u` has them, without its head: the file is named beside them. */
function linesOf(before: string, after: string): readonly string[] {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: CONTEXT });
  return hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }) => [
    `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`,
    ...lines,
  ]);
}
