import { wordsOf } from "../../reconcile/words-of.ts";
import type { Command, Outcome } from "./command.ts";

const WORDS = ["DEAD_LETTERS_URL", "QUEUE_URL"] as const;
const WHERE =
  "take both addresses from the outputs of the deployment, such as https://sqs.eu-west-1.amazonaws.com/…";

export const redrive: Command = {
  name: "redrive",
  usage: WORDS.join(" "),
  summary: "on AWS: put the messages that could not be worked on back into the queue",
  operands: { min: 2, max: 2 },
  options: {},
  async run({ operands: [from = "", to = ""] }): Promise<Outcome> {
    const odd = [from, to].findIndex((queue) => !isAddress(queue));
    if (odd >= 0)
      return { ok: "usage", message: `redrive: ${WORDS[odd]} is no http or https address: ${WHERE}` };
    // Nobody else waits for AWS' library.
    const aws = await import("../../adapters/aws/redrive.ts");
    try {
      const moved = await aws.redrive(from, to);
      const lines = moved.map((body) => `${body}\n`).join("");
      return { ok: true, stdout: lines, notes: [inQueue(moved.length)] };
    } catch (error) {
      const reason = wordsOf(error);
      // AWS' library does not say what of.
      const region = `${WORDS[0]} names no region, and AWS_REGION is not set: ${WHERE}`;
      return { ok: false, problems: [`redrive: ${reason === "Region is missing" ? region : reason}`] };
    }
  },
};

function isAddress(text: string): boolean {
  return ["http:", "https:"].includes(URL.parse(text)?.protocol ?? "");
}

function inQueue(count: number): string {
  return count === 1 ? "1 message is in the queue again." : `${count} messages are in the queue again.`;
}
