import { spawnSync } from "node:child_process";
import { optionsOf } from "./command-line.ts";

/**
 * Known vulnerabilities of what runs in production, by the registry's own list. A registry that does not answer is no
 * finding: it is said, and nothing fails for it.
 */
optionsOf(import.meta.url, {});
const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8" });

interface Report {
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range: string }>>;
  readonly message?: string;
  readonly error?: { readonly summary?: string };
}

const report = reportIn(stdout);
if (report?.vulnerabilities === undefined) {
  const [reason] = (report?.error?.summary || report?.message || "no answer").split(" - ");
  console.log(`Audit: NOT DONE, the registry gives no list of vulnerabilities here (${reason}).`);
} else {
  const found = Object.entries(report.vulnerabilities);
  const grave = found.filter(([, { severity }]) => severity === "high" || severity === "critical");
  for (const [name, { severity, range }] of found) console.log(`${severity}: ${name} ${range}`);
  console.log(`Audit: ${found.length} packages with known vulnerabilities, ${grave.length} of them grave.`);
  if (grave.length > 0) process.exitCode = 1;
}

function reportIn(text: string): Report | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
