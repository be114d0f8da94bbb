import { parseConfig } from "../../src/config/parse.ts";
import type { Problem, Rollout } from "../../src/config/types.ts";

const FILE = ".github/sluice.yaml";

const ROLLOUT: Readonly<Record<string, string>> = {
  mesh: "istio",
  namespace: "shop",
  service: "checkout",
  targets: "[{ file: mesh/checkout.yaml, stable: v1, canary: v2 }]",
  workloads: "{ stable: apps/v1.yaml, canary: apps/v2.yaml }",
  steps: "[{ setWeight: 100 }]",
  slos: "[{ errorRate: { max: 5% } }]",
};

/** A file with one valid rollout; every key given is set to that YAML, or left out when null. */
export function configText(
  keys: Readonly<Record<string, string | null>> = {},
  top = "prometheus: production",
): string {
  const lines = Object.entries({ ...ROLLOUT, ...keys }).map(([key, yaml]) =>
    yaml === null ? "" : `    ${key}: ${yaml}\n`,
  );
  return `version: 1\n${top}\nrollouts:\n  checkout:\n${lines.join("")}`;
}

/** The one rollout of a file that must be valid. */
export function rolloutWith(keys: Readonly<Record<string, string | null>> = {}, top?: string): Rollout {
  const parsed = parseConfig(FILE, configText(keys, top));
  if (!parsed.ok) throw new Error(parsed.problems.map(show).join("\n"));
  const [rollout] = parsed.config.rollouts;
  if (rollout === undefined) throw new Error("no rollout");
  return rollout;
}

/** The problems of a file that must have some. */
export function problemsIn(text: string): readonly Problem[] {
  const parsed = parseConfig(FILE, text);
  if (parsed.ok) throw new Error("the file was accepted");
  return parsed.problems;
}

/** The problems of a rollout that must have some. */
export function problemsWith(
  keys: Readonly<Record<string, string | null>>,
  top?: string,
): readonly Problem[] {
  return problemsIn(configText(keys, top));
}

/** `3:5 unknown-key` for each problem. */
export function outline(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

function show({ line, column, code, message }: Problem): string {
  return `${line}:${column} ${code} ${message}`;
}
