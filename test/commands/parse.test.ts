import { describe, expect, it } from "vitest";
import { GRAMMAR } from "../../src/commands/grammar.ts";
import { parseCommand } from "../../src/commands/parse.ts";
import { REASONS } from "../../src/commands/reasons.ts";
import { fc } from "../fast-check.ts";

const command = (body: string) => {
  const parsed = parseCommand(body);
  return parsed.kind === "command" ? parsed.command : parsed;
};
const reason = (body: string) => {
  const parsed = parseCommand(body);
  return parsed.kind === "unclear" ? parsed.reason : parsed.kind;
};
const message = (body: string) => {
  const parsed = parseCommand(body);
  return parsed.kind === "unclear" ? parsed.message : parsed.kind;
};

describe("a command", () => {
  it.each([
    ["/canary 25", { name: "weight", percent: 25, rollout: null, sha: null }],
    ["/canary 25%", { name: "weight", percent: 25, rollout: null, sha: null }],
    ["/canary 0.5", { name: "weight", percent: 0.5, rollout: null, sha: null }],
    ["/canary 0", { name: "weight", percent: 0, rollout: null, sha: null }],
    ["/canary 100", { name: "weight", percent: 100, rollout: null, sha: null }],
    ["/canary 25 1F0C2AB", { name: "weight", percent: 25, rollout: null, sha: "1f0c2ab" }],
    ["/canary start", { name: "start", at: null, rollout: null, sha: null }],
    [
      "/canary start at 2026-12-01T09:00 Europe/Berlin",
      { name: "start", at: Date.UTC(2026, 11, 1, 8), rollout: null, sha: null },
    ],
    [
      "/canary checkout start at 2026-12-01 9:00 UTC 1F0C2AB",
      { name: "start", at: Date.UTC(2026, 11, 1, 9), rollout: "checkout", sha: "1f0c2ab" },
    ],
    [
      "/canary start at 2026-12-01 1f0c2ab",
      { name: "start", at: Date.UTC(2026, 11, 1), rollout: null, sha: "1f0c2ab" },
    ],
    ["/canary cancel", { name: "cancel", rollout: null }],
    ["/canary freeze", { name: "freeze", until: null, reason: null, rollout: null }],
    [
      '/canary freeze until 2026-12-27 "holidays"',
      { name: "freeze", until: Date.UTC(2026, 11, 27), reason: "holidays", rollout: null },
    ],
    [
      "/canary cart FREEZE Until 2026-12-27T07:30 Europe/Berlin \u201cFerien \u00fcber Weihnachten\u201d",
      {
        name: "freeze",
        until: Date.UTC(2026, 11, 27, 6, 30),
        reason: "Ferien \u00fcber Weihnachten",
        rollout: "cart",
      },
    ],
    ['/canary freeze ""', { name: "freeze", until: null, reason: null, rollout: null }],
    ["/canary unfreeze", { name: "unfreeze", rollout: null }],
    ["/canary pause", { name: "pause", rollout: null }],
    ["/canary resume", { name: "resume", rollout: null }],
    ["/canary approve", { name: "approve", rollout: null, sha: null }],
    ["/canary approve 1234567", { name: "approve", rollout: null, sha: "1234567" }],
    [`/canary promote ${"a".repeat(40)}`, { name: "promote", rollout: null, sha: "a".repeat(40) }],
    ["/canary rollback", { name: "rollback", rollout: null }],
    ["/canary retry", { name: "retry", rollout: null, sha: null }],
    ["/canary status", { name: "status", rollout: null }],
    ["/canary plan", { name: "plan", rollout: null }],
    ["/canary help", { name: "help", rollout: null }],
    ["/canary checkout 25", { name: "weight", percent: 25, rollout: "checkout", sha: null }],
    ["/canary checkout-v2 approve 1f0c2ab", { name: "approve", rollout: "checkout-v2", sha: "1f0c2ab" }],
  ])("%s", (body, expected) => {
    expect(command(body)).toEqual(expected);
  });

  it("every verb of the grammar can be given, alone and with a rollout", () => {
    for (const { name } of GRAMMAR.filter((row) => row.name !== "weight")) {
      expect(command(`/canary ${name}`)).toMatchObject({ name, rollout: null });
      expect(command(`/canary cart ${name}`)).toMatchObject({ name, rollout: "cart" });
    }
  });

  it.each([
    "/canary approve  ",
    "/canary\tapprove",
    "/canary   approve\r\n",
    "/Canary Approve",
    "/CANARY APPROVE\r\rthanks",
  ])("%j is written by phones, tired people and browsers", (body) => {
    expect(command(body)).toEqual({ name: "approve", rollout: null, sha: null });
  });

  it("what a person says below it is theirs", () => {
    expect(command("/canary Checkout rollback\n\nIt is slow for me, see canary /canary graph.")).toEqual({
      name: "rollback",
      rollout: "checkout",
    });
  });

  it.each([
    "> /canary approve",
    "  /canary approve",
    "    /canary approve",
    "```\n/canary approve\n```",
    "~~~\n/canary approve\n````\n~~~",
  ])("one that is quoted, indented or fenced below another is shown, not given: %j", (shown) => {
    expect(command(`/canary pause\n${shown}\n`)).toEqual({ name: "pause", rollout: null });
  });
});

