import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chooseSplit, findBypasses, findSplits, removeBypasses } from "../../src/manifests/index.ts";
import { hasShared, SHARED, selectorOf, shared, splitsOf, value } from "./helpers.ts";

describe.skipIf(!hasShared("seeds/"))("examples in ../shared/seeds (skipped without them)", () => {
  const manifests = hasShared("seeds/")
    ? readdirSync(new URL("seeds/", SHARED))
        .sort()
        .flatMap((file) => [...shared(`seeds/${file}`).matchAll(/^```yaml\n(.*?)^```/gms)])
        .map((found) => found[1] ?? "")
    : [];

  it("only the one that sends mobile users to v2 goes round its split, and that goes to the byte", () => {
    const found = manifests.flatMap((text) =>
      splitsOf(text).flatMap((split) => {
        const [stable = "", canary = ""] = split.arms.map(({ name }) => name);
        const sides = { stable, canary };
        const bypasses = value(findBypasses("f.yaml", text, {}, sides, []));
        const removed = value(removeBypasses("f.yaml", text, {}, sides, []));
        return bypasses.map((bypass) => ({ bypass, text, removed }));
      }),
    );
    expect(found.map(({ bypass }) => bypass)).toEqual([
      {
        file: "f.yaml",
        kind: "VirtualService",
        name: "reviews-canary",
        route: "http[0]",
        match: 'headers user-agent regex ".*Mobile.*"',
        percent: 100,
        line: 9,
      },
    ]);
    const [mobile] = found;
    const lines = mobile?.text.split("\n") ?? [];
    expect(mobile?.removed).toBe([...lines.slice(0, 8), ...lines.slice(16)].join("\n"));
    expect(lines.slice(8, 16).join("\n")).toMatch(/^ {2}- match:.*subset: v2$/s);
  });
});

describe.skipIf(!hasShared("corpora/INDEX.json"))(
  "manifests that other people wrote (skipped without ../shared/corpora)",
  () => {
    it("are looked through, and what can go goes alone", () => {
      let looked = 0;
      let found = 0;
      for (const file of readdirSync(new URL("corpora/", SHARED), { recursive: true, encoding: "utf8" })) {
        if (!/\.ya?ml$/.test(file) || file.startsWith("crds/")) continue;
        const text = shared(`corpora/${file}`);
        const splits = findSplits(file, text);
        for (const split of splits.ok ? splits.value : []) {
          const [stable = "", canary = ""] = split.arms.map(({ name }) => name);
          const sides = { stable, canary };
          const selector = selectorOf(split);
          // Whichever of two alike is meant, nothing is told apart.
          const chosen = chooseSplit(file, text, { ...selector, arms: [stable, canary] });
          const bypasses = findBypasses(file, text, selector, sides, []);
          expect(bypasses.ok, file).toBe(chosen.ok);
          if (!chosen.ok || !bypasses.ok) continue;
          looked += 1;
          const removed = removeBypasses(file, text, selector, sides, []);
          if (bypasses.value.length === 0) {
            expect(value(removed), file).toBe(text);
            continue;
          }
          found += 1;
          if (!removed.ok) {
            expect(removed.problem.message.length, file).toBeGreaterThan(20);
            continue;
          }
          expect(value(findBypasses(file, removed.value, selector, sides, [])), file).toEqual([]);
          expect(
            value(chooseSplit(file, removed.value, { ...selector, arms: [stable, canary] })).arms,
          ).toEqual(split.arms);
          expect(isLess(text, removed.value), `${file}\n${removed.value}`).toBe(true);
        }
      }
      expect(looked).toBeGreaterThan(250);
      expect(found).toBeGreaterThan(0);
    });
  },
);

/** True when the lines of a text are those of another, some of them gone and others with other digits or a weight put in. */
function isLess(before: string, after: string): boolean {
  const rest = before.split("\n");
  return after.split("\n").every((line) => {
    const wanted = blotted(line);
    if (/^\s*(?:weight|percent): \d+\s*$/.test(line) && !rest.some((one) => blotted(one) === wanted))
      return true;
    const at = rest.findIndex((one) => blotted(one) === wanted);
    rest.splice(0, at + 1);
    return at >= 0;
  });
}

function blotted(line: string): string {
  return line.replaceAll(/\b[0-9]+(?:\.[0-9]+)?m?\b/g, "#").replaceAll(/, (?:weight|percent): #/g, "");
}
