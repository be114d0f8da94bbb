// Whether an edit did what was asked for and nothing else.
import { findSplits } from "../../src/manifests/index.ts";
import type { Split } from "../../src/manifests/types.ts";
import { askedOf, type Edit } from "./edits.ts";
import { changedLines } from "./lines.ts";

/**
 * True when a text, read again, has the asked weights at the asked split, every other split as it was, and
 * every other line too.
 */
export function isExact(edit: Edit, edited: string): boolean {
  const before = findSplits(edit.file, edit.text);
  const after = findSplits(edit.file, edited);
  return (
    before.ok &&
    after.ok &&
    before.value.length === after.value.length &&
    before.value.every((split, index) => {
      const weights = isSame(split, edit.split) ? edit.next : new Map<string, number>();
      const other = after.value[index];
      return other !== undefined && isSame(other, split) && hasWeights(split, other, weights);
    }) &&
    otherLinesStay(edit, edited)
  );
}

function isSame(one: Split, other: Split): boolean {
  const keys = ["apiVersion", "kind", "namespace", "name", "route"] as const;
  return keys.every((key) => one[key] === other[key]);
}

function hasWeights(before: Split, after: Split, next: ReadonlyMap<string, number>): boolean {
  return (
    before.arms.length === after.arms.length &&
    before.arms.every(({ name, weight }, index) => {
      const arm = after.arms[index];
      return arm?.name === name && arm.weight === (next.get(name) ?? weight);
    })
  );
}

function otherLinesStay(edit: Edit, edited: string): boolean {
  // Where a weight is put in, a line may be new.
  if (edit.targets === null) return changedLines(edit.text, edited) <= askedOf(edit);
  const lines = edited.split("\n");
  const before = edit.text.split("\n");
  const isWeight = (line: number) => edit.targets?.some(({ lines: [a, b] }) => line >= a && line <= b);
  return (
    lines.length === before.length &&
    before.every((line, index) => line === lines[index] || isWeight(index + 1) === true)
  );
}
