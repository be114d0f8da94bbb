import { blindSpots } from "../../adapters/prometheus/blind.ts";
import { fitOf } from "../../adapters/prometheus/fit.ts";
import type { Problem, Rollout } from "../../config/types.ts";
import { toWeights } from "../../manifests/index.ts";
import type { Bypass } from "../../manifests/types.ts";
import type { FileReading } from "../../ports/forge.ts";
import { bypassesIn, bypassWords, targetChanges } from "../../reconcile/edits.ts";
import { climbable, type Facts, factsOf, leftOutNotes } from "../../reconcile/facts.ts";
import { bringNotes } from "../../reconcile/plan-bring.ts";
import { misfits } from "../../reconcile/plan-fit.ts";
import { gateNotes } from "../../reconcile/plan-gates.ts";
import { routeName } from "../../release/exposure.ts";
import { gateName } from "../../release/gates.ts";
import type { Weights } from "../../release/state.ts";

/** A rollout's steps in the units of the objects that carry the weights. */
export interface Ladder {
  readonly rollout: string;
  readonly targets: readonly TargetName[];
  /** Weights as they are now, target by target. */
  readonly now: readonly Weights[];
  /** What must be open before the first step. */
  readonly gates: readonly string[];
  readonly rungs: readonly Rung[];
  /** What works but may surprise. */
  readonly notes: readonly string[];
}

interface TargetName {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly route: string | null;
  readonly stable: string;
  readonly canary: string;
}

interface Rung {
  readonly percent: number;
  /** Such as `header route testers`. */
  readonly routes: readonly string[];
  /** ms */
  readonly bake: number;
  readonly approval: boolean;
  /** What must be open before it is left, such as `` check `smoke` ``. */
  readonly gates: readonly string[];
  /** In the order of the targets. */
  readonly weights: readonly Weights[];
}

export type LadderOutcome =
  | { readonly ok: true; readonly ladder: Ladder }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The ladder as a release would climb it, or everything that stands in its way. */
export function ladderOf(
  declared: Rollout,
  rollouts: readonly Rollout[],
  files: ReadonlyMap<string, FileReading>,
): LadderOutcome {
  const outcome = factsOf(declared, files);
  if (!outcome.ok) return outcome;
  const { facts } = outcome;
  const rollout = climbable(declared, facts);
  const { problems: wrong, notes } = misfits({ fitOf }, declared, facts, rollouts);
  const problems: Problem[] = [...wrong];
  const rungs = rollout.steps.map(({ weight, routes, bake, approval, gates = [] }, index): Rung => {
    const weights = facts.weights.map((current, i) => {
      const planned = toWeights(weight, current, facts.splits[i]?.limits);
      if (planned.ok) return planned.value;
      const split = facts.splits[i];
      const message = `${rollout.name}: the step \`setWeight: ${weight}\` cannot be written here: ${planned.message}.`;
      const place = { file: split?.file ?? "", line: split?.line ?? 1, column: 1 };
      problems.push({ ...place, code: planned.code, message });
      return current;
    });
    const written = targetChanges(
      rollout,
      { weights, routes: { before: [], after: routes }, removeBypasses: false, atLeast: "everything" },
      files,
    );
    if (!written.ok) {
      const message = `${rollout.name}: step ${index + 1} cannot be written: ${written.reason}`;
      problems.push({ file: facts.splits[0]?.file ?? "", line: 1, column: 1, code: "step", message });
    }
    return {
      percent: weight,
      routes: routes.map(routeName),
      bake,
      approval,
      gates: gates.map(gateName),
      weights,
    };
  });
  if (problems.length > 0) return { ok: false, problems };
  const ladder = {
    rollout: rollout.name,
    targets: targetsOf(rollout, facts),
    now: facts.weights,
    gates: (rollout.gates ?? []).map(gateName),
    rungs,
    notes: [
      ...(rollout.auto ? [SKIPS] : []),
      ...leftOutNotes(declared, facts),
      ...unwatched(rollout),
      ...unjudged(rollout),
      ...notes,
      ...gateNotes(rollout),
      ...bringNotes(rollout, facts),
      ...notesOf(rollout, facts),
      ...bypassesIn(rollout, facts, files, []).map(beside),
    ],
  };
  return { ok: true, ladder };
}

const SKIPS = "`steps: auto`: a step whose harm is already excluded is skipped.";

/** What is held back is there to be compared with for a while. */
function unwatched({ steps }: Rollout): readonly string[] {
  const last = steps.at(-1);
  const before = steps.slice(0, -1);
  if (last === undefined || last.weight === 100 || before.length === 0) return [];
  return before.every(({ bake }) => bake >= last.bake)
    ? ["`holdback`: the last step is watched no longer than the others; say with `watch` for how long."]
    : [];
}

function targetsOf(rollout: Rollout, facts: Facts): readonly TargetName[] {
  return rollout.targets.map(({ file, stable, canary }, i) => {
    const split = facts.splits[i];
    return {
      file,
      kind: split?.kind ?? "",
      name: split?.name ?? "",
      route: split?.route ?? null,
      stable,
      canary,
    };
  });
}

function notesOf(rollout: Rollout, { weights, stable, canary }: Facts): readonly string[] {
  const carrying = rollout.targets.filter((_, i) => (weights[i]?.canary ?? 0) > 0);
  const missing = canary.containers.filter(({ name }) => !stable.containers.some((one) => one.name === name));
  return [
    ...carrying.map(
      ({ file, stable: arm }) =>
        `${file}: the canary has weight now; where no release runs, the first look sets it to 0 and gives all of it to ${arm}.`,
    ),
    ...missing.map(
      ({ name }) =>
        `${stable.file}: promotion copies images by container name, and there is no container ${name} here.`,
    ),
  ];
}

/** SLOs that the metrics of this data plane cannot answer. */
function unjudged(rollout: Rollout): readonly string[] {
  const always = blindSpots({ ...rollout, slos: [] });
  return blindSpots(rollout).filter((words) => !always.includes(words));
}

function beside(bypass: Bypass): string {
  return `${bypassWords(bypass)}, whatever the weights: they get a new version as soon as it is merged.`;
}