describe("a comment that is no command", () => {
  it.each([
    "",
    "\n/canary approve",
    "Let us /canary approve",
    " /canary approve",
    "\t/canary approve",
    "> /canary approve",
    "```\n/canary approve\n```",
    "`/canary approve`",
    "- /canary approve",
    "/canaryfoo",
    "/canary-x approve",
    "/canary. approve",
    "/canary/approve",
    "//canary approve",
    "/canar y",
    "canary approve",
    "<!-- /canary approve -->",
    "I ❤ /canary",
  ])("%j", (body) => {
    expect(parseCommand(body)).toEqual({ kind: "none" });
  });
});

describe("a command that is not clear", () => {
  it.each([
    ["/canary", "no-verb"],
    ["/canary   \nplease", "no-verb"],
    ["/canary aprove", "unknown-word"],
    ["/canary do it", "unknown-word"],
    ["/canary approve!", "unknown-word"],
    ["/canary weight 25", "unknown-word"],
    ["/canary 1e1", "unknown-word"],
    ["/canary 101", "number-out-of-range"],
    ["/canary -5", "number-out-of-range"],
    ["/canary 1000000", "number-out-of-range"],
    ["/canary 100.0001", "number-out-of-range"],
    [`/canary ${"9".repeat(150)}`, "number-out-of-range"],
    ["/canary 0,5", "bad-number"],
    ["/canary .5", "bad-number"],
    ["/canary +5", "bad-number"],
    ["/canary 0.00000001", "bad-number"],
    ["/canary check_out approve", "bad-rollout-name"],
    [`/canary ${"x".repeat(41)} approve`, "bad-rollout-name"],
    ["/canary approve please", "bad-sha"],
    ["/canary approve 1f0c2a", "bad-sha"],
    [`/canary approve ${"a".repeat(41)}`, "bad-sha"],
    ["/canary 25 %", "bad-sha"],
    ["/canary approve 1f0c2ab now", "extra-words"],
    ["/canary pause 1f0c2ab", "extra-words"],
    ["/canary rollback now", "extra-words"],
    ["/canary pause\n/canary resume", "several-commands"],
    ["/canary pause\r\n\r\n/Canary resume", "several-commands"],
    ["/canary pause\r/canary", "several-commands"],
    ["/canary pause\n```\ncode\n```\n/canary resume", "several-commands"],
    [`/canary ${"a".repeat(300)}`, "too-long"],
    ["/canary approve ✅", "strange-characters"],
    ["/canary appr\u043eve", "strange-characters"],
    ["/canary appro\u200bve", "strange-characters"],
    ["/canary approve\u202e", "strange-characters"],
    ["/canary\u00a0approve", "strange-characters"],
    ["/canary \uff12\uff15", "strange-characters"],
    ["/canary –5", "strange-characters"],
    ["/canary approve\0", "strange-characters"],
    ["\u200b/canary approve", "strange-characters"],
    ["\ufeff/canary approve", "strange-characters"],
    ["/can\u200dary approve", "strange-characters"],
    ["/c\u0430n\u0430ry approve", "strange-characters"],
    ["\uff0fcanary approve", "strange-characters"],
    ["\u2215canary approve", "strange-characters"],
    ["/canary\u200b approve", "strange-characters"],
  ])("%j is none: %s", (body, expected) => {
    expect(reason(body)).toBe(expected);
  });

  it.each([
    ["/canary aprove", "Did you mean `approve`?"],
    ["/canary checkout aprove", "`aprove` is no command. Did you mean `approve`?"],
    ["/canary aprove 1f0c2ab", "`aprove` is no command. Did you mean `approve`?"],
    ["/canary weight 25", "`/canary 25`"],
    ["/canary appro\u200bve", "U+200B"],
    ["/canary blorp", "`/canary help`"],
  ])("%j is told what to do: %s", (body, part) => {
    expect(message(body)).toContain(part);
  });

  it("text of the author comes back inert", () => {
    const said = message("/canary `@everyone`[x](http://evil)<img>");
    expect(said.startsWith("`?@everyone?[x](http://evil)<img>` is no command.")).toBe(true);
  });
});

