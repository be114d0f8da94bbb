import { describe, expect, it } from "vitest";
import { applyBlocks, type Block } from "../../src/manifests/blocks.ts";
import { insertItem, insertKey, removeItems, removeKeys } from "../../src/manifests/items.ts";
import { at, itemsOf, type Place, rootsOf } from "../../src/manifests/place.ts";
import { readSource } from "../../src/manifests/source.ts";
import { type Plain, tree } from "../../src/manifests/tree.ts";
import type { Result } from "../../src/manifests/types.ts";
import { fc } from "../fast-check.ts";
import { problem, value } from "./helpers.ts";

const root = (text: string): Place => {
  const [first] = rootsOf(value(readSource("f.yaml", text)));
  if (first === undefined) throw new Error("an empty text");
  return first;
};
const under = (text: string, ...keys: string[]): Place => {
  const place = at(root(text), ...keys);
  if (place === null) throw new Error(`no ${keys.join(".")}`);
  return place;
};
const item = (text: string, index: number, ...keys: string[]): Place => {
  const found = itemsOf(under(text, ...keys))[index];
  if (found === undefined) throw new Error(`no item ${index}`);
  return found;
};
const apply = (place: Place, block: Result<Block>) => value(applyBlocks(place.source, [value(block)]));
const insert = (text: string, index: number, plain: Plain, ...keys: string[]) => {
  const list = under(text, ...keys);
  return apply(list, insertItem(list, index, tree(plain)));
};
const remove = (text: string, index: number | readonly number[], ...keys: string[]) => {
  const list = under(text, ...keys);
  const indexes = typeof index === "number" ? [index] : index;
  const items = itemsOf(list).filter((_, at) => indexes.includes(at));
  return value(applyBlocks(list.source, value(removeItems(list, items))));
};

const RULE = { name: "new", to: [{ host: "a b", port: 80 }] };

describe("an item is put into a list", () => {
  it("of blocks: with the dashes and the depth of its neighbours, above their comments", () => {
    const text = "http:\n-   name: a\n    to:\n      - x\n    # of a\n# of b\n-   name: b # last\n# end\n";
    expect(insert(text, 1, RULE, "http")).toBe(
      'http:\n-   name: a\n    to:\n      - x\n    # of a\n-   name: new\n    to:\n      -   host: "a b"\n          port: 80\n# of b\n-   name: b # last\n# end\n',
    );
  });

  it("behind the last one, also where the file ends without a line break", () => {
    const text = "http:\r\n  - name: a\r\n    # of a";
    expect(insert(text, 1, { name: "new" }, "http")).toBe(
      "http:\r\n  - name: a\r\n    # of a\r\n  - name: new",
    );
  });

  it("between brackets: with their spaces and separators", () => {
    expect(insert("http: [ { name: a , to: [x] } ]\n", 0, RULE, "http")).toBe(
      'http: [ { name: new, to: [{ host: "a b", port: 80 }] }, { name: a , to: [x] } ]\n',
    );
    expect(insert('{"http":[{"name":"a","x":1},{"name":"b"}]}', 2, RULE, "http")).toBe(
      '{"http":[{"name":"a","x":1},{"name":"b"},{"name":"new","to":[{"host":"a b","port":80}]}]}',
    );
  });

  it("of indented JSON: a value a line", () => {
    const text = JSON.stringify({ http: [{ name: "a" }], z: 1 }, null, 4);
    expect(insert(text, 0, RULE, "http")).toBe(
      JSON.stringify({ http: [RULE, { name: "a" }], z: 1 }, null, 4),
    );
  });
});

describe("an item is taken out of a list", () => {
  it("as its lines, with their comments; those above it stay", () => {
    const text = "a:\n# one\n- b: 1 # here\n  # inside\n  c: 2\n# two\n- d\n";
    expect(remove(text, 0, "a")).toBe("a:\n# one\n# two\n- d\n");
    expect(remove("a:\n  - b\n  - c: |\n      d\n", 1, "a")).toBe("a:\n  - b\n");
    expect(remove("a:\n  -\n    # why\n    b: 1\n  - c", 0, "a")).toBe("a:\n  - c");
    expect(remove("a:\r\n- b\r\n- c", 1, "a")).toBe("a:\r\n- b");
  });

  it("between brackets: with one separator", () => {
    expect(remove("a: [b, {c: 1},\n  d]\n", 1, "a")).toBe("a: [b, d]\n");
    expect(remove("a: [b, c,]\n", 1, "a")).toBe("a: [b,]\n");
  });

  it("with its neighbours at once: those that follow each other, and others", () => {
    expect(remove("a:\n# one\n- b\n- c: 1\n# two\n- d\n- e\n- f", [0, 1, 3, 4], "a")).toBe(
      "a:\n# one\n# two\n- d",
    );
    expect(remove("a: [b, c, d, e, f]\n", [0, 1, 3, 4], "a")).toBe("a: [d]\n");
    expect(remove("a:\r\n- b\r\n- c\r\n- d", [1, 2], "a")).toBe("a:\r\n- b");
  });

  it("is refused where more than the item would change", () => {
    const taken = (text: string, index: number) => {
      const list = under(text, "a");
      return removeItems(list, itemsOf(list).slice(index, index + 1));
    };
    const why = (text: string, index: number) => problem(taken(text, index)).message;
    expect(why("a:\n- b\n", 0)).toContain("only one");
    expect(why("a: [b, # first\n  c]\n", 1)).toContain("lines of its own");
    expect(why("a: &a\n- b\n- c\nd: *a\n", 0)).toContain("&a on line 2, used as *a on line 4");
    expect(problem(taken("a:\n- &b {x: 1}\n- c\nd: [e]\nf: *b\n", 0)).code).toBe("shared");
    const holds = under("a:\n- {x: &b 1}\n- c\nf: *b\n", "a");
    const blocks = value(removeItems(holds, itemsOf(holds).slice(0, 1)));
    expect(problem(applyBlocks(holds.source, blocks)).code).toBe("unsafe-edit");
  });
});

