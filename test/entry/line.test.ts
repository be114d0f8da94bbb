import { describe, expect, it } from "vitest";
import { inertLine, inertLines } from "../../src/entry/line.ts";
import { fc } from "../fast-check.ts";
import { commandsIn } from "./runner.ts";

describe("a line that is printed", () => {
  it.each([
    ["::error title=x::y", ": :error title=x::y"],
    [" \t\u00a0::stop-commands::x", "  \u00a0: :stop-commands::x"],
    ["\n::add-mask::y", " : :add-mask::y"],
    ["\u200b::warning::z", "·::warning::z"],
    [":::", ": ::"],
    ["x ##[error]y ###[group]z", "x # #[error]y ## #[group]z"],
    ["##vso[task.setvariable]x", "# #vso[task.setvariable]x"],
  ])("%j is no command", (text, shown) => {
    expect(inertLine(text)).toBe(shown);
  });

  it.each([
    "mesh/a.yaml:1:1: a::b",
    "std::vector",
    "# # [x]",
    "## title",
    "  ✓ in order",
    "10:04:12 · Größe → 5 %",
  ])("%j stays as it is", (text) => {
    expect(inertLine(text)).toBe(text);
  });

  it("has no command in it, whatever it is made of", () => {
    const part = fc.oneof(
      fc.constantFrom(
        ":",
        "::",
        "#",
        "##",
        "[",
        "]",
        "error",
        " ",
        "\n",
        "\r",
        "\u0085",
        "\u2028",
        "\u200b",
        "\ufeff",
        "\u{e0041}",
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        expect(commandsIn(inertLine(parts.join("")))).toEqual([]);
        expect(inertLine(parts.join(""))).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(commandsIn(inertLines(parts.join("")))).toEqual([]);
      }),
    );
  });
});
