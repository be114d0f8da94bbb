import { describe, expect, it } from "vitest";
import { isScalar } from "yaml";
import { applyChanges, splice } from "../../src/manifests/changes.ts";
import { endOf, startOf } from "../../src/manifests/graph.ts";
import { at, entriesOf, itemsOf, type Place, rootsOf } from "../../src/manifests/place.ts";
import { sameBut } from "../../src/manifests/same.ts";
import { readAgain, readSource, type Source } from "../../src/manifests/source.ts";
import { sameTokensBut, type TokenEdit, tokensOf } from "../../src/manifests/tokens.ts";
import { fc } from "../fast-check.ts";
import { set, value, virtualService } from "./helpers.ts";

const lines = [
  "- a: 10",
  "  b: '20' # c",
  "  c: &x 30",
  "- {a: 1, b: [2, {c: 3}], d: 500m}",
  "- k: !!int 4",
  "- t: |",
  "    x: 5",
  "",
  '- q: "6"',
  "  r: 7 8",
  "  s: plain",
  "    9: more",
  "- ? 1",
  "  : 2",
  "- *x",
  "---",
  "a: 10",
  "b:",
  "  c: 1.5",
  "  d: true",
  "e: ~",
  "...",
  "%YAML 1.1",
  "# 10",
  "f: {g: 1,",
  "    h: 2}",
];
const texts = fc
  .tuple(fc.array(fc.constantFrom(...lines), { minLength: 1, maxLength: 9 }), fc.constantFrom("\n", "\r\n"))
  .map(([some, lineEnd]) => some.join(lineEnd));
const words = fc.oneof(
  fc.stringMatching(/^[0-9]{1,4}m?$/),
  fc.constantFrom(
    "---",
    "- 1",
    "a: b",
    "5 # x",
    "#",
    "",
    "~",
    "true",
    "5:",
    "1,2",
    "]",
    "}",
    "'",
    '"',
    "&a",
    "*x",
  ),
  fc.constantFrom(
    "@a",
    "!!str 5",
    "|",
    ">",
    "5\n- 6",
    "5\n6: 7",
    "\t5",
    "%",
    "a/b:1",
    "null",
    "0x5",
    "1_0",
    "-",
  ),
);

interface Target {
  readonly map: Place;
  readonly key: string;
  readonly value: Place;
}

/** Every scalar that is the value of a key. */
function targetsIn(place: Place, depth = 0): readonly Target[] {
  if (depth > 5) return [];
  const own = entriesOf(place).flatMap(([key, one]) =>
    isScalar(one.node) ? [{ map: place, key, value: one }] : targetsIn(one, depth + 1),
  );
  return [...own, ...itemsOf(place).flatMap((item) => targetsIn(item, depth + 1))];
}

/** The verdict of reading the text again in full. */
function meansSame(source: Source, text: string, { map, key }: Target, word: string): boolean {
  const after = readAgain(source, text);
  return after?.ok === true && sameBut(source, after.value, new Map([[map.node, new Map([[key, word]])]]));
}

const cases = fc.record({ text: texts, pick: fc.nat(), word: words }).map(({ text, pick, word }) => {
  const read = readSource("f.yaml", text);
  const targets = read.ok ? rootsOf(read.value).flatMap((root) => targetsIn(root)) : [];
  const target = targets[pick % Math.max(1, targets.length)];
  return read.ok && target !== undefined ? { source: read.value, target, word } : null;
});

