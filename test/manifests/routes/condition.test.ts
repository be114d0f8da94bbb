import { describe, expect, it } from "vitest";
import type { HeaderMatch } from "../../../src/config/types.ts";
import { anchoredRegex, conditionOf } from "../../../src/manifests/routes/condition.ts";
import { fc } from "../../fast-check.ts";
import { cookie, header } from "./helpers.ts";

/** What a router that looks for it anywhere in the header finds. */
const finds = (match: HeaderMatch, value: string) =>
  new RegExp(anchoredRegex(conditionOf(match)), "u").test(value);

describe("a regular expression of a header", () => {
  it.each([
    ["a|b", "axxx"],
    ["^a|b$", "axxx"],
    ["^a|b$", "xxb"],
    ["^a\\$", "a$x"],
    ["^a$|^b$|c", "xc"],
    ["a", "ba"],
  ])("%s is held against the whole of it, not %s", (text, value) => {
    expect(finds(header("x", text, "regex"), value)).toBe(false);
  });

  it("is still met by what it says, with anchors of its own or without", () => {
    for (const text of ["a|b", "^a|b$", "^(?:a|b)$"]) {
      expect(["a", "b"].map((value) => finds(header("x", text, "regex"), value))).toEqual([true, true]);
    }
    expect(finds(header("x", "^a\\$", "regex"), "a$")).toBe(true);
  });

  it("stands for a text or for the beginning of one, whatever signs are in it", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, more) => {
        const line = (value: string) => value.replaceAll(/[\n\r\u2028\u2029]/g, "");
        const exact = header("x", line(text));
        expect(finds(exact, line(text) + line(more))).toBe(line(more) === "");
        expect(finds(header("x", line(text), "prefix"), line(text) + line(more))).toBe(true);
        expect(finds(header("x", `^${line(text)}`, "prefix"), line(text))).toBe(false);
      }),
    );
  });

  it("finds a cookie among others, and not in the name or the value of another", () => {
    const side = cookie("side", "a|b", "regex");
    for (const value of ["side=a", "x=1; side=b", "side=a; y=2"]) expect(finds(side, value)).toBe(true);
    for (const value of ["beside=a", "side=ab", "x=side=a", "side=c"]) expect(finds(side, value)).toBe(false);
  });
});
