import {
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

/** Puts every message of one FIFO queue into another, in its group and order; resolves to their bodies. */
export async function redrive(
  from: string,
  to: string,
  client = new SQSClient(regionOf(from)),
): Promise<readonly string[]> {
  const moved: string[] = [];
  for (let some = await receive(client, from); some.length > 0; some = await receive(client, from)) {
    for (const { MessageId, Body, Attributes, ReceiptHandle } of some) {
      const { MessageGroupId } = Attributes ?? {};
      // Its old id may still be known from when it was sent first.
      const again = { MessageBody: Body, MessageGroupId, MessageDeduplicationId: `redriven/${MessageId}` };
      await client.send(new SendMessageCommand({ QueueUrl: to, ...again }));
      await client.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
      moved.push(Body ?? "");
    }
  }
  return moved;
}

/** The queue's own, where its address says it; else what AWS' variables and files say. */
export function regionOf(queue: string): { readonly region?: string } {
  const region = /^https:\/\/sqs(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/.exec(queue)?.[1];
  return region === undefined ? {} : { region };
}

async function receive(client: SQSClient, QueueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      MessageSystemAttributeNames: ["MessageGroupId"],
    }),
  );
  return Messages;
}
