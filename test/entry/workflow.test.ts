import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { lint, workflowFiles } from "../../dev/actions/lint.ts";
import { COMMANDS } from "../../src/entry/cli/commands.ts";

const step = z.object({ uses: z.string().optional(), run: z.string().optional() });
const workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), z.object({ "timeout-minutes": z.number(), steps: z.array(step) })),
});

describe("workflows/sluice-validate.yml", () => {
  const text = readFileSync("workflows/sluice-validate.yml", "utf8");
  const { on, permissions, jobs } = workflow.parse(parse(text));
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  it("runs on pull requests with nothing but the right to read", () => {
    expect(Object.keys(on)).toEqual(["pull_request"]);
    expect(permissions).toEqual({ contents: "read" });
    expect(text).not.toContain("secrets.");
  });

  it("takes actions by their full commit id only, and those of one action are one version", () => {
    const uses = steps.flatMap((one) => one.uses ?? []);
    for (const action of uses) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
    const names = new Set(uses.map((action) => action.split("@")[0]));
    expect(new Set(uses).size).toBe(names.size);
  });

  it("lets no text of the pull request into a shell", () => {
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
  });

  it("takes setup-node's problem matchers away before a word of the pull request is printed", () => {
    const all = steps.map(({ uses = "", run = "" }) => `${uses}${run}`);
    const setup = all.findIndex((text) => text.startsWith("actions/setup-node@"));
    const printing = all.findIndex((text) => text.includes("cli.ts validate"));
    const between = all.slice(setup + 1, printing).join("\n");
    for (const owner of ["tsc", "eslint-stylish", "eslint-compact"]) {
      expect(between).toContain(`echo "::remove-matcher owner=${owner}::"`);
    }
  });

  it("calls a command that there is", () => {
    const called = steps.flatMap(({ run }) => /src\/entry\/cli\.ts (\w+)/.exec(run ?? "")?.[1] ?? []);
    expect(called).not.toEqual([]);
    for (const name of called) expect(COMMANDS.map((command) => command.name)).toContain(name);
  });
});

it("workflows/sluice.yml wakes for all that may start a release", () => {
  const { on } = workflow.pick({ on: true }).parse(parse(readFileSync("workflows/sluice.yml", "utf8")));
  for (const event of ["schedule", "push", "issue_comment", "deployment", "deployment_status"])
    expect(Object.keys(on)).toContain(event);
});

it("docs/actions.md says of every permission of a release's job what for", () => {
  const job = z.object({ permissions: z.record(z.string(), z.string()) });
  const { jobs } = z
    .object({ jobs: z.object({ release: job }) })
    .parse(parse(readFileSync("workflows/sluice.yml", "utf8")));
  const page = readFileSync("docs/actions.md", "utf8");
  for (const [name, level] of Object.entries(jobs.release.permissions))
    expect(page).toContain(`| \`${name}: ${level}\` | `);
});

describe("every workflow and the action", () => {
  it.each(workflowFiles())(
    "%s is one by GitHub's own reading, pinned and with its permissions",
    async (file) => {
      expect(await lint(file, readFileSync(file, "utf8"))).toEqual([]);
    },
  );

  const good = readFileSync("workflows/sluice.yml", "utf8");
  const action = readFileSync("action.yml", "utf8");
  it.each([
    [
      "an expression that is none",
      good,
      "github.event_name != 'pull_request' &&",
      "gitub.event_name !! 'x' &&",
    ],
    ["a context that there is none of", good, /github\.event\.pull_request\.number/, "steps.none.x"],
    ["a permission that there is none of", good, "checks: write", "chekcs: write"],
    ["an event that there is none of", good, "issue_comment:", "isue_comment:"],
    ["no permissions", good, "permissions: {}", "env: {}"],
    ["a tag instead of a commit id", good, /@0{40} # v0\.1\.0/, "@v1"],
    ["no word about which version an id is", good, /(@0{40}) # v0\.1\.0/, "$1"],
    ["an expression in a script", action, '"$SLUICE_ACTION/', `"$${"{{ github.action_path }}"}/`],
    ["an input that there is none of", action, "inputs.watch", "inputs.wotch"],
    ["a key that there is none of", action, "using: composite", "using: composite\n  setps: []"],
  ] as const)("%s is found", async (_, text, from, to) => {
    const file = text === action ? "action.yml" : "workflows/sluice.yml";
    const broken = text.replace(from, to);
    expect(broken).not.toBe(text);
    expect(await lint(file, broken)).not.toEqual([]);
  });
});
