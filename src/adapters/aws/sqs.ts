import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Queue, Waiting } from "../../ports/queue.ts";

/** What SQS takes at once. */
const BATCH = 10;

/** A FIFO queue. Rejects when a message was not taken; those before it may have been. */
export function createSqsQueue(url: string, given?: SQSClient): Queue {
  let loading: ReturnType<typeof load> | null = null;
  return {
    async send(messages) {
      if (messages.length === 0) return;
      loading ??= load(given);
      const { client, SendMessageBatchCommand } = await loading;
      for (let i = 0; i < messages.length; i += BATCH) {
        const Entries = messages.slice(i, i + BATCH).map(entryOf);
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
        const [first] = Failed;
        if (first) throw new Error(`SQS did not take a message (${first.Code ?? "no code"})`);
      }
    },
  };
}

/** Nobody waits for the library before there is something to send. */
async function load(given?: SQSClient) {
  const { SQSClient, SendMessageBatchCommand } = await import("./sdk/sqs.ts");
  return { client: given ?? new SQSClient({}), SendMessageBatchCommand };
}

function entryOf({ id, group, body }: Waiting, at: number) {
  return { Id: String(at), MessageGroupId: group, MessageDeduplicationId: id, MessageBody: body };
}
