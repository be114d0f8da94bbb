import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const page = readFileSync("docs/security.md", "utf8");
const claims = [...page.matchAll(/`(test\/[\w./-]+\.test\.ts)` · ([^|\n)]+)/g)].map(
  ([, file = "", name = ""]) => ({
    file,
    name: name.trim(),
  }),
);

it("the threat model names a test for each thing that cannot be done", () => {
  expect(claims.length).toBeGreaterThan(35);
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| cannot |"));
  expect(rows.filter((row) => !/`test\/.+\.test\.ts` · /.test(row))).toEqual([]);
});

it.each(claims)("$file still has: $name", ({ file, name }) => {
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toContain(name);
});