describe("an edit of one token", () => {
  it("is made only if the text, read again in full, means what was asked for", () => {
    let made = 0;
    let refused = 0;
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(one !== null);
        const { source, target, word } = one;
        const change = { map: target.map, key: target.key, text: word, pieces: null };
        const edited = applyChanges(source, [change]);
        if (!edited.ok) refused += 1;
        else if (edited.value !== source.text) {
          made += 1;
          expect(meansSame(source, edited.value, target, word), JSON.stringify(edited.value)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
    expect(made).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(50);
  });

  it("is refused by its tokens wherever reading in full would refuse it, whatever else was damaged", () => {
    const wound = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(3), text: words });
    let same = 0;
    let other = 0;
    fc.assert(
      fc.property(cases, fc.array(wound, { maxLength: 2 }), fc.nat(999), (one, wounds, number) => {
        fc.pre(one !== null);
        const { source, target } = one;
        const { node } = target.value;
        const isNumber = isScalar(node) && node.type === "PLAIN" && typeof node.value === "number";
        fc.pre(isNumber && target.value.shared === null && source.chunks.length === 1);
        const word = String(number);
        const edit: TokenEdit = { from: startOf(node), to: endOf(node), text: word, tokens: [word] };
        let text = splice(source.text, [edit]);
        for (const { at, cut, text: piece } of wounds) {
          const from = Math.floor(at * text.length);
          text = text.slice(0, from) + piece + text.slice(from + cut);
        }
        if (sameTokensBut(tokensOf(source.text), text, [edit])) {
          same += 1;
          expect(text).toBe(splice(source.text, [edit]));
          expect(meansSame(source, text, target, String(number))).toBe(true);
        } else {
          other += 1;
        }
      }),
      { numRuns: 1000 },
    );
    expect(same).toBeGreaterThan(50);
    expect(other).toBeGreaterThan(50);
  });

  it("must be of a whole token, at its place and nowhere else", () => {
    const text = "a: 10\nb: 10\n";
    const tokens = tokensOf(text);
    const at = (from: number, to: number) => [{ from, to, text: "5", tokens: ["5"] }];
    expect(sameTokensBut(tokens, "a: 5\nb: 10\n", at(3, 5))).toBe(true);
    expect(sameTokensBut(tokens, "a: 10\nb: 5\n", at(3, 5))).toBe(false);
    expect(sameTokensBut(tokens, "a: 5\nb: 5\n", at(3, 5))).toBe(false);
    expect(sameTokensBut(tokens, "a: 15\nb: 10\n", at(4, 5))).toBe(false);
    expect(sameTokensBut(tokens, "a: 5\nb: 10", at(3, 5))).toBe(false);
    expect(sameTokensBut(tokens, "a: 5\nb: 10\n#", at(3, 5))).toBe(false);
    expect(sameTokensBut(tokens, text, at(3, 5))).toBe(false);
  });

  it("of a text that looks like a mark between tokens is told from one", () => {
    const odd = "a: \u001F\nb: 10\n";
    const edit = { from: 8, to: 10, text: "7", tokens: ["7"] };
    expect(sameTokensBut(tokensOf(odd), "a: \u001F\nb: 7\n", [edit])).toBe(true);
  });

  it("leaves the other documents of a file alone, whichever it is in", () => {
    const two = virtualService(
      "  - route:\n    - {destination: {host: a}, weight: 9}\n    - {destination: {host: b}, weight: 1}\n",
    );
    const text = `# first\nkind: Other\n---\n${two}---\n${two.replace("checkout", "cart")}`;
    expect(value(set(text, { a: 10000, b: 20000 }, { name: "checkout" }))).toBe(
      text.replace("weight: 9", "weight: 10000").replace("weight: 1}", "weight: 20000}"),
    );
  });
});

it("an item of a list that is plain text is changed too, its text read again in full", () => {
  const text = "weights: [90%, 10%]\nwords:\n  - '5'\n  - plain\n";
  const source = value(readSource("f.yaml", text));
  const [root] = rootsOf(source);
  const list = at(root ?? null, "words");
  if (list === null) throw new Error("the list is there");
  const change = (word: string) => applyChanges(source, [{ map: list, key: "1", text: word, pieces: null }]);
  expect(value(change("other"))).toBe(text.replace("plain", "other"));
  expect(change("6").ok).toBe(false);
});
