import { isScalar } from "yaml";
import type { Problem } from "../config/types.ts";
import { uniqueNames } from "./arm-names.ts";
import { startOf } from "./graph.ts";
import type { Carrier, Rule, SplitKind, WeightFormat, Written } from "./kind.ts";
import { KINDS } from "./kinds.ts";
import { at, bytesOf, itemsOf, lineOf, objectsOf, type Place, textOf } from "./place.ts";
import { failure, success } from "./result.ts";
import type { Source } from "./source.ts";
import { placeholder, quoted } from "./template.ts";
import type { Result, Split } from "./types.ts";

/** More destinations in one file than any mesh takes; bounds what aliases can multiply. */
const MOST_ARMS = 30_000;

/** A split and where its parts are in the text. */
export interface LocatedSplit {
  readonly format: WeightFormat;
  readonly split: Split;
  readonly arms: readonly LocatedArm[];
  /** Why its weights cannot be read; the weights of `split` mean nothing then. */
  readonly problem: Problem | null;
}

export interface LocatedArm {
  readonly name: string;
  readonly place: Place;
  readonly carrier: Carrier;
  /** The scalar that holds the weight, whichever way it gets into the arm; null where there is none. */
  readonly weight: Place | null;
  readonly written: Written;
}

/** Every weighted split of a file in order. One that cannot be read has a problem and does not hide the others. */
export function locateSplits(source: Source): Result<readonly LocatedSplit[]> {
  const found = rulesIn(source, kindsOf);
  if (!found.ok) return found;
  return success(
    found.value.flatMap(({ kind, object, rules }) =>
      rules
        .filter((rule) => rule.arms.length >= 2)
        .map((rule) => locateRule(kind, object, rule, routeOf(rule, rules))),
    ),
  );
}

/** An object and its rules as one kind sees them. */
export interface ObjectRules<K> {
  readonly kind: K;
  readonly object: Place;
  readonly rules: readonly Rule[];
}

/** The rules of every object of a file, by the kinds that it is. */
export function rulesIn<K extends Pick<SplitKind, "rules">>(
  source: Source,
  kinds: (object: Place) => readonly K[],
): Result<readonly ObjectRules<K>[]> {
  const found: ObjectRules<K>[] = [];
  let arms = 0;
  for (const object of objectsOf(source)) {
    for (const kind of kinds(object)) {
      const rules: Rule[] = [];
      for (const rule of kind.rules(object)) {
        rules.push(rule);
        arms += rule.arms.length;
        if (arms > MOST_ARMS) {
          const message = `the file splits traffic over more than ${MOST_ARMS} destinations and is not read`;
          return failure(source.problemAt(startOf(object.node), "too-large", message));
        }
      }
      found.push({ kind, object, rules });
    }
  }
  return success(found);
}

/** The rows of the table that an object belongs to. */
export function kindsOf(object: Place): readonly SplitKind[] {
  return kindsAmong(KINDS, object);
}

export function kindsAmong<K extends Pick<SplitKind, "kind" | "apiVersions" | "universal">>(
  kinds: readonly K[],
  object: Place,
): readonly K[] {
  const apiVersion = textOf(at(object, "apiVersion"));
  const kind = textOf(at(object, "kind"));
  const type = apiVersion === null && kind === null ? textOf(at(object, "type")) : null;
  return kinds.filter(
    (one) =>
      (one.kind === kind && one.apiVersions.includes(apiVersion ?? "")) ||
      (one.universal === true && one.kind === type),
  );
}

/** A name that two rules share tells nothing apart. */
export function routeOf(rule: Rule, rules: readonly Rule[]): string | null {
  if (rule.name === null) return rule.path;
  const isShared = rules.some((other) => other !== rule && other.name === rule.name);
  return isShared ? rule.path : rule.name;
}

/** One rule of an object, read. */
export function locateRule(
  kind: Pick<SplitKind, "kind" | "format">,
  object: Place,
  rule: Rule,
  route: string | null,
): LocatedSplit {
  const format = rule.format ?? kind.format;
  const arms = armsOf(rule);
  const weights = format.read(arms.map((arm) => arm.written));
  const first = rule.arms[0]?.place ?? object;
  const parents = parentsOf(object);
  const split: Split = {
    file: object.source.file,
    apiVersion: textOf(at(object, "apiVersion")) ?? "",
    kind: kind.kind,
    namespace: textOf(at(object, "metadata", "namespace")),
    name: textOf(at(object, "metadata", "name")) ?? textOf(at(object, "name")) ?? "",
    route,
    ...(parents.length > 0 && { parents }),
    arms: arms.map((arm, index) => ({ name: arm.name, weight: numberOr0(weights[index]) })),
    limits: { max: format.max, sum: format.sum ?? null },
    line: lineOf(first),
  };
  return { format, split, arms, problem: problemOf(kind, rule, arms, weights) };
}

function parentsOf(object: Place): readonly string[] {
  return itemsOf(at(object, "spec", "parentRefs"))
    .filter((parent) => textOf(at(parent, "kind")) === "Service")
    .flatMap((parent) => textOf(at(parent, "name")) ?? []);
}

function armsOf(rule: Rule): readonly LocatedArm[] {
  const names = uniqueNames(
    rule.arms.map((arm, index) => (arm.names.length > 0 ? arm.names : [`#${index + 1}`])),
  );
  return rule.arms.map(({ place, weight: carrier }, index) => {
    const weight = carrier.in === "rest" ? null : at(carrier.map, carrier.key);
    return { name: names[index] ?? "", place, carrier, weight, written: writtenOf(carrier, weight) };
  });
}

/** The first reason why a rule's weights cannot be read. */
function problemOf(
  kind: Pick<SplitKind, "kind">,
  rule: Rule,
  arms: readonly LocatedArm[],
  weights: readonly (number | string)[],
): Problem | null {
  for (const [index, arm] of arms.entries()) {
    const { source } = arm.place;
    const where = startOf((arm.weight ?? arm.place).node);
    if (rule.arms[index]?.names.length === 0) {
      const message = `destination ${index + 1} of this ${kind.kind} does not say where it sends traffic`;
      return source.problemAt(startOf(arm.place.node), "no-destination", message);
    }
    const template = arm.written === null ? null : placeholder(arm.written.text);
    if (template !== null) {
      return source.problemAt(where, "template", `no weight for "${arm.name}": ${template}`);
    }
    if (arm.carrier.in === "key" && arm.weight !== null && !isPlainOrQuoted(arm.weight)) {
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

function writtenOf(carrier: Carrier, weight: Place | null): Written {
  if (carrier.in === "text") return carrier.written;
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
