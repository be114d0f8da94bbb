import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LocalQueue, startQueue } from "../../../dev/aws/queue.ts";
import { redrive, regionOf } from "../../../src/adapters/aws/redrive.ts";
import { createSqsQueue } from "../../../src/adapters/aws/sqs.ts";
import type { Queue } from "../../../src/ports/queue.ts";
import { clientFor } from "./aws.ts";

let local: LocalQueue;
let client: SQSClient;
let queue: Queue;
beforeEach(async () => {
  local = await startQueue({ visibilitySeconds: 1, receives: 2 });
  client = clientFor.sqs(local.endpoint);
  queue = createSqsQueue(local.url, client);
});
afterEach(async () => {
  client.destroy();
  await local.stop();
});

async function receive() {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl: local.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
  );
  return Messages;
}

it("takes more messages than SQS takes at once", async () => {
  const many = Array.from({ length: 23 }, (_, at) => ({ id: `d/${at}`, group: `1/2/r${at}`, body: `${at}` }));
  await queue.send(many);
  expect(local.bodies().toSorted()).toEqual(many.map(({ body }) => body).toSorted());
});

it("of two messages with one id only the first counts", async () => {
  await queue.send([{ id: "d/1", group: "1/2", body: "first" }]);
  await queue.send([{ id: "d/1", group: "1/2", body: "again" }]);
  expect(local.bodies()).toEqual(["first"]);
});

it("one of a group at a time, in order; another group beside it", async () => {
  await queue.send([
    { id: "a", group: "1/2/checkout", body: "a" },
    { id: "b", group: "1/2/reviews", body: "b" },
  ]);
  const [a, b] = await receive();
  expect([a?.Body, b?.Body].toSorted()).toEqual(["a", "b"]);
  await queue.send([{ id: "c", group: "1/2/checkout", body: "c" }]);
  expect(await receive()).toEqual([]);
  const first = a?.Body === "a" ? a : b;
  await client.send(new DeleteMessageCommand({ QueueUrl: local.url, ReceiptHandle: first?.ReceiptHandle }));
  expect((await receive()).map(({ Body }) => Body)).toEqual(["c"]);
});

it("dead letters go back into the queue in their groups, whatever was sent before", async () => {
  const dead = createSqsQueue(local.deadUrl, client);
  await queue.send([{ id: "a", group: "1/2", body: "a" }]);
  const [first] = await receive();
  await client.send(new DeleteMessageCommand({ QueueUrl: local.url, ReceiptHandle: first?.ReceiptHandle }));
  await dead.send([
    { id: "a", group: "1/2", body: "a" },
    { id: "b", group: "1/3", body: "b" },
  ]);
  expect((await redrive(local.deadUrl, local.url, client)).toSorted()).toEqual(["a", "b"]);
  expect(local.bodies("dead")).toEqual([]);
  expect((await receive()).map(({ Body }) => Body).toSorted()).toEqual(["a", "b"]);
});

it("a message that is not taken is told", async () => {
  const nowhere = createSqsQueue(`${local.endpoint}/000000000000/nowhere.fifo`, client);
  await expect(nowhere.send([{ id: "d/1", group: "1/2", body: "b" }])).rejects.toThrow();
});

it("a queue's address says its region, so that whoever puts messages back need not", () => {
  const name = "123456789012/sluice-production.fifo";
  expect(regionOf(`https://sqs.eu-central-1.amazonaws.com/${name}`)).toEqual({ region: "eu-central-1" });
  expect(regionOf(`https://sqs-fips.us-gov-west-1.amazonaws.com/${name}`)).toEqual({
    region: "us-gov-west-1",
  });
  expect(regionOf(`https://sqs.cn-north-1.amazonaws.com.cn/${name}`)).toEqual({ region: "cn-north-1" });
  expect(regionOf(`http://127.0.0.1:9324/${name}`)).toEqual({});
});
