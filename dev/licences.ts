import { existsSync, readFileSync } from "node:fs";

/**
 * Every installed package must have a licence that Apache-2.0 code may stand on; what only builds and tests may have a
 * few more. Reads what npm installed and asks nobody.
 */
const ANYWHERE = [
  ...["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD"],
  // Permissive as well: of what reads kubeconfigs and streams in the Kubernetes client.
  ...["PSF-2.0", "Unlicense"],
];
const IN_DEVELOPMENT = [
  ...ANYWHERE,
  ...["MPL-2.0", "CC0-1.0", "BlueOak-1.0.0"],
  // What reads the command line of js-yaml, in the tool that deploys to AWS.
  "Python-2.0",
  // What Mermaid draws with, for the pictures in docs; none of it is shipped.
  "EPL-2.0",
];
/** Said in a package's licence file and not in its package.json. */
const IN_A_FILE: Readonly<Record<string, string>> = { "node_modules/khroma": "MIT" };

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

const root = new URL("../", import.meta.url);
const lock: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(new URL("package-lock.json", root), "utf8"),
);
const refused: string[] = [];
let looked = 0;
for (const [path, { dev, devOptional }] of Object.entries(lock.packages)) {
  const file = new URL(`${path}/package.json`, root);
  // The root itself, and what fits other machines.
  if (path === "" || !existsSync(file)) continue;
  looked += 1;
  const { license = IN_A_FILE[path] }: { readonly license?: unknown } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  const allowed = dev || devOptional ? IN_DEVELOPMENT : ANYWHERE;
  if (typeof license !== "string" || !fits(license, allowed)) {
    refused.push(`${path.replace(/^node_modules\//, "")}: ${JSON.stringify(license) ?? "no licence"}`);
  }
}
if (refused.length > 0) {
  console.error(`Licences that are not on the list in dev/licences.ts:\n${refused.join("\n")}`);
  process.exitCode = 1;
} else {
  console.log(`Licences: ${looked} packages, all on the list.`);
}

/** SPDX: of `A OR B` one must be allowed, of `A AND B` each. */
function fits(expression: string, allowed: readonly string[]): boolean {
  const bare = expression.replace(/[()]/g, " ");
  return bare
    .split(/\sOR\s/)
    .some((either) => either.split(/\sAND\s/).every((one) => allowed.includes(one.trim())));
}
