import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/parse.ts";
import { fc } from "../fast-check.ts";
import { configText, outline, problemsIn, rolloutWith } from "./helpers.ts";

describe("places", () => {
  it("all problems come at once, sorted, each where it is", () => {
    const text = [
      "version: 1",
      "prometheus: production",
      "rolouts: {}",
      "rollouts:",
      "  checkout:",
      "    mesh: linkrd",
      "    namespace: shop",
      "    targets:",
      "      - file: /abs.yaml",
      "        stable: v1",
      "    workloads: { stable: a.yaml, canary: b.yaml }",
      "    steps:",
      "      - setWeight: 50",
      "      - setWeight: 20",
      "    slos:",
      "      - errorRate: { max: 5 }",
      "",
    ];
    const expected = [
      "3:1 unknown-key",
      "5:3 missing-key",
      "6:11 unknown-value",
      "9:9 missing-key",
      "9:15 bad-path",
      "14:20 bad-steps",
      "14:20 bad-steps",
      "16:27 bad-percentage",
    ];
    expect(outline(problemsIn(text.join("\n")))).toEqual(expected);
    expect(outline(problemsIn(text.join("\r\n")))).toEqual(expected);
    expect(outline(problemsIn(`\uFEFF${text.join("\n")}`))).toEqual(expected);
  });

  it("an unknown key names the nearest known one", () => {
    expect(problemsIn("version: 1\nrolouts: {}\nrollouts: {}")).toMatchObject([
      { line: 2, column: 1, message: expect.stringContaining("Did you mean `rollouts`?") },
    ]);
  });
});

describe("versions", () => {
  it("a newer one is refused by name and alone", () => {
    expect(problemsIn("version: 2\nanything: goes")).toMatchObject([
      { line: 1, column: 10, code: "newer-version", message: expect.stringContaining("Update Sluice") },
    ]);
  });

  it.each(["0", '"1"', "one", "1.5", "[1]"])("%s is none", (version) => {
    expect(parseConfig("f", `version: ${version}\nrollouts: {}`).ok).toBe(false);
  });

  it("a missing one is asked for", () => {
    expect(outline(problemsIn("rollouts: {}"))).toEqual(["1:1 missing-key"]);
  });
});

describe("YAML", () => {
  it.each([
    ["", "1:1 wrong-type"],
    ["# nothing\n", "1:1 wrong-type"],
    ["just text", "1:1 wrong-type"],
    ["- a\n- b", "1:1 wrong-type"],
    ["version: 1\nversion: 1\nrollouts: {}", "2:1 duplicate-key"],
    ["version: 1\nrollouts: {}\n---\nversion: 1\n", "3:1 several-documents"],
    ["version: 1\n__proto__: { polluted: true }\nrollouts: {}", "2:1 bad-key"],
    ["version: 1\n? [a, b]\n: c\nrollouts: {}", "2:3 bad-key"],
    ["version: 1\nrollouts: *nowhere", "2:11 bad-alias"],
    ["version: 1\nrollouts: &a { x: *a }", "2:19 bad-alias"],
    ["version: 1\nrollouts: !!binary aGk=", "2:20 yaml-tag"],
    ["version: 1\nrollouts: !include other.yaml", "2:20 yaml-tag"],
    ["%YAML 1.1\n---\nversion: 1\nrollouts: {}", "1:1 yaml-version"],
    ["version: 1\nrollouts: {\n", "3:1 yaml-syntax"],
    ["version: 1\n\tx: 1", "2:1 yaml-syntax"],
    ["version: 1\nroll\0outs: {}", "2:5 nul-byte"],
  ])("%j is refused at its place", (text, expected) => {
    expect(outline(problemsIn(text))[0]).toBe(expected);
  });

  it("leaves Object's prototype alone", () => {
    parseConfig("f", "__proto__: { polluted: true }\nconstructor: { prototype: { polluted: true } }");
    expect("polluted" in {}).toBe(false);
  });

  it("anchors may share what rollouts have in common", () => {
    const rollout = rolloutWith({
      steps: "[{ setWeight: 50 }, { pause: &wait { duration: 5m } }, { setWeight: 100 }, { pause: *wait }]",
    });
    expect(rollout.steps.map(({ bake }) => bake)).toEqual([300_000, 300_000]);
  });

  it("a wrong value behind an alias is shown where it is written", () => {
    const text = configText({ bake: "&short 5", holds: "{ limit: *short }" });
    expect(outline(problemsIn(text))).toEqual(["12:18 wrong-type", "13:21 wrong-type"]);
  });
});

