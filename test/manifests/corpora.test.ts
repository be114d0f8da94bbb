import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findSplits, setWeights, toWeights } from "../../src/manifests/index.ts";
import type { Split } from "../../src/manifests/types.ts";
import { errorsIn, Schemas } from "./crds.ts";
import { hasShared, SHARED, selectorOf, shared, value } from "./helpers.ts";
import { EXAMPLES, manifestOf } from "./kinds-examples.ts";

const present = hasShared("corpora/INDEX.json");
const files = present
  ? readdirSync(new URL("corpora/", SHARED), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.ya?ml$/.test(file) && !file.startsWith("crds/"))
      .sort()
  : [];

/** How many files are refused, by reason: may only become fewer. None of them is a manifest with a split that could be read. */
const REFUSED: Readonly<Record<string, number>> = {
  yaml: 40,
  template: 35,
  "duplicate-key": 8,
  "no-destination": 3,
  "unknown-alias": 1,
};
/** Splits that are read but cannot be driven: none. */
const UNDRIVEN: Readonly<Record<string, number>> = {};

interface Driven {
  readonly file: string;
  readonly text: string;
  readonly split: Split;
  /** Every text on the way, each with other weights. */
  readonly edits: readonly { readonly text: string; readonly weights: ReadonlyMap<string, number> }[];
}

const refused = new Map<string, string[]>();
const undriven = new Map<string, string[]>();
const driven: Driven[] = [];
for (const file of files) {
  const text = shared(`corpora/${file}`);
  const splits = findSplits(file, text);
  if (!splits.ok) note(refused, splits.problem.code, file);
  else for (const split of splits.value) drive(file, text, split);
}

function note(map: Map<string, string[]>, code: string, what: string): void {
  map.set(code, [...(map.get(code) ?? []), what]);
}

function drive(file: string, text: string, split: Split): void {
  const [stable, canary] = split.arms;
  if (stable === undefined || canary === undefined) throw new Error("a split has two arms");
  const edits: Driven["edits"][number][] = [];
  for (const percent of [0, 10, 25, 50, 100]) {
    const next = toWeights(percent, { stable: stable.weight, canary: canary.weight });
    if (!next.ok && next.code === "not-whole") continue;
    if (!next.ok) {
      note(undriven, next.code, `${file} ${split.name}`);
      return;
    }
    const weights = new Map([
      [stable.name, next.value.stable],
      [canary.name, next.value.canary],
    ]);
    const edited = setWeights(file, text, selectorOf(split), weights);
    if (!edited.ok) {
      note(undriven, edited.problem.code, `${file} ${split.name}`);
      return;
    }
    edits.push({ text: edited.value, weights });
  }
  driven.push({ file, text, split, edits });
}

const counts = (map: ReadonlyMap<string, readonly string[]>) =>
  Object.fromEntries([...map].map(([code, list]) => [code, list.length]));
const atMost = (map: ReadonlyMap<string, readonly string[]>, limits: Readonly<Record<string, number>>) =>
  [...map].filter(([code, list]) => list.length > (limits[code] ?? 0));
const blotted = (text: string) => text.replaceAll(/\b[0-9]+(?:\.[0-9]+)?m?\b/g, "#");

/** True when a text is another with something put in. */
function isInserted(before: string, after: string): boolean {
  let at = 0;
  for (const character of before) {
    at = after.indexOf(character, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

describe.skipIf(!present)("manifests that other people wrote (skipped without ../shared/corpora)", () => {
  it("are driven, and ever fewer refused", () => {
    expect(files.length).toBeGreaterThan(1_900);
    expect(atMost(refused, REFUSED)).toEqual([]);
    expect(atMost(undriven, UNDRIVEN), JSON.stringify(counts(undriven))).toEqual([]);
    expect(new Set(driven.map(({ file }) => file)).size).toBeGreaterThan(250);
    expect(driven.reduce((sum, { edits }) => sum + edits.length, 0)).toBeGreaterThan(900);
    expect(new Set(driven.map(({ split }) => split.kind)).size).toBeGreaterThanOrEqual(19);
  });

  it("differ in digits alone after an edit, or in what was put in", () => {
    for (const { file, text, split, edits } of driven) {
      const before = text.split("\n");
      for (const edit of edits) {
        const after = edit.text.split("\n");
        if (blotted(edit.text) === blotted(text)) {
          const changed = before.filter((line, index) => line !== after[index]);
          expect(changed.length, file).toBeLessThanOrEqual(split.arms.length);
        } else {
          expect(isInserted(blotted(text), blotted(edit.text)), file).toBe(true);
          expect(after.length - before.length, file).toBeLessThanOrEqual(split.arms.length);
        }
      }
    }
  });

  it("come back byte for byte with the first weights", () => {
    let identical = 0;
    for (const { file, text, split, edits } of driven) {
      const first = new Map(split.arms.map(({ name, weight }) => [name, weight]));
      for (const edit of edits) {
        const restored = value(setWeights(file, edit.text, selectorOf(split), first));
        if (blotted(edit.text) === blotted(text)) {
          expect(restored, file).toBe(text);
          identical += 1;
        } else {
          // A weight that was not there is written now, and says what its absence said.
          expect(value(findSplits(file, restored)).map(({ arms }) => arms)).toEqual(
            value(findSplits(file, text)).map(({ arms }) => arms),
          );
        }
      }
    }
    expect(identical).toBeGreaterThan(800);
  });
});

describe.skipIf(!hasShared("corpora/crds"))(
  "published schemas (skipped without ../shared/corpora/crds)",
  () => {
    const schemas = new Schemas();
    const errorsOf = (text: string) => errorsIn(schemas, text);

    it("are there for the kinds that have one", () => {
      expect(schemas.size).toBeGreaterThan(30);
      const without = EXAMPLES.filter(
        ({ apiVersions, kind }) => !apiVersions.some((one) => schemas.has(`${one} ${kind}`)),
      );
      expect([...new Set(without.map(({ kind }) => kind))]).toEqual([
        "Ingress",
        "CiliumEnvoyConfig",
        "CiliumClusterwideEnvoyConfig",
      ]);
    });

    it("say the same of every example and of every corpus file before and after each edit", () => {
      const examples = EXAMPLES.flatMap((example) =>
        example.apiVersions.map((apiVersion) => ({
          text: manifestOf(example, apiVersion),
          next: new Map(example.next),
        })),
      );
      for (const { text, next } of examples) {
        const edited = value(setWeights("f", text, {}, next));
        expect(errorsOf(edited), edited).toEqual(errorsOf(text));
      }
      let valid = 0;
      for (const { file, text, edits } of driven) {
        const before = errorsOf(text);
        if (before.length === 0) valid += 1;
        for (const edit of edits) expect(errorsOf(edit.text), file).toEqual(before);
      }
      expect(valid).toBeGreaterThan(200);
    });
  },
);
