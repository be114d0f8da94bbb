import { expect, it } from "vitest";
import { findSplits, readWorkload } from "../../src/manifests/index.ts";
import type { Split } from "../../src/manifests/types.ts";
import { fc } from "../fast-check.ts";
import { expectOnlyWeightsDiffer, selectorOf, set, splitOf, value } from "./helpers.ts";

const spaces = fc.integer({ min: 1, max: 4 }).map((count) => " ".repeat(count));
const comment = fc.constantFrom("", " # weight: 5", "  # 重み", " #");
const weight = fc.integer({ min: 0, max: 2_000_000_000 });

/** How a document is written; what it says does not depend on it. */
const style = fc.record({
  lineEnd: fc.constantFrom("\n", "\r\n"),
  start: fc.constantFrom(
    "",
    "\uFEFF",
    "---\n",
    "# a comment\n\n",
    "kind: Service\nmetadata: {name: x}\n---\n",
  ),
  end: fc.constantFrom("", "\n", "\n\n", "\n# bye", "\n---\nkind: Other\n", "\n...\n"),
  dash: spaces,
  listIndent: fc.constantFrom("", "  ", "    "),
  afterColon: spaces,
  flow: fc.boolean(),
  weightFirst: fc.boolean(),
  comments: fc.tuple(comment, comment),
});
type Style = (typeof style extends fc.Arbitrary<infer T> ? T : never) & object;

function write(s: Style, names: readonly string[], weights: readonly number[]): string {
  const route = names.map((name, index) => {
    const destination = `destination: {host: h, subset: ${name}}`;
    const written = `weight:${s.afterColon}${weights[index]}`;
    const [first, second] = s.weightFirst ? [written, destination] : [destination, written];
    if (s.flow) return `${s.listIndent}      -${s.dash}{${first}, ${second}}${s.comments[0]}`;
    const inner = `${s.listIndent}       ${s.dash}`;
    return `${s.listIndent}      -${s.dash}${first}${s.comments[0]}\n${inner}${second}${s.comments[1]}`;
  });
  const head =
    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: v\nspec:\n  http:\n    - route:\n";
  return `${s.start}${head}${route.join("\n")}${s.end}`.replaceAll("\n", s.lineEnd);
}

const names = fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z]$/), { minLength: 2, maxLength: 4 });
const cases = names.chain((arms) =>
  fc.record({
    arms: fc.constant(arms),
    before: fc.array(weight, { minLength: arms.length, maxLength: arms.length }),
    after: fc.array(weight, { minLength: arms.length, maxLength: arms.length }),
    style,
  }),
);

it("restoring what was set gives the same bytes back, and nothing but weights moves in between", () => {
  fc.assert(
    fc.property(cases, ({ arms, before, after, style: how }) => {
      fc.pre(before.some((one) => one > 0) && after.some((one) => one > 0));
      const text = write(how, arms, before);
      const weights = (list: readonly number[]) =>
        Object.fromEntries(arms.map((arm, at) => [arm, list[at] ?? 0]));
      const edited = value(set(text, weights(after)));
      expect(edited).toBe(write(how, arms, after));
      expectOnlyWeightsDiffer(text.replaceAll("# weight: 5", "#"), edited.replaceAll("# weight: 5", "#"));
      expect(splitOf(edited).arms).toEqual(arms.map((name, at) => ({ name, weight: after[at] })));
      expect(value(set(edited, weights(before)))).toBe(text);
    }),
    { numRuns: 300 },
  );
});

it("never throws on damaged text, and never changes more than it was asked to", () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.integer({ min: 0, max: 30 }),
    text: fc.oneof(
      fc.constantFrom(
        "\n",
        "\t",
        "- ",
        ": ",
        "&a ",
        "*a",
        "<<: *a",
        "{{",
        "}}",
        "[",
        "{",
        "'",
        '"',
        "|",
        "#",
        "\0",
        "---\n",
        "!!x ",
        "? ",
        "%",
      ),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
  });
  fc.assert(
    fc.property(
      cases,
      fc.array(damage, { minLength: 1, maxLength: 4 }),
      ({ arms, before, style: how }, wounds) => {
        let text = write(how, arms, before);
        for (const { at, length, text: piece } of wounds) {
          const from = Math.floor(at * text.length);
          text = text.slice(0, from) + piece + text.slice(from + length);
        }
        const found = findSplits("f", text);
        readWorkload("f", text);
        if (!found.ok) return;
        for (const split of found.value) {
          const [arm] = split.arms;
          if (arm === undefined) throw new Error("a split has arms");
          const edited = set(text, { [arm.name]: arm.weight + 1 }, selectorOf(split));
          if (!edited.ok) continue;
          const expected = found.value.map((one) =>
            one === split
              ? { ...one, arms: [{ ...arm, weight: arm.weight + 1 }, ...one.arms.slice(1)] }
              : one,
          );
          const lines = (splits: readonly Split[]) => splits.map((one) => ({ ...one, line: 0 }));
          expect(lines(value(findSplits("f", edited.value)))).toEqual(lines(expected));
        }
      },
    ),
    { numRuns: 300 },
  );
});
