import { expect, it } from "vitest";
import type { HeaderMatch, ManagedRoute } from "../../../src/config/types.ts";
import { findSplits, setRoutes, setWeights, standingRoutes } from "../../../src/manifests/index.ts";
import { fc } from "../../fast-check.ts";
import { value } from "../helpers.ts";
import { EXAMPLES, manifestOf } from "../kinds-examples.ts";

const cases = EXAMPLES.flatMap((example) =>
  example.apiVersions.map((apiVersion) => ({ example, apiVersion })),
);

/** Ways of writing a file that mean the same. */
const dress = fc.record({
  crlf: fc.boolean(),
  start: fc.constantFrom("", "\uFEFF", "---\n", "# head\n\n", "kind: Other\n---\n"),
  end: fc.constantFrom("", "\n\n", "\n# bye", "\n---\nkind: Other\nmetadata: {name: x}\n", "\n...\n", null),
  comment: fc.constantFrom("", "# at the item's depth", "    #\tdeeper", "# - name: sluice-a"),
});

const match = fc.record({
  in: fc.constantFrom("header" as const, "cookie" as const),
  name: fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,8}$/),
  value: fc.record({
    how: fc.constantFrom("exact" as const, "prefix" as const, "regex" as const),
    text: fc.oneof(
      fc.constantFrom("yes", "1", "a: b", "it's", '"', "#", "always", "\\d+"),
      fc.string({ minLength: 1, maxLength: 8 }),
    ),
  }),
}) satisfies fc.Arbitrary<HeaderMatch>;

const route = (name: string): fc.Arbitrary<ManagedRoute> =>
  fc.oneof(
    fc.record({
      kind: fc.constant("header" as const),
      name: fc.constant(name),
      match: fc.array(match, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("mirror" as const),
      name: fc.constant(name),
      percent: fc.constantFrom(0.5, 1, 12.5, 50, 99.9, 100),
    }),
  );

it("of every kind, however it is written: a route put in and taken out is nothing, with weights meanwhile too", () => {
  let stood = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...cases),
      dress,
      route("a"),
      fc.double({ min: 0, max: 1, noNaN: true }),
      ({ example, apiVersion }, { crlf, start, end, comment }, managed, share) => {
        const [stable, canary] = example.arms;
        if (stable === undefined || canary === undefined) throw new Error("an example has two arms");
        const plain = manifestOf(example, apiVersion);
        const noted = comment === "" ? plain : plain.replace(/^( *)- /m, `$1${comment}\n$1- `);
        const whole = start + (end === null ? noted.trimEnd() : noted + end);
        const text = crlf ? whole.replaceAll("\n", "\r\n") : whole;
        const [selector, sides] = [{ kind: example.kind }, { stable: stable[0], canary: canary[0] }];
        const inside = setRoutes("f", text, selector, sides, { before: [], after: [managed] });
        if (!inside.ok) {
          expect(inside.problem.code).toBe("no-route");
          return;
        }
        stood += 1;
        const again = { before: [], after: [managed] };
        expect(value(setRoutes("f", inside.value, selector, sides, again))).toBe(inside.value);
        expect(value(standingRoutes("f", inside.value, selector, sides, [managed]))).toEqual([managed]);
        const splits = (one: string) => value(findSplits("f", one)).map(({ line, ...split }) => split);
        expect(splits(inside.value)).toEqual(splits(text));

        const sum = stable[1] + canary[1];
        const weight = Math.floor(share * sum);
        const weights = new Map([
          [stable[0], sum - weight],
          [canary[0], weight],
        ]);
        const moved = value(setWeights("f", text, selector, weights));
        const both = value(setWeights("f", inside.value, selector, weights));
        const gone = { before: [managed], after: [] };
        expect(value(setRoutes("f", both, selector, sides, gone))).toBe(moved);
        expect(value(setRoutes("f", inside.value, selector, sides, gone))).toBe(text);
      },
    ),
    { numRuns: 400 },
  );
  expect(stood).toBeGreaterThan(50);
});
