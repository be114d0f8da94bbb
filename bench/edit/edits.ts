// Edits to compare programs by: what each split of the corpora is asked to become.
import { readdirSync, readFileSync } from "node:fs";
import { findSplits, setWeights } from "../../src/manifests/index.ts";
import type { Split } from "../../src/manifests/types.ts";
import { type Target, targetsOf } from "./targets.ts";

export interface Edit {
  readonly file: string;
  readonly text: string;
  readonly split: Split;
  /** By arm name. */
  readonly next: ReadonlyMap<string, number>;
  /** The scalars to change; null when a weight must be put in. */
  readonly targets: readonly Target[] | null;
}

interface Corpora {
  readonly files: number;
  readonly splitting: number;
  readonly edits: readonly Edit[];
  /** Files by code of the problem. */
  readonly refused: ReadonlyMap<string, number>;
  readonly undriven: ReadonlyMap<string, number>;
}

/** Reads every manifest below a folder and asks each split of it for other weights. */
export function readCorpora(folder: URL): Corpora {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file) && !file.startsWith("crds/"))
    .sort();
  const refused = new Map<string, number>();
  const undriven = new Map<string, number>();
  const edits: Edit[] = [];
  let splitting = 0;
  for (const file of files) {
    const text = readFileSync(new URL(file, folder), "utf8");
    const splits = findSplits(file, text);
    if (!splits.ok) {
      count(refused, splits.problem.code);
      continue;
    }
    if (splits.value.length > 0) splitting += 1;
    for (const split of splits.value) {
      const next = turned(split);
      if (next === null) continue;
      const selector = selectorOf(split);
      const edited = setWeights(file, text, selector, next);
      const targets = targetsOf(file, text, selector, next);
      if (edited.ok) edits.push({ file, text, split, next, targets });
      else count(undriven, edited.problem.code);
    }
  }
  return { files: files.length, splitting, edits, refused, undriven };
}

/** Weights that an edit changes. */
export function askedOf({ split, next }: Edit): number {
  return split.arms.filter(({ name, weight }) => (next.get(name) ?? weight) !== weight).length;
}

/** Which split of a file it is, for selecting it again. */
export function selectorOf({ kind, namespace, name, route }: Split) {
  return { kind, name, namespace: namespace ?? undefined, route: route ?? undefined };
}

/** The arms' weights, each moved on to the next arm; or one more for the first where all are the same. */
function turned({ arms }: Split): ReadonlyMap<string, number> | null {
  const weights = arms.map((arm, index) => arms.at(index - 1)?.weight ?? arm.weight);
  const same = weights.every((weight, index) => weight === arms[index]?.weight);
  const [first, second] = arms;
  if (!same) return new Map(arms.map((arm, index) => [arm.name, weights[index] ?? 0]));
  if (first === undefined || second === undefined || second.weight < 1) return null;
  return new Map([
    [first.name, first.weight + 1],
    [second.name, second.weight - 1],
  ]);
}

function count(map: Map<string, number>, code: string): void {
  map.set(code, (map.get(code) ?? 0) + 1);
}
