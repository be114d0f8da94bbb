import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { type LocalQueue, startQueue } from "../../../dev/aws/queue.ts";
import { createSqsQueue } from "../../../src/adapters/aws/sqs.ts";
import { eachOf } from "../../../src/entry/lambda/batch.ts";
import { type Message, waiting } from "../../../src/entry/lambda/message.ts";
import { readMessage } from "../../../src/entry/lambda/read-message.ts";
import { type Bench, work } from "../../../src/entry/lambda/work.ts";
import { ForgeError } from "../../../src/ports/forge.ts";
import type { Waiting } from "../../../src/ports/queue.ts";
import type { Happening } from "../../../src/reconcile/happening.ts";
import { clientFor } from "../../adapters/aws/aws.ts";

const WHERE = { installation: 5, repository: { id: 2, owner: "acme", name: "shop" } };
const NOW = Date.parse("2026-01-01T10:00:00Z");
const RESTED = { turned: false, failed: false, again: null };

const route = vi.fn<Bench["bot"]["route"]>();
const look = vi.fn<Bench["bot"]["look"]>();
const deferred: { readonly message: Waiting; readonly at: number }[] = [];
const warned: string[] = [];
let queue: LocalQueue;
let client: ReturnType<typeof clientFor.sqs>;
let bench: Bench;
beforeAll(async () => {
  queue = await startQueue();
  client = clientFor.sqs(queue.endpoint);
});
afterAll(async () => {
  client.destroy();
  await queue.stop();
});
beforeEach(() => {
  route.mockReset().mockResolvedValue([]);
  look.mockReset().mockResolvedValue(RESTED);
  deferred.length = 0;
  warned.length = 0;
  bench = {
    bot: { route, look },
    queue: createSqsQueue(queue.url, client),
    defer: async (message, at) => void deferred.push({ message, at }),
    self: "sluice[bot]",
    now: () => NOW,
    log: { debug() {}, info() {}, warn: (line) => warned.push(line) },
  };
});

function happening(what: Happening["what"] = { kind: "push" }, by: string | null = null): Message {
  return { kind: "happening", id: "guid", tries: 0, happening: { ...WHERE, what, by } };
}

const lookAt = (cause: Extract<Message, { kind: "look" }>["cause"]): Message => ({
  kind: "look",
  id: "guid/checkout",
  tries: 0,
  key: { ...WHERE, rollout: "checkout" },
  cause,
});

it("what happened in a repository becomes a look at each rollout, once however often it is worked on", async () => {
  const cause = { kind: "push" } as const;
  route.mockResolvedValue([
    { where: WHERE, rollout: "checkout", cause },
    { where: WHERE, rollout: "reviews", cause },
  ]);
  await work(bench, happening());
  await work(bench, happening());
  for (const body of queue.bodies()) await work(bench, readMessage(body));
  expect(look.mock.calls).toEqual([
    [{ ...WHERE, rollout: "checkout" }, cause],
    [{ ...WHERE, rollout: "reviews" }, cause],
  ]);
});

it("our own pushes cause nothing", async () => {
  await work(bench, happening({ kind: "push" }, "sluice[bot]"));
  expect(route).not.toHaveBeenCalled();
});

it("while GitHub asks for a pause the message is put off to its end, and nothing sleeps", async () => {
  const retryAt = NOW + 40 * 60_000;
  route.mockRejectedValue(new ForgeError("rate-limited", "a pause", { retryAt }));
  await work(bench, happening());
  expect(deferred.map(({ at }) => at)).toEqual([retryAt]);
  const [{ message }] = deferred as [(typeof deferred)[0]];
  expect(readMessage(message.body)).toMatchObject({ kind: "happening", id: "guid", tries: 1 });
  expect(message.id).not.toBe(waiting(happening()).id);
});

it("what GitHub could not answer is put off for longer and longer, and at last given to people", async () => {
  route.mockRejectedValue(new ForgeError("server", "502"));
  const message = happening();
  const waits: number[] = [];
  for (let tries = 0; tries < 9; tries++) {
    await work(bench, { ...message, tries });
    waits.push(((deferred.at(-1)?.at ?? 0) - NOW) / 60_000);
  }
  expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15, 15, 15]);
  await expect(work(bench, { ...message, tries: 9 })).rejects.toThrow("tried 10 times");
});

it("what GitHub forbids for good is said and let go", async () => {
  route.mockRejectedValue(new ForgeError("forbidden", "Resource not accessible by integration"));
  await work(bench, happening());
  expect(deferred).toEqual([]);
  expect(warned.join()).toContain("not accessible");
});

it("a look that failed comes again by the timer that was set; a command or click comes with it", async () => {
  look.mockResolvedValue({ turned: false, failed: true, again: NOW + 90_000 });
  await work(bench, lookAt({ kind: "timer" }));
  expect(deferred).toEqual([]);
  await work(bench, lookAt({ kind: "comment", comment: 7 }));
  const click = { run: 1, release: "checkout#1", action: "approve", by: "ada" };
  await work(bench, lookAt({ kind: "click", click }));
  expect(deferred.map(({ message, at }) => [readMessage(message.body), at])).toMatchObject([
    [{ cause: { kind: "comment", comment: 7 }, tries: 1 }, NOW + 90_000],
    [{ cause: { kind: "click", click }, tries: 1 }, NOW + 90_000],
  ]);
});

it("what is wrong with us fails the message, so that it comes again and then is kept apart", async () => {
  look.mockRejectedValue(new Error("the scheduler refused"));
  await expect(work(bench, lookAt({ kind: "timer" }))).rejects.toThrow("refused");
});

it("of a batch only what failed is handed again, and what waits behind it in its group", async () => {
  const record = (messageId: string, MessageGroupId: string) => ({
    messageId,
    body: messageId,
    attributes: { MessageGroupId },
  });
  const done: string[] = [];
  const answer = await eachOf(
    {
      Records: [
        record("a1", "a"),
        record("b1", "b"),
        record("a2", "a"),
        record("a3", "a"),
        record("b2", "b"),
      ],
    },
    async (body) => {
      if (body === "a2") throw new Error("no");
      done.push(body);
    },
    () => {},
  );
  expect(done.toSorted()).toEqual(["a1", "b1", "b2"]);
  expect(answer.batchItemFailures).toEqual([{ itemIdentifier: "a2" }, { itemIdentifier: "a3" }]);
});
