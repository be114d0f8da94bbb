import type { Problem, Rollout, Target } from "../config/types.ts";
import { chooseSplit, readWorkload, toWeights } from "../manifests/index.ts";
import type { Split, Workload } from "../manifests/types.ts";
import type { FileReading } from "../ports/forge.ts";
import type { Weights } from "../release/state.ts";
import type { Plan } from "../release/world.ts";

/** What the files of a rollout say, understood. */
export interface Facts {
  readonly splits: readonly Split[];
  /** In the order of the rollout's targets. */
  readonly weights: readonly Weights[];
  readonly stable: Workload;
  readonly canary: Workload;
  /** Path → oid of every file a decision rests upon. */
  readonly bases: Readonly<Record<string, string>>;
}

export type FactsOutcome =
  | { readonly ok: true; readonly facts: Facts }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function factsOf(rollout: Rollout, files: ReadonlyMap<string, FileReading>): FactsOutcome {
  const problems: Problem[] = [];
  const bases: Record<string, string> = {};

  function text(path: string): string | null {
    const file = files.get(path);
    if (file?.status === "text") {
      bases[path] = file.oid;
      return file.text;
    }
    const reason =
      file?.status === "unusable" ? file.reason : "there is no such file on the deployment branch";
    problems.push({
      file: path,
      line: 1,
      column: 1,
      code: "file",
      message: `${rollout.name} names ${path}, but ${reason}.`,
    });
    return null;
  }

  const splits = rollout.targets.map((target) => splitOf(target, text(target.file), problems));
  const stable = workloadOf(rollout.workloads.stable, text(rollout.workloads.stable), problems);
  const canary = workloadOf(rollout.workloads.canary, text(rollout.workloads.canary), problems);
  const found = splits.filter((split) => split !== null);
  if (!stable || !canary || found.length !== splits.length) return { ok: false, problems: unique(problems) };
  const weights = found.map((split, i) => weightsOf(split, rollout.targets[i]));
  return { ok: true, facts: { splits: found, weights, stable, canary, bases } };
}

/** The weights that express `percent` in every target. */
export function planOf(rollout: Rollout, weights: readonly Weights[], percent: number): Plan {
  const planned: Weights[] = [];
  for (const [i, current] of weights.entries()) {
    const outcome = toWeights(percent, current);
    if (!outcome.ok) return { ok: false, reason: `${rollout.targets[i]?.file}: ${outcome.message}` };
    planned.push(outcome.value);
  }
  return { ok: true, weights: planned };
}

export function selectorOf({ kind, name, route, stable, canary }: Target) {
  return { kind, name, route, arms: [stable, canary] };
}

function splitOf(target: Target, text: string | null, problems: Problem[]): Split | null {
  if (text === null) return null;
  const outcome = chooseSplit(target.file, text, selectorOf(target));
  if (outcome.ok) return outcome.value;
  problems.push(outcome.problem);
  return null;
}

function workloadOf(file: string, text: string | null, problems: Problem[]): Workload | null {
  if (text === null) return null;
  const outcome = readWorkload(file, text);
  if (outcome.ok) return outcome.value;
  problems.push(outcome.problem);
  return null;
}

function weightsOf(split: Split, target: Target | undefined): Weights {
  const weight = (name: string | undefined) => split.arms.find((arm) => arm.name === name)?.weight ?? 0;
  return { stable: weight(target?.stable), canary: weight(target?.canary) };
}

function unique(problems: readonly Problem[]): readonly Problem[] {
  return [
    ...new Map(
      problems.map((problem) => [`${problem.file}:${problem.line}:${problem.message}`, problem]),
    ).values(),
  ];
}
