import { SendMessageBatchCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Queue, Waiting } from "../../ports/queue.ts";

/** What SQS takes at once. */
const BATCH = 10;

/** A FIFO queue. Rejects when a message was not taken; those before it may have been. */
export function createSqsQueue(url: string, client = new SQSClient({})): Queue {
  return {
    async send(messages) {
      for (let i = 0; i < messages.length; i += BATCH) {
        const Entries = messages.slice(i, i + BATCH).map(entryOf);
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
        const [first] = Failed;
        if (first) throw new Error(`SQS did not take a message (${first.Code ?? "no code"})`);
      }
    },
  };
}

function entryOf({ id, group, body }: Waiting, at: number) {
  return { Id: String(at), MessageGroupId: group, MessageDeduplicationId: id, MessageBody: body };
}
