import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function run(script: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

describe.each([
  ["test/simulation/cli.ts", "npm run simulate -- [--seeds 1000]"],
  ["test/simulation/mutants/cli.ts", "npm run simulate:mutants"],
  ["test/crash/main.ts", "npm run crash -- [--story good|bad]"],
  ["bench/load.ts", "npm run bench:load -- [--deliveries 10000]"],
  ["bench/judge.ts", "npm run bench:judge -- [--seeds 50]"],
  ["bench/edit.ts", "npm run bench:edit"],
  ["dev/demo/main.ts", "npm run demo"],
  ["dev/package.ts", "npm run package"],
  ["dev/audit.ts", "Known vulnerabilities"],
  ["dev/pictures/main.ts", "docs/pictures"],
])("%s", (script, usage) => {
  it("says how it is called when asked with --help, and does nothing else", () => {
    const { status, stdout, stderr } = run(script, "--help");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain(usage);
    expect(stdout).not.toMatch(/^ *(\*|\/\/|import )/m);
  });

  it("called with an option that it does not have exits with 2 and says so in a line", () => {
    const { status, stdout, stderr } = run(script, "--nope");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("Unknown option '--nope'");
    expect(stderr).not.toContain("    at ");
  });
});

it.each([
  ["test/simulation/mutants/cli.ts", ["--only", "no such mutant"], "none is asked for by --only"],
  ["test/crash/main.ts", ["--story", "ugly"], "--story is good or bad"],
  ["test/crash/main.ts", ["--only", "("], "--only: Invalid regular expression"],
  ["bench/load.ts", ["--deliveries", "many"], "--deliveries takes a whole number"],
])("%s %j exits with 2", (script, args, words) => {
  const { status, stderr } = run(script, ...args);
  expect(status).toBe(2);
  expect(stderr).toContain(words);
});
