import type { SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LocalQueue, startQueue } from "../../../dev/aws/queue.ts";
import { type LocalScheduler, startScheduler } from "../../../dev/aws/scheduler.ts";
import { until } from "../../../dev/demo/watch.ts";
import { createEventBridge, scheduleName } from "../../../src/adapters/aws/eventbridge-scheduler.ts";
import { createSqsQueue } from "../../../src/adapters/aws/sqs.ts";
import { timerMessage } from "../../../src/entry/lambda/message.ts";
import { clientFor } from "./aws.ts";

const KEY = {
  installation: 7,
  repository: { id: 11, owner: "acme", name: "shop" },
  rollout: "checkout",
};
const NAME = "7.11.checkout";

let queue: LocalQueue;
let local: LocalScheduler;
let client: SchedulerClient;
let now: number;
let timers: ReturnType<typeof createEventBridge>;
beforeEach(async () => {
  queue = await startQueue();
  local = await startScheduler("sluice", queue);
  client = clientFor.scheduler(local.endpoint);
  now = Date.now();
  timers = createEventBridge(
    {
      group: "sluice",
      queueArn: queue.arn,
      roleArn: "arn:aws:iam::123456789012:role/sluice-timers",
      queue: createSqsQueue(queue.url, clientFor.sqs(queue.endpoint)),
      timerOf: timerMessage,
      now: () => now,
    },
    client,
  );
});
afterEach(async () => {
  client.destroy();
  await local.stop();
  await queue.stop();
});

it("a rollout has one schedule, to the second, rounded up; a new time replaces the old one", async () => {
  await timers.schedule(KEY, Date.parse("2099-01-01T10:00:00.001Z"));
  expect(local.schedules.get(NAME)?.expression).toBe("at(2099-01-01T10:00:01)");
  await timers.schedule(KEY, Date.parse("2099-01-01T09:00:00Z"));
  expect(local.schedules.get(NAME)?.expression).toBe("at(2099-01-01T09:00:00)");
  expect([...local.schedules.keys()]).toEqual([NAME]);
  expect(local.calls).toEqual([
    `CreateSchedule ${NAME}`,
    `CreateSchedule ${NAME}: ConflictException`,
    `UpdateSchedule ${NAME}`,
  ]);
});

it("is carried out as a message of the rollout's own group that no other is taken for, and is gone", async () => {
  await timers.schedule(KEY, now + 100);
  await until("The message", async () => queue.bodies().length === 1);
  await until("Its end", async () => local.schedules.size === 0);
  now = Date.now();
  await timers.schedule(KEY, now + 100);
  await until("The second", async () => queue.bodies().length === 2);
  const [first, second] = queue.bodies().map((body) => JSON.parse(body));
  expect(first).toMatchObject({ kind: "look", key: KEY, cause: { kind: "timer" } });
  expect(first.id).not.toBe(second.id);
  expect(first.id).toMatch(/^[0-9a-f-]{36}$/);
});

it("what is due already goes to the queue at once", async () => {
  await timers.schedule(KEY, now);
  expect(queue.bodies()).toHaveLength(1);
  expect(local.calls).toEqual([]);
});

it("is taken away when nothing is to come, and it does not matter if there was none", async () => {
  await timers.cancel(KEY);
  await timers.schedule(KEY, now + 60_000);
  await timers.cancel(KEY);
  expect([...local.schedules]).toEqual([]);
});

it("a deferred message waits beside the timer, once however often it is deferred", async () => {
  const message = { id: "d/1", group: "7/11/checkout", body: "later" };
  await timers.schedule(KEY, now + 3_600_000);
  await timers.defer(message, now + 3_600_000);
  await timers.defer(message, now + 1_000);
  expect(local.schedules.size).toBe(2);
  await until("The message", async () => queue.bodies().includes("later"));
});

it("knows all there are, however many", async () => {
  for (let id = 1; id <= 130; id++) await timers.schedule({ ...KEY, installation: id }, now + 3_600_000);
  const { has, calls } = await timers.standing();
  expect(calls).toBe(2);
  expect([1, 130, 131].map((id) => has({ ...KEY, installation: id }))).toEqual([true, true, false]);
});

it("a refusal is told: the look that set the timer fails, and its message comes again", async () => {
  const other = createEventBridge(
    {
      group: "other",
      queueArn: "",
      roleArn: "",
      queue: { send: async () => {} },
      timerOf: timerMessage,
      now: () => now,
    },
    client,
  );
  await expect(other.schedule(KEY, now + 60_000)).rejects.toThrow();
});

it("any key has a name that AWS takes", () => {
  const long = {
    ...KEY,
    installation: 1e12,
    repository: { ...KEY.repository, id: 1e12 },
    rollout: "x".repeat(40),
  };
  expect(scheduleName(long)).toMatch(/^[\w.-]{1,64}$/);
  expect(scheduleName(long)).not.toBe(scheduleName({ ...long, installation: 2e12 }));
});
