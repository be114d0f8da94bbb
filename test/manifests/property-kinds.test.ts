import { expect, it } from "vitest";
import { fc } from "../fast-check.ts";
import { set, splitOf, value } from "./helpers.ts";
import { EXAMPLES, manifestOf } from "./kinds-examples.ts";

const cases = EXAMPLES.flatMap((example) =>
  example.apiVersions.map((apiVersion) => ({ example, apiVersion })),
);

/** Ways of writing a file that mean the same. */
const dress = fc.record({
  crlf: fc.boolean(),
  start: fc.constantFrom("", "\uFEFF", "---\n", "%YAML 1.1\n---\n", "# head\n\n", "kind: Other\n---\n"),
  end: fc.constantFrom("", "\n\n", "\n# bye", "\n---\nkind: Other\nmetadata: {name: x}\n", "\n...\n", null),
  comment: fc.constantFrom("", " # weight: 5", " #\t重み"),
});

const wear = (
  text: string,
  { crlf, start, end, comment }: typeof dress extends fc.Arbitrary<infer T> ? T : never,
) => {
  // Behind a value of its own line; in a text a comment would be part of it.
  const commented = text.replaceAll(/^( *(?:- )?(?:weight|percent): *[0-9]+m?)$/gm, `$1${comment}`);
  const whole = start + (end === null ? commented.trimEnd() : commented + end);
  return crlf ? whole.replaceAll("\n", "\r\n") : whole;
};

it("of every kind, however it is written: setting weights and setting them back is nothing", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...cases),
      dress,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
      ({ example, apiVersion }, how, shares) => {
        const text = wear(manifestOf(example, apiVersion), how);
        const [stable, canary] = example.arms;
        if (stable === undefined || canary === undefined) throw new Error("an example has two arms");
        const sum = stable[1] + canary[1];
        let edited = text;
        for (const share of shares) {
          const weight = Math.floor(share * sum);
          const next = { [stable[0]]: sum - weight, [canary[0]]: weight };
          const again = set(edited, next, { kind: example.kind });
          // Not every sum of two decimals is 100 for 32-bit floats.
          if (!again.ok && again.problem.message.includes("32-bit")) continue;
          edited = value(again);
          expect(Object.fromEntries(splitOf(edited).arms.map((arm) => [arm.name, arm.weight]))).toEqual(next);
        }
        // The listener's second cluster has no weight: once written, it stays.
        const restored = value(set(edited, Object.fromEntries(example.arms), { kind: example.kind }));
        expect(restored.replace(/, weight: 0\}/, "}")).toBe(text.replace(/, weight: 0\}/, "}"));
      },
    ),
    { numRuns: 500 },
  );
});
