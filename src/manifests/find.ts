import { nearest } from "../config/nearest.ts";
import type { Problem } from "../config/types.ts";
import { isPath, locateByPath } from "./by-path.ts";
import { elsewhereIn } from "./elsewhere.ts";
import { KINDS } from "./kinds.ts";
import { listed } from "./listed.ts";
import { type LocatedSplit, locateSplits } from "./locate.ts";
import { mattersTo } from "./matters.ts";
import { at, objectsOf, type Place, textOf } from "./place.ts";
import { failure, success } from "./result.ts";
import { readSource, type Source } from "./source.ts";
import type { Result, Selector, Split } from "./types.ts";

/** Every place in a file where traffic is split by weight, in the file's order. A route with one destination is no split. */
export function findSplits(file: string, text: string): Result<readonly Split[]> {
  const source = readSource(file, text, mattersTo({}));
  if (!source.ok) return source;
  const located = locateSplits(source.value);
  if (!located.ok) return located;
  const problem = located.value.find((one) => one.problem !== null)?.problem;
  if (problem) return failure(problem);
  return success(located.value.map((one) => one.split));
}

/** The one split that a selector means. A split that is not selected may be unreadable. */
export function chooseSplit(file: string, text: string, selector: Selector): Result<Split> {
  const source = readSource(file, text, mattersTo(selector));
  if (!source.ok) return source;
  const chosen = chooseIn(source.value, selector);
  return chosen.ok ? success(chosen.value.split) : chosen;
}

export function chooseIn(source: Source, selector: Selector): Result<LocatedSplit> {
  if (selector.arms?.some(isPath) === true) return locateByPath(source, selector);
  const located = locateSplits(source);
  if (!located.ok) return located;
  const fitting = located.value.filter(({ split }) => fits(split, selector));
  if (fitting.length === 0) return failure(nothingFound(source, located.value, selector));
  const wanted = selector.arms ?? [];
  const chosen = fitting.filter(({ split }) =>
    wanted.every((name) => split.arms.some((arm) => arm.name === name)),
  );
  const only = chosen[0];
  if (only === undefined) return failure(noSuchArm(source, fitting, wanted));
  if (chosen.length > 1) return failure(ambiguous(source, chosen));
  return only.problem === null ? success(only) : failure(only.problem);
}

/** An object that names no namespace gets it from whatever applies it, so it fits every namespace. */
function fits(split: Split, { kind, name, namespace, route }: Selector): boolean {
  return (
    (kind === undefined || split.kind.toLowerCase() === kind.toLowerCase()) &&
    (name === undefined || split.name === name) &&
    (namespace === undefined || split.namespace === null || split.namespace === namespace) &&
    (route === undefined || split.route === route)
  );
}

function ambiguous(source: Source, chosen: readonly LocatedSplit[]): Problem {
  const choices = listed(chosen.map(({ split }) => described(split)));
  const message = `${chosen.length} splits match; choose one by kind, name, namespace or route: ${choices}`;
  return problemOn(source, chosen[0], "ambiguous", message);
}

function noSuchArm(source: Source, fitting: readonly LocatedSplit[], wanted: readonly string[]): Problem {
  const names = [...new Set(fitting.flatMap(({ split }) => split.arms.map((arm) => arm.name)))];
  const missing = wanted.find((name) => !names.includes(name));
  const there = listed(fitting.map(({ split }) => described(split)));
  if (missing === undefined) {
    const message = `no split has all of ${listed(wanted.map((name) => `"${name}"`))}; there is ${there}`;
    return problemOn(source, fitting[0], "unknown-arm", message);
  }
  return problemOn(source, fitting[0], "unknown-arm", unknownArm(missing, names, there));
}

/** The words for an arm that does not exist. */
export function unknownArm(missing: string, names: readonly string[], there: string): string {
  const near = nearest(missing, names);
  const hint = near === null ? "" : ` (did you mean "${near}"?)`;
  return `there is no subset, service or backend "${missing}"${hint}; there is ${there}`;
}

function nothingFound(source: Source, located: readonly LocatedSplit[], selector: Selector): Problem {
  const asked = (["kind", "name", "namespace", "route"] as const)
    .flatMap((key) => (selector[key] === undefined ? [] : `${key} "${selector[key]}"`))
    .join(", ");
  if (located.length > 0) {
    const there = listed(located.map(({ split }) => described(split)));
    const message = `no split has ${asked}; there is ${there}`;
    const elsewhere = elsewhereIn(source, selector);
    return elsewhere === null
      ? problemOn(source, located[0], "no-split", message)
      : { ...elsewhere, message: `${message}; as for what is asked for, ${elsewhere.message}` };
  }
  const objects = objectsOf(source).flatMap((object) => {
    const kind = textOf(at(object, "kind"));
    return kind === null
      ? []
      : `${kind} ${textOf(at(object, "metadata", "name")) ?? "without a name"}${strange(object, kind)}`;
  });
  const there = objects.length === 0 ? "no Kubernetes object at all" : `only ${listed(objects)}`;
  const elsewhere = elsewhereIn(source, selector);
  const message = `nothing here splits traffic by weight between two destinations; there is ${there}${elsewhere === null ? "" : `: ${elsewhere.message}`}`;
  return { file: source.file, line: 1, column: 1, code: "no-split", ...elsewhere, message };
}

/** Says of a kind we know that its version is one we do not. */
function strange(object: Place, kind: string): string {
  const known = KINDS.filter((one) => one.kind === kind).flatMap((one) => one.apiVersions);
  const apiVersion = textOf(at(object, "apiVersion"));
  // The core's Service is no strange version of Knative's.
  if (known.length === 0 || kind === "Service" || (apiVersion !== null && known.includes(apiVersion)))
    return "";
  const own = apiVersion === null ? "without an apiVersion" : `of ${apiVersion}`;
  return ` (${own}; known are ${listed(known)})`;
}

function described(split: Split): string {
  const route = split.route === null ? "" : ` route ${split.route}`;
  const namespace = split.namespace === null ? "" : `${split.namespace}/`;
  const arms = listed(split.arms.map((arm) => arm.name));
  return `${split.kind} ${namespace}${split.name}${route} (line ${split.line}: ${arms})`;
}

function problemOn(source: Source, at: LocatedSplit | undefined, code: string, message: string): Problem {
  return { file: source.file, line: at?.split.line ?? 1, column: 1, code, message };
}
