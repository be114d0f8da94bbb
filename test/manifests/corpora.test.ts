import { describe, expect, it } from "vitest";
import { findSplits, setWeights } from "../../src/manifests/index.ts";
import type { Split } from "../../src/manifests/types.ts";
import { expectOnlyWeightsDiffer, hasShared, selectorOf, shared, value } from "./helpers.ts";

const present = hasShared("corpora/INDEX.json");
const KINDS = ["VirtualService", "HTTPRoute", "TrafficSplit"];
const index: Record<string, { kinds: string[] }> = present ? JSON.parse(shared("corpora/INDEX.json")) : {};
const files = Object.keys(index).filter((file) => index[file]?.kinds.some((kind) => KINDS.includes(kind)));

interface Found {
  readonly file: string;
  readonly text: string;
  readonly split: Split;
}

describe.skipIf(!present)("manifests that other people wrote (skipped without ../shared/corpora)", () => {
  const codes = new Map<string, number>();
  const all: Found[] = [];
  for (const file of files) {
    const text = shared(`corpora/${file}`);
    const splits = findSplits(file, text);
    if (splits.ok) all.push(...splits.value.map((split) => ({ file, text, split })));
    else codes.set(splits.problem.code, (codes.get(splits.problem.code) ?? 0) + 1);
  }
  const weights = (split: Split) => new Map(split.arms.map((arm) => [arm.name, arm.weight]));
  const swapped = (split: Split) =>
    new Map(split.arms.map((arm, at) => [arm.name, split.arms.at(at - 1)?.weight ?? 0]));

  it("reads them, and refuses what is no YAML, a template or half an object by name", () => {
    expect(files.length).toBeGreaterThan(400);
    expect(all.length).toBeGreaterThan(150);
    const understood = ["yaml", "unknown-alias", "template", "duplicate-key", "no-destination"];
    expect([...codes.keys()].filter((code) => !understood.includes(code))).toEqual([]);
    for (const kind of KINDS)
      expect(all.filter(({ split }) => split.kind === kind).length).toBeGreaterThan(5);
  });

  it("sets weights and sets them back to identical bytes", () => {
    const units = (text: string) => text.match(/weight: *[0-9]+m\b/g)?.length ?? 0;
    let identical = 0;
    for (const { file, text, split } of all) {
      const selector = selectorOf(split);
      const edited = setWeights(file, text, selector, swapped(split));
      // The same object twice in a file cannot be told apart, nor can all weights be 0.
      if (!edited.ok) {
        expect(["ambiguous", "illegal-weight"], `${file}: ${edited.problem.message}`).toContain(
          edited.problem.code,
        );
        continue;
      }
      const restored = value(setWeights(file, edited.value, selector, weights(split)));
      expect(value(findSplits(file, restored))).toEqual(value(findSplits(file, text)));
      // A weight that was not there is written now and stays; 1 became 500m and is 1000m from then on.
      const inserted = edited.value.split("weight:").length > text.split("weight:").length;
      if (inserted || units(edited.value) !== units(text)) continue;
      expect(restored, file).toBe(text);
      expectOnlyWeightsDiffer(text, edited.value);
      identical += 1;
    }
    expect(identical).toBeGreaterThan(120);
  });
});
