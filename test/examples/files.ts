import { readdirSync, readFileSync } from "node:fs";
import { parseConfig } from "../../src/config/parse.ts";
import type { Rollout } from "../../src/config/types.ts";

export const EXAMPLES = ["ecommerce", "saas", "analytics", "two-clouds", "ambient"] as const;
export type Example = (typeof EXAMPLES)[number];

const CONFIG = ".github/sluice.yaml";

export function folderOf(example: Example): URL {
  return new URL(`../../examples/${example}/`, import.meta.url);
}

/** Every file of an example, by its path. */
export function filesOf(example: Example): Record<string, string> {
  const folder = folderOf(example);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.pathname.length).replace(/^\//, ""));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(new URL(path, folder), "utf8")]));
}

export function rolloutsOf(example: Example): readonly Rollout[] {
  const parsed = parseConfig(CONFIG, filesOf(example)[CONFIG] ?? "");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config.rollouts;
}
