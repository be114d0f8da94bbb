import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { kinds } from "../../src/entry/cli/kinds.ts";
import { kindRows, kindsPage } from "../../src/manifests/index.ts";
import { KINDS } from "../../src/manifests/kinds.ts";

it("docs/kinds.md is what the table says", () => {
  expect(readFileSync("docs/kinds.md", "utf8")).toBe(kindsPage());
});

it("the command prints a line a kind, the page, or all of it as JSON", async () => {
  const run = (options: Record<string, boolean>) => kinds.run({ operands: [], options });
  const table = await run({});
  if (table.ok !== true) throw new Error("the table is printed");
  expect(table.stdout.trim().split("\n")).toHaveLength(KINDS.length + 2);
  expect(table.stdout).toContain("split.smi-spec.io/{v1alpha2,v1alpha3,v1alpha4}");
  expect(await run({ markdown: true })).toEqual({ ok: true, stdout: kindsPage() });
  expect(await run({ json: true })).toEqual({ ok: true, stdout: `${JSON.stringify(kindRows(), null, 2)}\n` });
});
