import { describe, expect, it } from "vitest";
import { GRAMMAR, rowOf } from "../../src/commands/grammar.ts";
import { commandsPage, helpMarkdown } from "../../src/commands/help.ts";
import { parseCommand } from "../../src/commands/parse.ts";

describe("what is written about the commands", () => {
  it("docs/commands.md is what the grammar says today", async () => {
    await expect(commandsPage()).toMatchFileSnapshot("../../docs/commands.md");
  });

  it.each(GRAMMAR.map((row) => [row.example, row] as const))(
    "the example %s is the command it explains",
    (_, row) => {
      expect(parseCommand(row.example)).toMatchObject({ kind: "command", command: { name: row.name } });
    },
  );
});

describe("help", () => {
  it("lists every command to a writer", () => {
    for (const row of GRAMMAR) expect(helpMarkdown()).toContain(`\`/canary ${row.usage}`);
  });

  it("shows a reader only what a reader may do", () => {
    const help = helpMarkdown([], "read");
    expect(help).toContain("/canary status");
    expect(help).not.toContain("/canary approve");
  });

  it("asks for the name where several rollouts could be meant", () => {
    const help = helpMarkdown(["checkout", "cart"]);
    expect(help).toContain("`/canary ROLLOUT approve [SHA]`");
    expect(help).toContain("`checkout`, `cart`");
    expect(helpMarkdown(["checkout"])).not.toContain("ROLLOUT");
  });
});

describe("permissions", () => {
  it("only looking is for readers", () => {
    const readable = GRAMMAR.filter((row) => row.access === "read").map((row) => row.name);
    expect(readable).toEqual(["status", "plan", "help"]);
    expect(rowOf({ name: "status" }).access).toBe("read");
    expect(rowOf({ name: "weight" }).access).toBe("write");
  });
});
