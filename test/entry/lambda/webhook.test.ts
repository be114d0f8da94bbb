import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type Account, startAccount } from "../../../dev/aws/account.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import type { HttpEvent } from "../../../src/entry/lambda/webhook.ts";
import { deliveryHeaders, signature } from "../../e2e/server.ts";

let github: GitHub;
let account: Account;
let handler: typeof import("../../../src/entry/lambda/webhook.ts").handler;
beforeAll(async () => {
  github = await startGitHub({});
  account = await startAccount(github);
  for (const [name, value] of Object.entries(account.env.webhook)) vi.stubEnv(name, value);
  vi.stubEnv("LOG_LEVEL", "silent");
  ({ handler } = await import("../../../src/entry/lambda/webhook.ts"));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await account.stop();
  await github.close();
});

const push = (sender: string, more: object = {}) =>
  JSON.stringify({
    sender: { login: sender },
    repository: { id: 2, name: "shop", owner: { login: "acme" } },
    installation: { id: 5 },
    ...more,
  });

/** As a Function URL hands it over. */
function event(name: string, body: string, change: Partial<HttpEvent> = {}): HttpEvent {
  const headers = deliveryHeaders(name, signature(github.app.webhookSecret, body));
  return {
    headers,
    body: Buffer.from(body).toString("base64"),
    isBase64Encoded: true,
    requestContext: { http: { method: "POST" } },
    ...change,
  };
}

it("a push goes into the queue, small and grouped by its repository", async () => {
  const before = account.queue.bodies().length;
  const sent = event("push", push("ada", { commits: ["x".repeat(50_000)] }));
  expect(await handler(sent)).toMatchObject({ statusCode: 202, body: "Accepted.\n" });
  const [body = ""] = account.queue.bodies().slice(before);
  expect(JSON.parse(body)).toEqual({
    kind: "happening",
    id: sent.headers["x-github-delivery"],
    tries: 0,
    happening: {
      installation: 5,
      repository: { id: 2, owner: "acme", name: "shop" },
      what: { kind: "push" },
      by: "ada",
    },
  });
});

it("one that is delivered twice is there once", async () => {
  const before = account.queue.bodies().length;
  const sent = event("push", push("ada"));
  await handler(sent);
  await handler(sent);
  expect(account.queue.bodies()).toHaveLength(before + 1);
});

it("a body may come as plain text, in any alphabet", async () => {
  const body = push("ada", { words: "Blåbærgrød 🚢" });
  const sent = event("push", body, { body, isBase64Encoded: false });
  expect(await handler(sent)).toMatchObject({ statusCode: 202 });
  expect(await handler(event("push", body))).toMatchObject({ statusCode: 202 });
});

it("our own pushes, and what means nothing, never reach the queue", async () => {
  const before = account.queue.bodies().length;
  expect(await handler(event("push", push("sluice[bot]")))).toMatchObject({ statusCode: 202 });
  expect(await handler(event("ping", "{}"))).toMatchObject({ statusCode: 202 });
  expect(account.queue.bodies()).toHaveLength(before);
});

it("what GitHub did not sign is refused, and so is anything but a POST", async () => {
  const before = account.queue.bodies().length;
  const good = event("push", push("ada"));
  const forged = { ...good.headers, "x-hub-signature-256": signature("guessed", push("ada")) };
  expect(await handler({ ...good, headers: forged })).toMatchObject({ statusCode: 401 });
  expect(await handler({ ...good, headers: {} })).toMatchObject({ statusCode: 401 });
  expect(await handler({ ...good, requestContext: { http: { method: "GET" } } })).toMatchObject({
    statusCode: 405,
  });
  expect(account.queue.bodies()).toHaveLength(before);
});

it("while the queue cannot be reached GitHub hears of it, and keeps the delivery as failed", async () => {
  vi.resetModules();
  vi.stubEnv("QUEUE_URL", account.queue.url.replace("sluice.fifo", "gone.fifo"));
  const fresh = await import("../../../src/entry/lambda/webhook.ts");
  expect(await fresh.handler(event("push", push("ada")))).toMatchObject({ statusCode: 500 });
  vi.stubEnv("QUEUE_URL", account.queue.url);
});

it("the secret is asked for once a process", async () => {
  const before = account.parameters.asked();
  await handler(event("push", push("ada")));
  expect(account.parameters.asked()).toBe(before);
});
