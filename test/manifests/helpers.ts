import { existsSync, readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Problem } from "../../src/config/types.ts";
import { chooseSplit, findSplits, setWeights } from "../../src/manifests/index.ts";
import type { Result, Selector, Split } from "../../src/manifests/types.ts";

/** Documents kept beside the repository; absent on most machines. */
export const SHARED = new URL("../../../shared/", import.meta.url);
export const hasShared = (folder: string) => existsSync(new URL(folder, SHARED));
export const shared = (path: string) => readFileSync(new URL(path, SHARED), "utf8");

export function value<T>(result: Result<T>): T {
  if (!result.ok)
    throw new Error(`${result.problem.line}:${result.problem.column}: ${result.problem.message}`);
  return result.value;
}

export function problem(result: Result<unknown>): Problem {
  if (result.ok) throw new Error(`expected a problem, got ${JSON.stringify(result.value)}`);
  return result.problem;
}

export const splitsOf = (text: string) => value(findSplits("f.yaml", text));
export const splitOf = (text: string, selector: Selector = {}) =>
  value(chooseSplit("f.yaml", text, selector));

export function set(text: string, weights: Record<string, number>, selector: Selector = {}): Result<string> {
  return setWeights("f.yaml", text, selector, new Map(Object.entries(weights)));
}

/** Which split of a file it is, for selecting it again. */
export function selectorOf({ kind, namespace, name, route }: Split): Selector {
  return { kind, name, namespace: namespace ?? undefined, route: route ?? undefined };
}

/** The text with every weight's digits blotted out: what is left must never change. */
function withoutWeights(text: string): string {
  return text.replaceAll(/(["']?weight["']?:[ \t]*(?:&\w+ )?["']?)[0-9]+m?/g, "$1#");
}

export function expectOnlyWeightsDiffer(before: string, after: string): void {
  expect(withoutWeights(after)).toBe(withoutWeights(before));
}

export const virtualService = (route: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: checkout
spec:
  http:
${route}`;
