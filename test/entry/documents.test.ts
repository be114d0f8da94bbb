import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { VERBS } from "../../src/commands/grammar.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { COMMANDS } from "../../src/entry/cli/commands.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  ...readdirSync("docs/decisions").map((name) => `docs/decisions/${name}`),
];
const readme = readFileSync("README.md", "utf8");
const packages = z
  .object({
    scripts: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    optionalDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync("package.json", "utf8")));

describe.each(PAGES)("%s", (page) => {
  const text = readFileSync(page, "utf8");

  it("links only to files that are there", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });

  it("names only scripts that are there", () => {
    const scripts = [...text.matchAll(/npm run (?:--silent )?([a-z:]+)/g)].map(([, name = ""]) => name);
    expect(scripts.filter((name) => packages.scripts[name] === undefined)).toEqual([]);
  });
});

describe("README.md", () => {
  it("shows a configuration that is accepted", () => {
    const [, text = ""] = /```yaml\n(.*?)```/s.exec(readme) ?? [];
    const parsed = parseConfig("README.md", text);
    expect(parsed).toMatchObject({ ok: true });
    expect(parsed.ok && parsed.config.rollouts[0]?.steps.map((step) => step.weight)).toEqual([
      10, 25, 50, 100,
    ]);
  });

  it("names every command of the command line", () => {
    for (const { name } of COMMANDS) expect(readme).toContain(`sluice -- ${name}`);
  });

  it("names every word that follows /canary", () => {
    for (const verb of VERBS) expect(readme).toContain(verb === "weight" ? "`/canary 25`" : `\`${verb}\``);
  });
});

describe("examples", () => {
  it.each(readdirSync("examples"))("/%s is explained, and README.md leads to it", (name) => {
    expect(existsSync(`examples/${name}/README.md`)).toBe(true);
    expect(readme).toContain(`(examples/${name})`);
  });
});

it("the example of a Secret is made as the page on operating says", () => {
  const example = readFileSync("deploy/kubernetes/secret.example.yaml", "utf8");
  const commands = [...example.matchAll(/^# {3}(\S.*)$/gm)].map(([, command = ""]) => command);
  expect(commands.length).toBeGreaterThan(0);
  const page = readFileSync("docs/operating.md", "utf8");
  for (const command of commands) expect(page).toContain(command);
});

it("the help of bench:judge names every set of scenarios", () => {
  const [help = ""] = /^(?:\/\/.*\n)+/.exec(readFileSync("bench/judge.ts", "utf8")) ?? [];
  for (const file of readdirSync("bench/judge-scenarios"))
    expect(help).toMatch(new RegExp(`\\|${file.replace(".json", "")}\\|`));
});

describe("the decision on packages", () => {
  it("gives a reason for every package, and for none that is gone", () => {
    const rows = readFileSync("docs/decisions/001-packages.md", "utf8")
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
    const used = Object.keys({ ...packages.dependencies, ...packages.devDependencies });
    const optional = Object.keys(packages.optionalDependencies);
    expect(rows.toSorted()).toEqual([...used, ...optional].toSorted());
  });
});
