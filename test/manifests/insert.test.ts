import { describe, expect, it } from "vitest";
import { isMap, type Node } from "yaml";
import { applyChanges, splice } from "../../src/manifests/changes.ts";
import { insertion } from "../../src/manifests/insert.ts";
import { entriesOf, itemsOf, type Place, rootsOf } from "../../src/manifests/place.ts";
import { sameBut } from "../../src/manifests/same.ts";
import { readAgain, readSource, type Source } from "../../src/manifests/source.ts";
import { sameTokensBut, type TokenEdit } from "../../src/manifests/tokens.ts";
import { tokensSay } from "../../src/manifests/verify.ts";
import { fc } from "../fast-check.ts";
import { value } from "./helpers.ts";

const KEY = "weight";

/** Items of a list with much that a map may end with, and what may be behind or around it. */
const items = [
  "- name: a",
  "- name: a\n  port: 80 # http",
  "- name: a\n  # why\n\n      # deep\n  port: 80",
  "- text: |\n    hi\n\n",
  "- text: |+\n    hi\n\n",
  "- text: >-\n    hi\n     # no comment",
  "- text: |\n",
  "- name: a\n  text: |2\n     hi",
  "- plain: one\n    two",
  "- 'quoted': 'one\n\n    two'",
  "- {name: a, port: 80}",
  "- { name: a,\n    port: 80 }",
  "- {name: a,\n   port: 80,\n  }",
  "- {name: a # why\n  }",
  "- {name: a, port}",
  "- {name: a, port: }",
  '- {"name":"a","port":80}',
  "- {'name':'a', port : 80 , }",
  "- [name: a, {port: 80}, other: {name: a}]",
  "- [{name: a}: {port: 80}]",
  "- weight: 7\n  other: 8",
  "- {name: a, weight}",
  "- list:\n  - name: a\n  - port: 80",
  "- list:\n  - name: a\n  # between\n  other: b",
  "- deep:\n    deeper:\n      name: a\n  port: 80",
  "- - name: a\n    port: 80\n  - x",
  "-   name: a\n    port: 80",
  "-\n  name: a\n  port: 80",
  "-\tname: a",
  "- name: a\n  port:",
  "- name: a\n  port: # none\n    # deep",
  "- name: a\n  port: &p",
  "- name: a\n  port:\n    &p",
  "- name: &n a\n- *n",
  "- &m name: a\n  port: 80",
  "- &m\n  name: a\n- <<: *m\n  port: 80",
  "- *k : a\n  port: 80",
  "- ? name\n  : a",
  "- ? name",
  "- ? {name: a}\n  : port: 80",
  "- {name: a}: b",
  "- name: a\n  ? port\n  : 80",
  "- !!map\n  name: a",
  "- !!set {name, port}",
  "- !!omap\n  - name: a",
  "- !!pairs [name: a]",
  "- !own {name: a}",
  "- name: 80\t# tab",
  "- name: a\n\t# tab",
  "- name: a\n \t \n",
  "- name: a\n# at the edge",
  "- url: http://a/b#c\n  re: a.*b",
  "- name: ! a",
  "- x",
  "",
  "  # between",
];
const heads = [
  "",
  "",
  "list:\n",
  "a:\n  b:\n",
  "---\n",
  "# c\n--- # d\n",
  "%YAML 1.1\n---\n",
  "\uFEFF",
  "- ",
];
const tails = [
  "",
  "",
  "\n",
  "\n\n",
  "\nname: a",
  "\nlast:\n  name: a\n",
  "\n...\n",
  "\n---\nname: b",
  "\n# end",
  "  ",
];

const texts = fc
  .record({
    head: fc.constantFrom(...heads),
    some: fc.array(fc.constantFrom(...items), { minLength: 1, maxLength: 4 }),
    tail: fc.constantFrom(...tails),
    indent: fc.constantFrom("", "", "  ", "    ", " "),
    isMap: fc.boolean(),
    isWindows: fc.boolean(),
  })
  .map(({ head, some, tail, indent, isMap: isBare, isWindows }) => {
    const lines = some.join("\n").split("\n");
    // The first item alone, not in a list.
    const own = isBare ? lines.map((line) => line.slice(2)) : lines;
    const text = head + own.map((line) => (line === "" ? "" : indent + line)).join("\n") + tail;
    return isWindows ? text.replaceAll("\n", "\r\n") : text;
  });

