import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findSplits, setWeights, toWeights } from "../../src/manifests/index.ts";
import { readSource } from "../../src/manifests/source.ts";
import {
  expectOnlyWeightsDiffer,
  hasShared,
  problem,
  SHARED,
  selectorOf,
  shared,
  splitsOf,
  value,
} from "./helpers.ts";

const present = hasShared("seeds/");
const files = present ? readdirSync(new URL("seeds/", SHARED)).sort() : [];
const documents = files.map((file) => shared(`seeds/${file}`));
const fences = documents.flatMap((text) =>
  [...text.matchAll(/^```yaml\n(.*?)^```/gms)].map((found) => found[1] ?? ""),
);
const heredocs = documents.flatMap((text) =>
  [...text.matchAll(/<<-?\s*['"]?(\w+)['"]?\n(.*?)^\s*\1$/gms)].map((found) => found[2] ?? ""),
);
const shellTemplates = heredocs.filter((text) => text.includes("$weight"));
const manifests = [...fences, ...heredocs.filter((text) => !text.includes("$weight"))];

describe.skipIf(!present)("examples in ../shared/seeds (skipped without them)", () => {
  it("has examples of each sort", () => {
    expect(fences.length).toBeGreaterThan(40);
    expect(heredocs.length).toBeGreaterThanOrEqual(3);
    expect(shellTemplates).toHaveLength(1);
  });

  it.each(manifests.map((text, index) => [index, text] as const))("example %i is read", (_, text) => {
    expect(value(readSource("f.yaml", text)).documents.length).toBeGreaterThan(0);
    expect(findSplits("f.yaml", text).ok).toBe(true);
  });

  it("finds every split with its weights", () => {
    const found = manifests.flatMap(splitsOf).map(({ kind, name, route, arms }) => ({
      split: `${kind} ${name} ${route}`,
      arms: arms.map((arm) => `${arm.name} ${arm.weight}`),
    }));
    expect(found).toEqual([
      { split: "VirtualService reviews-canary http[1]", arms: ["v1 80", "v2 20"] },
      { split: "VirtualService checkout http[0]", arms: ["stable 90", "canary 10"] },
      { split: "TrafficSplit users-canary null", arms: ["users-stable 900", "users-canary 100"] },
    ]);
  });

  it("sets every split to every step, and only the weights' bytes change", () => {
    for (const text of manifests) {
      for (const split of splitsOf(text)) {
        const [stable, canary] = split.arms;
        if (stable === undefined || canary === undefined) throw new Error("a split has two arms");
        for (const percent of [0, 10, 25, 50, 100]) {
          const outcome = toWeights(percent, { stable: stable.weight, canary: canary.weight });
          if (!outcome.ok) throw new Error(outcome.message);
          const { value: next } = outcome;
          const weights = new Map([
            [stable.name, next.stable],
            [canary.name, next.canary],
          ]);
          const edited = value(setWeights("f.yaml", text, selectorOf(split), weights));
          expectOnlyWeightsDiffer(text, edited);
          expect(splitsOf(edited).find((one) => one.line === split.line)?.arms).toEqual([
            { name: stable.name, weight: next.stable },
            { name: canary.name, weight: next.canary },
          ]);
        }
      }
    }
  });

  it("refuses the shell loop's manifest as a template, with the reason", () => {
    const refused = problem(findSplits("loop.sh", shellTemplates[0] ?? ""));
    expect(refused).toMatchObject({ code: "template", line: 13 });
    expect(refused.message).toContain("`$((100 - weight))` is a shell template");
    expect(refused.message).toContain("only while the script");
  });
});