describe("a key", () => {
  const key = (text: string, plain: Plain, ...keys: string[]) => {
    const map = under(text, ...keys);
    return apply(map, insertKey(map, "new", tree(plain)));
  };

  it("is put at the end of a map in its style", () => {
    expect(key("a:\n    b: 1\n    # of b\n    c:\n    - d: 1\nz: 1\n", [{ x: 1, w: [] }], "a")).toBe(
      "a:\n    b: 1\n    # of b\n    c:\n    - d: 1\n    new:\n    - x: 1\n      w: []\nz: 1\n",
    );
    expect(key("a: { b: 1 }", ["x"], "a")).toBe("a: { b: 1, new: [x] }");
    expect(key('{\n  "a": {\n    "b": 1\n  }\n}\n', [{ x: 1 }], "a")).toBe(
      '{\n  "a": {\n    "b": 1,\n    "new": [\n      {\n        "x": 1\n      }\n    ]\n  }\n}\n',
    );
  });

  it("is taken away with what lies under it", () => {
    const gone = (map: Place, ...names: string[]) =>
      value(applyBlocks(map.source, value(removeKeys(map, names))));
    const without = (text: string, name: string, ...keys: string[]) => gone(under(text, ...keys), name);
    expect(without("a:\n  b: 1\n  new: # list\n  - x\n", "new", "a")).toBe("a:\n  b: 1\n");
    expect(without("a: {new: [1], b: 1}\n", "new", "a")).toBe("a: {b: 1}\n");
    const first = item("a:\n- new: 1\n  b: 2\n- c\n", 0, "a");
    expect(gone(first, "new")).toBe("a:\n- b: 2\n- c\n");
    const two = item("a:\n- new: 1\n  old: {x: 1}\n  b: 2\n  c: 3\n  d: 4", 0, "a");
    expect(gone(two, "new", "old", "d")).toBe("a:\n- b: 2\n  c: 3");
    expect(gone(under("a: {b: 1, c: 2, d: 3}\n", "a"), "c", "d")).toBe("a: {b: 1}\n");
  });
});

it("is refused where the whole means more than asked for", () => {
  const list = under("a:\n- b\n- c\n", "a");
  const block = value(insertItem(list, 1, tree("d")));
  const wrong = { ...block, edit: { ...block.edit, text: "- e\n" } };
  expect(problem(applyBlocks(list.source, [wrong])).code).toBe("unsafe-edit");
  const outside = { ...block, edit: { ...block.edit, from: 0, to: 0 } };
  expect(problem(applyBlocks(list.source, [outside])).code).toBe("unsafe-edit");
});

it("put in and taken out again, however it is written, an item leaves nothing", () => {
  const plain = fc.letrec<{ value: Plain; text: Plain }>((tie) => ({
    text: fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom("yes", "1", "null", "a: b", "# c", "- d", "it's", '"', "^(.*; ?)?a=b$", "é\n"),
      fc.integer(),
      fc.boolean(),
    ),
    value: fc.oneof(
      { maxDepth: 3 },
      tie("text"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z:" ]{1,5}$/), tie("value"), { maxKeys: 3 }),
    ),
  })).value;
  const texts = [
    "a:\n- b: 1\n  c: [d]\n# x\n- e\n",
    "a:\n  # first\n  -   b:\n        c: 1\n  -   |\n      text\n\n  - \n",
    "a: [b, {c: d}, 'e']",
    'x: {"a": [\n    {"b": 1},\n    {"c": 2}\n  ]}\na: [{"b":1}]\n',
    "a: [\n  b,\n  c,\n]\n",
    "a:\n  - b\n  - c: >-\n      d\nz: 1\n",
  ];
  const dress = fc.tuple(fc.constantFrom(...texts), fc.boolean(), fc.boolean());
  fc.assert(
    fc.property(dress, fc.nat(3), plain, ([text, crlf, bare], position, what) => {
      const before = (bare ? text.trimEnd() : text).replaceAll("\n", crlf ? "\r\n" : "\n");
      const index = Math.min(position, itemsOf(under(before, "a")).length);
      const inside = insert(before, index, what, "a");
      expect(remove(inside, index, "a")).toBe(before);
    }),
    { numRuns: 600 },
  );
});
