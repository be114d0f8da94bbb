import { describe, expect, test } from "vitest";
import { code, inert, inertPlain, prose } from "../../src/views/inert.ts";
import { fc } from "../fast-check.ts";
import { ATTACKS, SKIPS_CI } from "./attacks.ts";

/** What GitHub would act upon in the raw text, outside of code spans. */
const LIVE: readonly RegExp[] = [
  /@[a-z0-9]/i,
  /#\d/,
  /(?<![a-z0-9])GH-\d/i,
  /:\/\//,
  /www\./i,
  /:(?:[+-]1|100|shipit):/,
  /[<>`|$]/,
  /(?<!\\)[*_[\]~]/,
  /<!--\s*sluice:/i,
  /Sluice-[a-z]+\s*:/i,
  SKIPS_CI,
  /[\n\r\u2028\u2029\u202a-\u202e\u2066-\u2069]/,
  /^[-+#=:]/,
  /^\d+[.)](\s|$)/,
];

/** Entities are text to GitHub, except the ones that we write for the break. */
const seen = (markdown: string) =>
  markdown.replaceAll("&#8203;", "\u200b").replace(/&(?:#\d+|[a-z]+);/g, "·");

describe("inert text", () => {
  test.each(ATTACKS)("shows %j and does nothing", (attack) => {
    for (const live of LIVE) expect(seen(inert(attack))).not.toMatch(live);
  });

  test("any mixture of attacks stays inert", () => {
    const pieces = fc.array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string({ unit: "binary" })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(pieces, fc.constantFrom("", " ", "\n"), (parts, glue) => {
        const result = seen(inert(parts.join(glue)));
        for (const live of LIVE)
          if (live.test(result)) throw new Error(`${live} in ${JSON.stringify(result)}`);
      }),
    );
  });

  test("ordinary words stay as they are", () => {
    const words = "Error rate 19.8 % (457 of 2,310 requests) is over 5 %; p99: 212 ms, at 10:04:12 UTC.";
    expect(inert(words)).toBe(words);
  });

  test("is cut at its maximum, and says so", () => {
    expect(inert("abcdefghij", 5)).toBe("abcd…");
    expect(inert("🚀🚀🚀", 2)).toBe("🚀…");
  });

  test("a text cannot end an escape early", () => {
    expect(inert("\\`")).toBe("&#92;&#96;");
    expect(inert("\\|")).toBe("&#92;&#124;");
  });
});

describe("prose", () => {
  test("keeps names between backticks as code, each made harmless", () => {
    expect(prose("by @mira: `resume` goes on, `a|@b` too, ` stays")).toBe(
      "by @&#8203;mira: `resume` goes on, <code>a&#124;@&#8203;b</code> too, &#96; stays",
    );
  });
});

describe("text for titles and commits", () => {
  test("notifies nobody, closes nothing and forges no trailer", () => {
    expect(inertPlain("fixes #12 for @mira\nSluice-Effect: x")).toBe(
      "fixes #\u200b12 for @\u200bmira Sluice-\u200bEffect: x",
    );
  });

  test("keeps no workflow from running, and reads as it was written", () => {
    const words = "panic: [skip ci], [Actions Skip], [no ci]";
    expect(inertPlain(words)).not.toMatch(SKIPS_CI);
    expect(inertPlain(words).replaceAll("\u200b", "")).toBe(words);
    for (const usual of ["[no circuit]", "skip ci", "job [ci] [skip]", "no ci]"]) {
      expect(inertPlain(usual)).toBe(usual);
    }
  });
});

describe("code", () => {
  test("is a code span", () => {
    expect(code("sum(rate(x[1m]))")).toBe("`sum(rate(x[1m]))`");
  });

  test("takes the HTML form where a code span could be left", () => {
    for (const text of ["a`b", "a|b", "<!-- sluice:reply 1 -->", "a\\"]) {
      expect(code(text)).toMatch(/^<code>[^`|<\\]+<\/code>$/);
    }
  });
});
