import { setTimeout as sleep } from "node:timers/promises";
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import { ANYBODY, type LocalQueue } from "./queue.ts";

const BATCH = 10;
const answer = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

/** Hands the messages of a queue to a function, as AWS does: what it does not name as failed is taken out. */
export function startEventSource(
  queue: LocalQueue,
  invoke: (event: unknown) => Promise<unknown>,
  concurrency = 3,
): { stop(): Promise<void> } {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new SQSClient({ region: ANYBODY.AWS_REGION, endpoint: queue.endpoint, credentials });
  const QueueUrl = queue.url;
  let stopped = false;

  async function poll(): Promise<void> {
    while (!stopped) {
      try {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: BATCH,
            WaitTimeSeconds: 1,
            MessageSystemAttributeNames: ["All"],
          }),
        );
        if (Messages.length > 0) await handOver(Messages);
      } catch (error) {
        // The function failed as a whole: its messages come again.
        if (!stopped) await sleep(100);
        if (!stopped && error instanceof Error) failures.push(error.message);
      }
    }
  }

  async function handOver(messages: readonly Message[]): Promise<void> {
    const Records = messages.map(({ MessageId, Body, Attributes }) => ({
      messageId: MessageId,
      body: Body,
      attributes: Attributes ?? {},
      eventSource: "aws:sqs",
      eventSourceARN: queue.arn,
    }));
    const { batchItemFailures } = answer.parse(await invoke({ Records }));
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { MessageId = "", ReceiptHandle } of messages) {
      if (!failed.has(MessageId)) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }

  const failures: string[] = [];
  const polling = Array.from({ length: concurrency }, poll);
  return {
    async stop() {
      stopped = true;
      await Promise.all(polling);
      client.destroy();
    },
  };
}
