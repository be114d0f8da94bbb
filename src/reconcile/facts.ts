import type { Problem, Rollout, Target } from "../config/types.ts";
import { chooseSplit, readWorkload, toWeights } from "../manifests/index.ts";
import type { Result, Split, Workload } from "../manifests/types.ts";
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

/** How texts of manifests are understood. */
export interface Reader {
  split(target: Target, oid: string, text: string): Result<Split>;
  workload(file: string, oid: string, text: string): Result<Workload>;
}

export const plainReader: Reader = {
  split: (target, _oid, text) => chooseSplit(target.file, text, selectorOf(target)),
  workload: (file, _oid, text) => readWorkload(file, text),
};

export function factsOf(
  rollout: Rollout,
  files: ReadonlyMap<string, FileReading>,
  reader: Reader = plainReader,
): FactsOutcome {
  const problems: Problem[] = [];
  const bases: Record<string, string> = {};

  function understood<T>(path: string, understand: (oid: string, text: string) => Result<T>): T | null {
    const file = files.get(path);
    if (file?.status === "text") {
      bases[path] = file.oid;
      const outcome = understand(file.oid, file.text);
      if (outcome.ok) return outcome.value;
      problems.push(outcome.problem);
      return null;
    }
    const reason = file?.status === "unusable" ? file.reason : "there is no such file";
    problems.push({
      file: path,
      line: 1,
      column: 1,
      code: "file",
      message: `${rollout.name} names ${path}, but ${reason}.`,
    });
    return null;
  }

  const workload = (path: string) => understood(path, (oid, text) => reader.workload(path, oid, text));
  const splits = rollout.targets.map((target) =>
    understood(target.file, (oid, text) => reader.split(target, oid, text)),
  );
  const stable = workload(rollout.workloads.stable);
  const canary = workload(rollout.workloads.canary);
  const found = splits.filter((split) => split !== null);
  if (!stable || !canary || found.length !== splits.length) return { ok: false, problems: unique(problems) };
  const weights = found.map((split, i) => weightsOf(split, rollout.targets[i]));
  return { ok: true, facts: { splits: found, weights, stable, canary, bases } };
}

/** The weights that express `percent` in every target. */
export function planOf(
  rollout: Rollout,
  { splits, weights }: Pick<Facts, "splits" | "weights">,
  percent: number,
): Plan {
  const planned: Weights[] = [];
  for (const [i, current] of weights.entries()) {
    const outcome = toWeights(percent, current, splits[i]?.limits);
    if (!outcome.ok) return { ok: false, reason: `${rollout.targets[i]?.file}: ${outcome.message}` };
    planned.push(outcome.value);
  }
  return { ok: true, weights: planned };
}

/**
 * With `steps: auto` a percentage that not every target can express is no step: nothing is rounded. All stay where
 * only the last would be left, so that what is wrong with them is said.
 */
export function climbable(rollout: Rollout, facts: Pick<Facts, "splits" | "weights">): Rollout {
  if (!rollout.auto) return rollout;
  const last = rollout.steps.length - 1;
  const steps = rollout.steps.filter(
    ({ weight }, index) => index === last || planOf(rollout, facts, weight).ok,
  );
  return steps.length > 1 ? { ...rollout, steps } : rollout;
}

/** What `climbable` leaves out and why, in a sentence; none where that is nothing. */
export function leftOutNotes(rollout: Rollout, facts: Pick<Facts, "splits" | "weights">): readonly string[] {
  const { steps } = climbable(rollout, facts);
  const gone = rollout.steps.filter((step) => !steps.includes(step)).map(({ weight }) => weight);
  const [first] = gone;
  const plan = first === undefined ? null : planOf(rollout, facts, first);
  if (!plan || plan.ok) return [];
  return [`\`steps: auto\` leaves out ${gone.map((weight) => `${weight} %`).join(", ")}: ${plan.reason}.`];
}

export function selectorOf({ kind, name, route, stable, canary }: Target) {
  return { kind, name, route, arms: [stable, canary] };
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
