import { createInterface } from "node:readline";
import { arenaReply } from "./arena.ts";
import type { Command } from "./command.ts";

/** Speaks the protocol of the canary arena: one JSON object a line, in and out. */
export const judge: Command = {
  name: "judge",
  usage: "--arena",
  summary: "the judge alone: reads an arena's scrapes from stdin, answers each with what it would do",
  options: { arena: { type: "boolean", help: "speak the arena's protocol, JSON lines on stdin and stdout" } },
  operands: { min: 0, max: 0 },
  async run(input) {
    if (input.options["arena"] !== true) {
      return { ok: "usage", message: "judge needs --arena" };
    }
    for await (const line of createInterface({ input: process.stdin })) {
      if (line.trim() === "") continue;
      const reply = arenaReply(line);
      if (!reply.ok) return { ok: false, problems: [reply.problem] };
      if (reply.line !== null) process.stdout.write(`${reply.line}\n`);
    }
    return { ok: true, stdout: "" };
  },
};
