import { isScalar } from "yaml";
import type { Problem } from "../config/types.ts";
import { uniqueNames } from "./arm-names.ts";
import { startOf } from "./graph.ts";
import type { Rule, SplitKind, Written } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { at, bytesOf, lineOf, objectsOf, type Place, textOf } from "./place.ts";
import { failure, success } from "./result.ts";
import type { Source } from "./source.ts";
import { placeholder, quoted } from "./template.ts";
import type { Result, Split } from "./types.ts";

/** More destinations in one file than any mesh takes; bounds what aliases can multiply. */
const MOST_ARMS = 10_000;

/** A split and where its parts are in the text. */
export interface LocatedSplit {
  readonly kind: SplitKind;
  readonly split: Split;
  readonly arms: readonly LocatedArm[];
  /** Why its weights cannot be read; the weights of `split` mean nothing then. */
  readonly problem: Problem | null;
}

interface LocatedArm {
  readonly name: string;
  readonly place: Place;
  /** The weight itself, whichever way it gets into the arm; null where there is none. */
  readonly weight: Place | null;
  readonly written: Written;
}

/** Every weighted split of a file in order. One that cannot be read has a problem and does not hide the others. */
export function locateSplits(source: Source): Result<readonly LocatedSplit[]> {
  const found: LocatedSplit[] = [];
  let arms = 0;
  for (const object of objectsOf(source)) {
    const kind = kindOf(object);
    if (kind === undefined) continue;
    const rules = kind.rules(object);
    for (const rule of rules) {
      arms += rule.arms.length;
      if (arms > MOST_ARMS) {
        const message = `the file splits traffic over more than ${MOST_ARMS} destinations and is not read`;
        return failure(source.problemAt(startOf(object.node), "too-large", message));
      }
      if (rule.arms.length >= 2) found.push(locate(kind, object, rule, rules));
    }
  }
  return success(found);
}

function kindOf(object: Place): SplitKind | undefined {
  const kind = textOf(at(object, "kind"));
  const apiVersion = textOf(at(object, "apiVersion"));
  return KINDS.find((one) => one.kind === kind && one.apiVersions.includes(apiVersion ?? ""));
}

function locate(kind: SplitKind, object: Place, rule: Rule, rules: readonly Rule[]): LocatedSplit {
  const arms = armsOf(kind, rule);
  const weights = kind.format.read(arms.map((arm) => arm.written));
  const sameName = rules.filter((other) => other.name === rule.name).length;
  const first = rule.arms[0] ?? object;
  const split: Split = {
    file: object.source.file,
    apiVersion: textOf(at(object, "apiVersion")) ?? "",
    kind: kind.kind,
    namespace: textOf(at(object, "metadata", "namespace")),
    name: textOf(at(object, "metadata", "name")) ?? "",
    route: rule.name !== null && sameName === 1 ? rule.name : rule.path,
    arms: arms.map((arm, index) => ({ name: arm.name, weight: numberOr0(weights[index]) })),
    line: lineOf(first),
  };
  return { kind, split, arms, problem: problemOf(kind, rule, arms, weights) };
}

function armsOf(kind: SplitKind, rule: Rule): readonly LocatedArm[] {
  const choices = rule.arms.map((arm, index) => {
    const names = rule.armNames(arm);
    return names.length > 0 ? names : [`#${index + 1}`];
  });
  const names = uniqueNames(choices);
  return rule.arms.map((place, index) => {
    const weight = at(place, kind.weightKey);
    return { name: names[index] ?? "", place, weight, written: writtenOf(weight) };
  });
}

/** The first reason why a rule's weights cannot be read. */
function problemOf(
  kind: SplitKind,
  rule: Rule,
  arms: readonly LocatedArm[],
  weights: readonly (number | string)[],
): Problem | null {
  for (const [index, arm] of arms.entries()) {
    const { source } = arm.place;
    const where = startOf((arm.weight ?? arm.place).node);
    if (rule.armNames(arm.place).length === 0) {
      const message = `destination ${index + 1} of this ${kind.kind} does not say where it sends traffic`;
      return source.problemAt(startOf(arm.place.node), "no-destination", message);
    }
    const template = arm.weight === null ? null : placeholder(bytesOf(arm.weight));
    if (template !== null) {
      return source.problemAt(where, "template", `no weight for "${arm.name}": ${template}`);
    }
    if (arm.weight !== null && !isPlainOrQuoted(arm.weight)) {
      const message = `the weight of "${arm.name}" must be a plain number on its own line, not ${quoted(bytesOf(arm.weight).slice(0, 40))}`;
      return source.problemAt(where, "bad-weight", message);
    }
    const weight = weights[index];
    if (typeof weight === "string") {
      return source.problemAt(where, "bad-weight", `the weight of "${arm.name}" ${weight}`);
    }
  }
  return null;
}

function writtenOf(weight: Place | null): Written {
  if (weight === null) return null;
  return { text: isQuoted(weight) ? (textOf(weight) ?? "") : bytesOf(weight), quoted: isQuoted(weight) };
}

function isQuoted({ node }: Place): boolean {
  return isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
}

/** No list, no map, no block text, no tag. */
function isPlainOrQuoted(place: Place): boolean {
  const { node } = place;
  return isScalar(node) && node.tag === undefined && (node.type === "PLAIN" || isQuoted(place));
}

function numberOr0(weight: number | string | undefined): number {
  return typeof weight === "number" ? weight : 0;
}
