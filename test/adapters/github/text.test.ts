import { describe, expect, it } from "vitest";
import { oneLine, withinBytes } from "../../../src/adapters/github/text.ts";
import { fc } from "../../fast-check.ts";

describe("texts for GitHub", () => {
  it("leaves a text alone that fits", () => {
    expect(withinBytes("é".repeat(50), 100)).toBe("é".repeat(50));
  });

  it("cuts a longer one between characters and says so in the last line", () => {
    const cut = withinBytes("😀".repeat(1000), 1001);
    expect(cut).toMatch(/^(😀)+\n\n… cut here: GitHub takes no longer text\.$/u);
  });

  it("never passes the limit and never halves a character", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 400 }),
        fc.integer({ min: 60, max: 300 }),
        (text, limit) => {
          const cut = withinBytes(text, limit);
          expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit);
          expect(Buffer.byteLength(cut)).toBeGreaterThan(Math.min(Buffer.byteLength(text), limit) - 4);
          // A halved character would be decoded to another one, which the text does not have there.
          expect(text.startsWith(cut.split("\n\n… cut here:", 1)[0] ?? "")).toBe(true);
        },
      ),
    );
  });

  it("puts a description on one line of so many characters", () => {
    expect(oneLine("step 2:\n  25 %", 140)).toBe("step 2: 25 %");
    expect([...oneLine("ä".repeat(200), 140)]).toHaveLength(140);
    expect(oneLine("x".repeat(141), 140)).toBe(`${"x".repeat(139)}…`);
  });
});