describe("any comment", () => {
  it("is understood, refused or left alone, in bounded time", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "/canary",
        "/Canary",
        "approve",
        "25%",
        "-1",
        "checkout",
        "1f0c2ab",
        "```",
        "\n",
        "\r\n",
        "\u200b",
        "`",
        "@x",
      ),
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    const line = fc.array(word, { maxLength: 8 }).map((words) => words.join(" "));
    const body = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      line,
      line.map((rest) => `/canary ${rest}`),
    );
    fc.assert(
      fc.property(body, (text) => {
        const parsed = parseCommand(text);
        if (parsed.kind === "unclear") {
          expect(Object.keys(REASONS)).toContain(parsed.reason);
          expect(parsed.message).toMatch(/^[ -~]+$/);
          expect((parsed.message.match(/`/g) ?? []).length % 2).toBe(0);
          expect(parsed.message.length).toBeLessThan(400);
        } else if (parsed.kind === "command") {
          expect(text.split(/[\r\n]/)[0]).toMatch(/^\/canary[ \t][ -~\t]+$/i);
          if (parsed.command.name === "weight") {
            expect(parsed.command.percent).toBeGreaterThanOrEqual(0);
            expect(parsed.command.percent).toBeLessThanOrEqual(100);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["spaces", `/canary${" ".repeat(65_536)}x`],
    ["letters", `/canary ${"a".repeat(65_536)}`],
    ["digits", `/canary ${"1".repeat(65_536)}`],
    ["lines", `/canary help\n${"/\n".repeat(32_768)}`],
    ["fences", `/canary help\n${"```\n".repeat(16_384)}`],
    ["backticks", `/canary help\n${"`".repeat(65_536)}`],
    ["words", `/canary ${"a ".repeat(32_768)}`],
    ["marks", `/c${"\u0301".repeat(65_536)}anary`],
    ["line ends", "\r\n".repeat(32_768)],
  ])("of 64 KB of %s is read before the test's patience ends", (_, body) => {
    expect(["none", "unclear", "command"]).toContain(parseCommand(body).kind);
  });
});

describe("a time", () => {
  it.each([
    ["/canary start at", "bad-time"],
    ["/canary start at noon", "bad-time"],
    ["/canary start at 2026-02-30", "bad-time"],
    ["/canary start at 2026-12-01T09:00 Europe/Berln", "bad-time"],
    ["/canary start at 2026-12-01T09:00 +02:00", "bad-time"],
    ["/canary freeze until", "bad-time"],
    ["/canary freeze until 2026-12-27 soon", "bad-time"],
    ["/canary freeze until 2026-12-27 1f0c2ab", "extra-words"],
    ["/canary freeze holidays", "extra-words"],
    ["/canary freeze at 2026-12-27", "extra-words"],
    ["/canary start until 2026-12-27", "extra-words"],
    ['/canary start "now"', "extra-words"],
    ['/canary freeze "a" "b"', "extra-words"],
    ['/canary freeze "\u202eholidays"', "strange-characters"],
    ['/canary fre\u0435ze "holidays"', "strange-characters"],
  ])("%j is %s", (body, expected) => {
    expect(reason(body)).toBe(expected);
  });

  it("in a zone nobody knows is answered with the nearest", () => {
    expect(message("/canary start at 2026-12-01T09:00 Europe/Berln")).toMatch(
      /Did you mean `Europe\/Berlin`/,
    );
  });
});
