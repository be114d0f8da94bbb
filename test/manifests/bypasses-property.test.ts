import { expect, it } from "vitest";
import { chooseSplit, removeBypasses } from "../../src/manifests/index.ts";
import { fc } from "../fast-check.ts";
import { value } from "./helpers.ts";

/** A rule of a VirtualService and what is left of it when nothing goes round the split. */
interface Piece {
  readonly before: string;
  readonly after: string;
}

/** How a rule begins, and where the rest of it is; `n` makes its requests its own. */
const HEADS: readonly (readonly [string, (n: number) => string])[] = [
  ["    ", (n) => `  - match: [{headers: {x-${n}: {exact: "1"}}}]\n`],
  ["    ", (n) => `  - match:\n    - uri: {prefix: /p${n}} # ${n}\n    - port: ${n}\n`],
  [
    "      ",
    (n) =>
      `  -   name: r${n}\n      match:\n        - headers:\n            cookie:\n              regex: 'b=${n}'\n`,
  ],
];
const WEIGHT = fc.integer({ min: 0, max: 100 });

const arm = (pad: string, host: string, subset: string, weight?: number) =>
  weight === undefined
    ? `${pad}- {destination: {host: ${host}, subset: ${subset}}}\n`
    : `${pad}- destination: {host: ${host}, subset: ${subset}}\n${pad}  weight: ${weight} # w\n`;

const pieces = fc
  .array(
    fc.record({
      head: fc.constantFrom(...HEADS),
      what: fc.constantFrom("canary", "stable", "another's v2", "both", "v0 and canary", "comment"),
      weights: fc.tuple(WEIGHT, WEIGHT),
    }),
    { maxLength: 6 },
  )
  .map((drawn) =>
    drawn.map(({ head: [pad, head], what, weights: [first, second] }, n): Piece => {
      const rule = (...arms: readonly string[]) => `${head(n)}${pad}route:\n${arms.join("")}`;
      const same = (text: string) => ({ before: text, after: text });
      if (what === "comment") return same(`  # note ${n}\n\n`);
      if (what === "stable") return same(rule(arm(pad, "web", "v1")));
      if (what === "another's v2") return same(rule(arm(pad, "ratings", "v2")));
      if (what === "canary") return { before: rule(arm(pad, "web", "v2")), after: "" };
      const other = what === "both" ? "v1" : "v0";
      const both = (one: number, two: number) =>
        rule(arm(pad, "web", other, one), arm(pad, "web", "v2", two));
      return { before: both(first, second), after: both(first + second, 0) };
    }),
  );

it("what goes round the split goes, and no other byte changes", () => {
  fc.assert(
    fc.property(
      pieces,
      fc.constantFrom("\n", "\r\n"),
      fc.constantFrom("", "---\nkind: Other\n", null),
      (rules, lineEnd, end) => {
        const head =
          "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web}\nspec:\n  http:\n";
        const split = `  - name: main\n    route:\n${arm("    ", "web", "v1", 90)}${arm("    ", "web", "v2", 10)}`;
        const write = (side: keyof Piece) => {
          const all = `${head}${rules.map((rule) => rule[side]).join("")}${split}${end ?? ""}`;
          return (end === null ? all.trimEnd() : all).replaceAll("\n", lineEnd);
        };
        const sides = { stable: "v1", canary: "v2" };
        const removed = value(removeBypasses("f", write("before"), { route: "main" }, sides, []));
        expect(removed).toBe(write("after"));
        expect(value(chooseSplit("f", removed, { route: "main" })).arms).toEqual([
          { name: "v1", weight: 90 },
          { name: "v2", weight: 10 },
        ]);
      },
    ),
    { numRuns: 150 },
  );
});
