import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const page = readFileSync("docs/security.md", "utf8");
/** A name has an ellipsis where a table of the test fills something in, and its group before it where that says more. */
const claims = [...page.matchAll(/`(test\/[\w./-]+\.test\.ts)` · ([^|\n)]+)/g)].map(
  ([, file = "", name = ""]) => ({ file, name: name.trim() }),
);

/** The names of a file's tests and groups in their order: each the first argument of a call, followed by a function. */
function namesIn(file: string): readonly string[] {
  const CALL = /\(\s*(["'`])((?:\\.|(?!\1).)+)\1,\s*(?:\{[^}]*\},\s*)?(?:async\s*)?\(/g;
  const names = [...readFileSync(file, "utf8").matchAll(CALL)].map(([, , name = ""]) => name);
  return names.map((name) => name.replaceAll(/%[sjdoi]|\$\{?[\w.]+\}?/g, "…"));
}

it("the threat model names a test for each thing that cannot be done", () => {
  expect(claims.length).toBeGreaterThan(35);
  const rows = page.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| cannot |"));
  expect(rows.filter((row) => !/`test\/.+\.test\.ts` · /.test(row))).toEqual([]);
});

it("it shows no placeholder of a test's name", () => {
  expect(claims.filter(({ name }) => /%[sjdoi]|\$\{?\w/.test(name))).toEqual([]);
});

it.each(claims)("$file has the test: $name", ({ file, name }) => {
  const [first = "", ...within] = name.split(" › ");
  const names = namesIn(file);
  expect(names).toContain(first);
  if (within.length > 0) expect(names.slice(names.indexOf(first) + 1)).toContain(within.join(" › "));
});
