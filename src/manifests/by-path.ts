import type { Problem } from "../config/types.ts";
import type { Carrier, Rule, RuleArm, WeightFormat } from "./kind.ts";
import { listed } from "./listed.ts";
import { type LocatedSplit, locateRule } from "./locate.ts";
import { at, type Place, rootsOf, textOf } from "./place.ts";
import { findPath, nearestTo } from "./pointer.ts";
import { failure, success } from "./result.ts";
import type { Source } from "./source.ts";
import type { Result, Selector } from "./types.ts";
import { summingTo } from "./weights/summing-to.ts";
import { wholeNumbers } from "./weights/whole-numbers.ts";

const MAX = 2_147_483_647;
const numbers = wholeNumbers({ absent: null, max: MAX, quotes: "either" });
const REST = /^rest of ([1-9][0-9]{0,8})$/;

/** True when an arm is called by the path of its value instead of a name. No Kubernetes name begins with a slash. */
export function isPath(arm: string): boolean {
  return arm.startsWith("/");
}

/**
 * Values anywhere in any YAML as the arms of a split: Helm values, Kustomize patches. An arm is a JSON
 * pointer to a number (or, in a JSON patch, the `path` of the operation that sets it); with one pointer
 * only, the other arm is `rest of N`.
 */
export function locateByPath(source: Source, selector: Selector): Result<LocatedSplit> {
  const names = selector.arms ?? [];
  const refuse = (message: string): { readonly ok: false; readonly problem: Problem } =>
    failure({ file: source.file, line: 1, column: 1, code: "unknown-arm", message });
  const odd = names.find((name) => !isPath(name) && !REST.test(name));
  if (odd !== undefined || names.length < 2 || names.filter((name) => !isPath(name)).length > 1) {
    return refuse(
      `where one side is a path, the other must be a path too, or \`rest of 100\` when only one weight is written${odd === undefined ? "" : `, not "${odd}"`}`,
    );
  }
  const roots = rootsOf(source).filter((root) => fits(root, selector));
  const found = roots.flatMap((root) => {
    const arms = names.map((name) => armOf(root, name));
    return arms.every((arm) => arm !== null) ? [{ root, arms }] : [];
  });
  const only = found[0];
  if (only === undefined) return refuse(missing(roots, names));
  if (found.length > 1) {
    const lines = listed(
      found.map(({ arms }) => `line ${source.lineOf(arms[0]?.place.node.range?.[0] ?? 0)}`),
    );
    return failure({
      ...refuse(`${found.length} documents have these paths (${lines}): choose one by kind or name`).problem,
      code: "ambiguous",
    });
  }
  const format = formatOf(names);
  const rule: Rule = { name: null, path: null, arms: only.arms, item: null, match: [], format };
  const kind = { kind: textOf(at(only.root, "kind")) ?? "Value", format };
  const located = locateRule(kind, only.root, rule, null);
  if (located.problem !== null) return failure(located.problem);
  const name = located.split.name === "" ? source.file : located.split.name;
  return success({ ...located, split: { ...located.split, name } });
}

function fits(root: Place, { kind, name, namespace }: Selector): boolean {
  const own = (...keys: readonly string[]) => textOf(at(root, ...keys));
  return (
    (kind === undefined || own("kind")?.toLowerCase() === kind.toLowerCase()) &&
    (name === undefined || own("metadata", "name") === name) &&
    (namespace === undefined ||
      own("metadata", "namespace") === null ||
      own("metadata", "namespace") === namespace)
  );
}

function armOf(root: Place, name: string): RuleArm | null {
  if (!isPath(name)) return { place: root, names: [name], destination: null, weight: { in: "rest" } };
  const carrier: Carrier | null = findPath(root, name);
  if (carrier === null || carrier.in === "rest") return null;
  return {
    place: at(carrier.map, carrier.key) ?? carrier.map,
    names: [name],
    destination: null,
    weight: carrier,
  };
}

function formatOf(names: readonly string[]): WeightFormat {
  const rest = names.findIndex((name) => !isPath(name));
  const total = Number(REST.exec(names[rest] ?? "")?.[1]);
  if (rest < 0) return numbers;
  return summingTo(total, {
    ...wholeNumbers({ absent: null, max: total, quotes: "either" }),
    read(written) {
      const weights = numbers.read(
        written.map((one, arm) => (arm === rest ? { text: "0", quoted: false } : one)),
      );
      const sum = weights.reduce<number>((all, weight) => all + (typeof weight === "number" ? weight : 0), 0);
      const left = sum > total ? `is what ${sum} leaves of ${total}, and that is less than 0` : total - sum;
      return weights.map((weight, arm) => (arm === rest ? left : weight));
    },
  });
}

function missing(roots: readonly Place[], names: readonly string[]): string {
  const paths = names.filter(isPath);
  const [root] = roots;
  const absent = root === undefined ? undefined : paths.find((path) => findPath(root, path) === null);
  if (root === undefined || absent === undefined) return `no document here has all of ${listed(paths)}`;
  const near = nearestTo(root, absent);
  return `there is no value at ${absent}; ${near}`;
}