describe("nesting that no parser survives", () => {
  it("is said in words about the file", () => {
    const [problem] = problemsIn("{a: ".repeat(60_000));
    expect(problem?.message).toBe("The YAML is nested too deep to be read.");
  });
});

describe("what is made to hurt is refused quickly", () => {
  const bomb = Array.from({ length: 30 }, (_, level) =>
    level === 0
      ? "a0: &a0 [x, x, x]"
      : `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
  ).join("\n");

  /** In many rollouts by one alias: what takes long once takes that long in each. */
  const images = (image: string) =>
    [
      `version: 1\nrollouts:\n  r: { from: &from { repository: a/b, image: "${image}", on: merge } }`,
      ...Array.from({ length: 20 }, (_, index) => `  r${index}: { from: *from }`),
    ].join("\n");

  it.each([
    ["an alias bomb", bomb],
    ["more than 256 KB", `version: 1\n# ${"x".repeat(256 * 1024)}`],
    ["deep flow nesting", "[".repeat(200_000)],
    ["closed deep nesting", `version: ${"[".repeat(5_000)}${"]".repeat(5_000)}`],
    ["deep block nesting", Array.from({ length: 600 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
    ["very many keys", Array.from({ length: 30_000 }, (_, index) => `k${index}:`).join("\n")],
    [
      "very many unknown keys everywhere",
      `version: 1\nrollouts:\n${Array.from({ length: 9_000 }, (_, index) => `  r${index}: { x: 1, y: 2 }`).join("\n")}`,
    ],
    ["very many values", `version: 1\nrollouts: [${"1,".repeat(120_000)}]`],
    ["very many aliases", `a: &a 1\nb: [${"*a,".repeat(80_000)}]`],
    ["very many documents", "---\n".repeat(60_000)],
    ["a very long key", `${"k".repeat(250_000)}: 1`],
    ["very many quotes", '"'.repeat(250_000)],
    ["an image of very many colons", images(`${":".repeat(100_000)}/`)],
    ["an image of very many at signs", images(`${"@".repeat(100_000)}\\n`)],
  ])(
    "%s ends",
    (_, text) => {
      const problems = problemsIn(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.length).toBeLessThanOrEqual(100);
    },
    20_000,
  );

  it("anything at all gives a configuration or problems with places", () => {
    const pieces = [
      "version: 1\n",
      "rollouts:\n",
      "  a:\n",
      "    ",
      "mesh",
      ": ",
      "&a ",
      "*a",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "5%",
      "\n",
      "? ",
      "|\n",
      "<<",
      "\t",
      "'",
      "#",
      "---\n",
      "!!set ",
    ];
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc
        .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })), { maxLength: 60 })
        .map((parts) => parts.join("")),
      fc
        .dictionary(
          fc.constantFrom("mesh", "steps", "slos", "on", "targets", "bake"),
          fc.json({ maxDepth: 3 }),
        )
        .map((keys) => configText(keys)),
    );
    fc.assert(
      fc.property(text, (written) => {
        const parsed = parseConfig("f", written);
        if (parsed.ok) return;
        expect(parsed.problems.length).toBeGreaterThan(0);
        for (const { line, column, message } of parsed.problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(written.split("\n").length);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).toMatch(/\S/);
          expect(message).not.toContain("undefined");
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe("a regular expression of a rollout's own", () => {
  const written = (failed: string) => configText({ mesh: "app", metrics: JSON.stringify({ failed }) });

  it.each(["(a+)+$", "(a|a)*b", "(.*)*x", "([a-z]+)*!", "(?i)5.."])(
    "%s is read as Prometheus reads it",
    (failed) => {
      expect(parseConfig("f", written(failed)).ok).toBe(true);
    },
  );

  it.each(["(?=5)", "(?<!5)x", "(a)\\1", "(", "[z-a]", "a{1001}", "x".repeat(201)])(
    "%s is refused",
    (failed) => {
      expect(outline(problemsIn(written(failed)))).toHaveLength(1);
    },
  );
});
