import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { COMMANDS } from "../../src/entry/cli/commands.ts";

const step = z.object({ uses: z.string().optional(), run: z.string().optional() });
const workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), z.object({ "timeout-minutes": z.number(), steps: z.array(step) })),
});

describe.each(readdirSync("workflows"))("workflows/%s", (file) => {
  const text = readFileSync(`workflows/${file}`, "utf8");
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

  it("calls a command that there is", () => {
    const called = steps.flatMap(({ run }) => /src\/entry\/cli\.ts (\w+)/.exec(run ?? "")?.[1] ?? []);
    expect(called).not.toEqual([]);
    for (const name of called) expect(COMMANDS.map((command) => command.name)).toContain(name);
  });
});