/** Every map that is reached by values. */
function mapsIn(place: Place, depth = 0): readonly Node[] {
  if (depth > 6) return [];
  const inside = [...entriesOf(place).map(([, one]) => one), ...itemsOf(place)];
  const own = isMap(place.node) && place.shared === null ? [place.node] : [];
  return [...own, ...inside.flatMap((one) => mapsIn(one, depth + 1))];
}

interface Case {
  readonly source: Source;
  /** Where a key is put in; no two of one map. */
  readonly maps: readonly Node[];
  readonly edits: readonly TokenEdit[];
}

const written = (index: number) => (index % 3 === 2 ? `"${index}"` : String(index));

const cases = fc
  .record({ text: texts, picks: fc.array(fc.nat(99), { minLength: 1, maxLength: 3 }) })
  .map(({ text, picks }): Case | null => {
    const read = readSource("f.yaml", text);
    if (!read.ok) return null;
    const all = rootsOf(read.value).flatMap((root) => mapsIn(root));
    const some = [...new Set(picks.flatMap((pick) => all[pick % Math.max(1, all.length)] ?? []))];
    const pairs = some.flatMap((map, index) => {
      const edit = insertion(text, map, KEY, written(index));
      return edit === null ? [] : [{ map, edit }];
    });
    const maps = pairs.map(({ map }) => map);
    return pairs.length === 0 ? null : { source: read.value, maps, edits: pairs.map(({ edit }) => edit) };
  });

/** The verdict of reading the text again in full. */
function meansSame({ source, maps, edits }: Case, text: string): boolean {
  const asked = maps.map((map, index): [Node, ReadonlyMap<string, string>] => {
    const word = /[0-9]+"?$/.exec(edits[index]?.text.trimEnd() ?? "")?.[0] ?? "";
    return [map, new Map([[KEY, word.replace('"', "")]])];
  });
  const after = readAgain(source, text);
  return after?.ok === true && sameBut(source, after.value, new Map(asked));
}

describe("a key put in", () => {
  it("is taken by its tokens alone only if the text, read again in full, means what was asked for", () => {
    let sure = 0;
    let unsure = 0;
    let wrong = 0;
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(one !== null);
        const text = splice(one.source.text, one.edits);
        const isSame = meansSame(one, text);
        if (tokensSay(one.source, text, one.edits)) {
          sure += 1;
          if (!isSame) throw new Error(JSON.stringify([one.source.text, text]));
        } else if (isSame) unsure += 1;
        else wrong += 1;
      }),
      { numRuns: 2000 },
    );
    expect(sure).toBeGreaterThan(500);
    expect(unsure).toBeGreaterThan(50);
    expect(wrong).toBeGreaterThan(50);
  });

  it("is taken by no tokens where the text around it or its own is damaged", () => {
    const wounds = [
      "\n",
      "\n\n",
      " ",
      "  ",
      "\t",
      "#",
      " #",
      ":",
      ": ",
      ",",
      "- ",
      "5",
      "a",
      '"',
      "'",
      "{",
      "}",
      "|",
    ];
    const wound = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(3),
      piece: fc.constantFrom("", ...wounds, "\n---\n", "&a ", "!!set ", "weight: 1", "\r"),
    });
    const damaged = (text: string, { at, cut, piece }: { at: number; cut: number; piece: string }) => {
      const from = Math.floor(at * text.length);
      return text.slice(0, from) + piece + text.slice(from + cut);
    };
    let taken = 0;
    let damages = 0;
    fc.assert(
      fc.property(cases, wound, fc.boolean(), (one, hurt, isOwn) => {
        fc.pre(one !== null && tokensSay(one.source, splice(one.source.text, one.edits), one.edits));
        const { source, edits } = one;
        const right = splice(source.text, edits);
        const hurtEdits = edits.map((edit) => ({ ...edit, text: damaged(edit.text, hurt) }));
        const text = isOwn ? splice(source.text, hurtEdits) : damaged(right, hurt);
        const [chunk, another] = source.chunks;
        fc.pre(another === undefined && chunk?.tokens != null);
        const inOrder = edits.toSorted((a, b) => a.from - b.from);
        const isTaken = sameTokensBut(chunk.tokens, text, inOrder);
        if (text === right) taken += 1;
        else damages += 1;
        if (isTaken !== (text === right)) throw new Error(JSON.stringify([source.text, text]));
      }),
      { numRuns: 700 },
    );
    expect(taken).toBeGreaterThan(10);
    expect(damages).toBeGreaterThan(300);
  });
});

