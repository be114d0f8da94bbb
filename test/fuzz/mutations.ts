import { fc } from "../fast-check.ts";

/** Runs of a property: `FUZZ=100` makes a hundred times as many, for a night of it. */
export function runs(usual: number): { readonly numRuns: number } {
  return { numRuns: Math.max(1, Math.round(usual * Number(process.env["FUZZ"] ?? 1))) };
}

const ODD: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  "",
  "__proto__",
  "../../../etc/passwd",
  "a".repeat(10_000),
  "\u0000",
  "\ud800",
  "@octocat <script>",
  [],
  {},
  [[[[[[]]]]]],
  { length: -1 },
];

type Path = readonly (string | number)[];

/** JSON with up to four of its parts gone, or something else. */
export function mutated(document: unknown): fc.Arbitrary<unknown> {
  const places = pathsOf(document, []);
  const value = fc.oneof(fc.constantFrom(...ODD), fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
  const change = fc.tuple(fc.constantFrom(...places), value);
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((now, [path, put]) => replaced(now, path, put), document));
}

function pathsOf(value: unknown, path: Path): readonly Path[] {
  const inner: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.slice(0, 3).map((item, index) => [index, item] as const)
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  return [path, ...inner.flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}

function replaced(value: unknown, path: Path, put: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return put;
  if (Array.isArray(value)) {
    return value.map((item, index) => (index === key ? replaced(item, rest, put) : item));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, name === key ? replaced(item, rest, put) : item]),
  );
}

/** Text with up to six stretches cut out, doubled, or something else. */
export function garbled(text: string): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(
      "",
      "\n",
      "  ",
      "\t",
      ": ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "&a ",
      "*a",
      "<<: ",
      "|\n",
      ">",
      "'",
      '"',
    ),
    fc.constantFrom(
      "#",
      "---\n",
      "!!binary ",
      "? ",
      "0x10",
      "1e3",
      ".nan",
      "-1",
      "~",
      "\u0000",
      "\ufeff",
      "\r",
    ),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  const change = fc.record({
    at: fc.nat(text.length),
    length: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(60)),
    twice: fc.boolean(),
    piece,
  });
  return fc.array(change, { minLength: 1, maxLength: 6 }).map((changes) =>
    changes.reduce((now, { at, length, twice, piece: put }) => {
      const cut = now.slice(at, at + length);
      return `${now.slice(0, at)}${twice ? cut + cut : put}${now.slice(at + length)}`;
    }, text),
  );
}
