import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { chunksOf } from "../../src/manifests/chunks.ts";
import { findSplits, readWorkload, setImages } from "../../src/manifests/index.ts";
import { LONGEST_FILE, LONGEST_TEXT, readSource } from "../../src/manifests/source.ts";
import { fc } from "../fast-check.ts";
import { problem, set, splitsOf, value } from "./helpers.ts";

const split = (name: string) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
spec:
  http:
    - route:
        - destination: { host: a }
          weight: 90
        - destination: { host: b }
          weight: 10
`;
const filler = (size: number) => `kind: ConfigMap\ndata:\n  text: |\n${"    some words\n".repeat(size / 15)}`;
const many = Array.from({ length: 10_000 }, (_, index) => `---\n${split(`v${index}`)}`).join("");
const long = `${filler(5_000_000)}---\n${split("web")}---\n${filler(5_000_000)}`;

describe("long files", () => {
  it("of 10 MB are edited where only one document can be meant", () => {
    expect(long.length).toBeGreaterThan(9_900_000);
    expect(value(set(long, { a: 75, b: 25 }))).toBe(
      long.replace("weight: 90", "weight: 75").replace("weight: 10", "weight: 25"),
    );
    expect(splitsOf(long)).toMatchObject([{ name: "web", line: filler(5_000_000).split("\n").length + 8 }]);
  });

  it("of 10,000 objects are edited where the object is named, and else say how to choose", () => {
    const edited = value(set(many, { b: 20 }, { name: "v7777" }));
    const at = many.indexOf("weight: 10", many.indexOf("name: v7777"));
    expect(edited).toBe(`${many.slice(0, at)}weight: 20${many.slice(at + "weight: 10".length)}`);
    expect(problem(set(many, { b: 20 }))).toMatchObject({ code: "too-large", line: 1 });
    expect(problem(set(many, { b: 20 })).message).toContain("say which by its name");
  });

  it("hold a workload that is named", () => {
    const text = `${long}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c, image: i}]}}}\n`;
    expect(value(readWorkload("f", text)).containers).toEqual([{ name: "c", image: "i" }]);
    expect(value(setImages("f", text, new Map([["c", "j:2"]])))).toBe(text.replace("image: i", "image: j:2"));
  });

  it("are refused where one document alone is too long, or the whole is", () => {
    const one = split("web") + "#".repeat(LONGEST_TEXT);
    expect(problem(findSplits("f", one)).code).toBe("too-large");
    expect(problem(findSplits("f", " ".repeat(LONGEST_FILE + 1))).message).toContain("more than 32 MB");
  });

  it("refuse a broken document that can be meant, at its line", () => {
    const broken = `${long}---\nkind: VirtualService\na: [\n`;
    expect(problem(findSplits("f", broken))).toMatchObject({ code: "yaml", line: broken.split("\n").length });
  });
});

describe("a text cut at its markers", () => {
  const line = fc.constantFrom(
    "---",
    "--- a",
    "---a",
    "...",
    "... # x",
    "# c",
    "",
    "a: 1",
    "b:\n  - 1",
    "  ---",
    "t: |\n  x",
    "---\r",
    "\uFEFF",
  );
  it("means the same as the whole", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const text = lines.join("\n");
        const chunks = chunksOf(text);
        expect(chunks.map(({ from, to }) => text.slice(from, to)).join("")).toBe(text);
        const whole = parseAllDocuments(text, { logLevel: "silent" });
        if (!Array.isArray(whole) || whole.some((one) => one.errors.length > 0)) return;
        const cut = readSource("f", text);
        if (!cut.ok) throw new Error(`${JSON.stringify(text)}: ${cut.problem.message}`);
        const meant = (contents: readonly unknown[]) =>
          contents.map((one) => JSON.stringify(one)).filter((one) => one !== "null");
        expect(meant(cut.value.documents.map(({ root }) => root))).toEqual(
          meant(whole.map(({ contents }) => contents)),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
