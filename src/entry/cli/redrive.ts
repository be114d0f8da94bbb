import { wordsOf } from "../../reconcile/words-of.ts";
import type { Command, Outcome } from "./command.ts";

export const redrive: Command = {
  name: "redrive",
  usage: "DEAD_LETTERS_URL QUEUE_URL",
  summary: "on AWS: put the messages that could not be worked on back into the queue",
  operands: { min: 2, max: 2 },
  options: {},
  async run({ operands: [from = "", to = ""] }): Promise<Outcome> {
    // Nobody else waits for AWS' library.
    const aws = await import("../../adapters/aws/redrive.ts");
    try {
      const moved = await aws.redrive(from, to);
      const lines = moved.map((body) => `${body}\n`).join("");
      return { ok: true, stdout: lines, notes: [`${moved.length} messages are in the queue again.`] };
    } catch (error) {
      return { ok: false, problems: [`redrive: ${wordsOf(error)}`] };
    }
  },
};