/** Both verdicts on a `weight: 5` put into the map of the last item of a list. */
function verdictsOn(text: string): { readonly tokens: boolean; readonly full: boolean } {
  const source = value(readSource("f.yaml", text));
  const map = rootsOf(source).flatMap(itemsOf).at(-1)?.node;
  const edit = map === undefined ? null : insertion(text, map, KEY, "5");
  if (map === undefined || edit === null) throw new Error("there is a map to put a key into");
  const one = { source, maps: [map], edits: [edit] };
  const after = splice(text, [edit]);
  return { tokens: tokensSay(source, after, [edit]), full: meansSame(one, after) };
}

describe("a key put in needs no full reading", () => {
  it.each([
    ["at the end of a block map", "- name: a\n  port: 80\n"],
    ["without a final newline", "- name: a"],
    ["with CRLF", "- name: a\r\n"],
    ["before comments", "- name: a # b\n  # c\n\n# d\n"],
    ["behind block text", "- text: |\n    hi\n"],
    ["behind a list", "- list:\n  - a\n"],
    ["in a flow map", "- {name: a}\n"],
    ["in a flow map over lines", "- {name: a,\n   port: 80,\n  }\n"],
    ["in JSON", '[{"name":"a","port":80}]'],
  ])("%s", (_, text) => {
    expect(verdictsOn(text)).toEqual({ tokens: true, full: true });
  });

  it.each([
    ["beside a tag that forbids it", "- {name: a}\n".replace("{", "!!set {").replace(": a", ""), false],
    ["below a tag that says nothing of it", "!!seq\n- name: a\n", true],
    ["behind a value that is not written", "- name: a\n  port:\n", true],
    ["before a tab", "- name: a\n\t# b\n", true],
    ["in a map that begins with an anchor", "- &x name: a\n", false],
    ["in a pair of a flow list", "[a: {b: 1}]", false],
  ])("but is read in full %s", (_, text, full) => {
    expect(verdictsOn(text)).toEqual({ tokens: false, full });
  });

  it("but is read in full where two go to one place", () => {
    const text = "- name: a\n  deep:\n    port: 80\n";
    const source = value(readSource("f.yaml", text));
    const all = rootsOf(source).flatMap((root) => mapsIn(root));
    const edits = all.flatMap((map) => insertion(text, map, KEY, "5") ?? []);
    expect(edits.map(({ tokens }) => tokens !== null)).toEqual([true, true]);
    expect(tokensSay(source, splice(text, edits), edits)).toBe(false);
    expect(tokensSay(source, splice(text, edits.toReversed()), edits.toReversed())).toBe(false);
  });

  it("and is never taken for a key that is there", () => {
    const text = "- {name: a, weight}\n";
    const source = value(readSource("f.yaml", text));
    const [map] = rootsOf(source).flatMap(itemsOf);
    if (map === undefined) throw new Error("the map is there");
    expect(insertion(text, map.node, KEY, "5")?.tokens).toBeNull();
    expect(applyChanges(source, [{ map, key: KEY, text: "5", pieces: null }]).ok).toBe(false);
  });
});
