import { createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { parseChannels } from "../../../src/adapters/notify/channels.ts";
import { createNotifications } from "../../../src/adapters/notify/notifications.ts";
import type { Told } from "../../../src/ports/notifier.ts";
import { serve } from "../prometheus/stand-in.ts";

vi.mock(import("node:timers/promises"), { spy: true });

const told: Told = {
  id: "checkout#7.failed.1746353053000",
  kind: "failed",
  severity: "critical",
  release: { number: 7, version: "0123456789ab" },
  percent: 25,
  why: "errors 5.2 % <!channel> <https://evil.example|free> @everyone",
  by: null,
  at: 1_746_353_053_000,
  pull: 41,
  rollbackPull: null,
  rollout: "checkout",
  title: "checkout#7 failed at 25 %",
  repository: { name: "acme/shop", url: "https://github.com/acme/shop" },
};

interface Got {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver that answers with these, one after the other, and then with 200. */
async function receiver(...answers: readonly { status: number; headers?: Record<string, string> }[]) {
  const got: Got[] = [];
  const waiting = [...answers];
  const host = await serve(async (request, response) => {
    got.push({ headers: request.headers, body: await text(request) });
    const { status, headers } = waiting.shift() ?? { status: 200 };
    response.writeHead(status, headers).end();
  });
  return { got, url: `http://${host}/T0/B0/secret` };
}

function channels(env: Readonly<Record<string, string>>) {
  const log: string[] = [];
  const parsed = parseChannels(env);
  expect(parsed.problems).toEqual([]);
  return {
    log,
    notifications: createNotifications(parsed.channels, { warn: (line) => log.push(line) }),
  };
}

describe("A channel", () => {
  it("of Slack's gets one message in which what came from outside is plain text", async () => {
    const { got, url } = await receiver();
    const { notifications, log } = channels({ NOTIFY_URL: url, NOTIFY_KIND: "slack" });
    notifications.for("acme/shop").notify(told);
    await notifications.idle();
    expect(got).toHaveLength(1);
    const { text: shown, blocks } = JSON.parse(got[0]?.body ?? "");
    expect(shown).toBe("checkout#7 failed at 25 % in acme/shop");
    expect(blocks[0].text.text).toContain("<https://github.com/acme/shop/pull/41|#41>");
    const outside = blocks.filter((block: { text: { text: string } }) => block.text.text.includes("evil"));
    expect(outside).toMatchObject([{ text: { type: "plain_text" } }]);
    expect(log).toEqual([]);
  });

  it("of CloudEvents gets a signed event that says the same in fields", async () => {
    const { got, url } = await receiver();
    const secret = `whsec_${Buffer.from("a key of the operator's").toString("base64")}`;
    const { notifications } = channels({
      NOTIFY_URL: url,
      NOTIFY_KIND: "cloudevents",
      NOTIFY_SECRET: secret,
    });
    notifications.for("acme/shop").notify(told);
    await notifications.idle();
    const { headers = {}, body = "" } = got[0] ?? {};
    expect(headers["content-type"]).toContain("application/cloudevents+json");
    expect(JSON.parse(body)).toMatchObject({
      specversion: "1.0",
      id: "acme/shop/checkout#7.failed.1746353053000",
      source: "https://github.com/acme/shop",
      type: "sluice.release.failed",
      subject: "checkout#7",
      time: "2025-05-04T10:04:13.000Z",
      data: { rollout: "checkout", release: 7, canaryPercent: 25, severity: "critical", pull: 41 },
    });
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const expected = createHmac("sha256", "a key of the operator's").update(signed).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  });

  it("that is overloaded is tried again when it says so, with the same id", async () => {
    vi.mocked(sleep).mockResolvedValueOnce(undefined);
    const { got, url } = await receiver({ status: 429, headers: { "retry-after": "7" } });
    const { notifications, log } = channels({ NOTIFY_URL: url, NOTIFY_KIND: "cloudevents" });
    notifications.for("acme/shop").notify(told);
    await notifications.idle();
    expect(got).toHaveLength(2);
    expect(got[1]?.body).toBe(got[0]?.body);
    expect(vi.mocked(sleep).mock.lastCall?.[0]).toBe(7000);
    expect(log).toEqual([]);
  });

  it("for which five hundred wait is told no more, which the log says", async () => {
    const { notifications, log } = channels({ NOTIFY_URL: "http://127.0.0.1:1/hook", NOTIFY_KIND: "slack" });
    const { notify } = notifications.for("acme/shop");
    // One is in hand.
    for (let count = 0; count < 501; count++) notify(told);
    expect(log).toEqual([]);
    notify(told);
    expect(log).toEqual(["production is not told that checkout#7 failed at 25 %: 500 wait already"]);
    notifications.stop();
    await notifications.idle();
    expect(log).toHaveLength(1 + 501);
  });

  it("that refuses is asked no second time; redirects are not followed; the log says so without the address", async () => {
    const gone = await receiver({ status: 404 });
    const elsewhere = await receiver();
    const moved = await receiver({ status: 307, headers: { location: elsewhere.url } });
    const { notifications, log } = channels({
      NOTIFY_URL: gone.url,
      NOTIFY_KIND: "slack",
      NOTIFY_OPS_URL: moved.url,
      NOTIFY_OPS_KIND: "cloudevents",
    });
    notifications.for("acme/shop").notify(told);
    await notifications.idle();
    expect([gone.got.length, moved.got.length, elsewhere.got.length]).toEqual([1, 1, 0]);
    expect(log.toSorted()).toEqual([
      "ops could not be told that checkout#7 failed at 25 %: HTTP 307",
      "production could not be told that checkout#7 failed at 25 %: HTTP 404",
    ]);
  });

  it("that is dead delays no other, and gives up when the server stops", async () => {
    const alive = await receiver();
    const { notifications, log } = channels({
      NOTIFY_URL: "http://127.0.0.1:1/hook",
      NOTIFY_KIND: "slack",
      NOTIFY_OPS_URL: alive.url,
      NOTIFY_OPS_KIND: "slack",
    });
    notifications.for("acme/shop").notify(told);
    await expect.poll(() => alive.got.length).toBe(1);
    notifications.stop();
    await notifications.idle();
    expect(log).toEqual(["production could not be told that checkout#7 failed at 25 %: ECONNREFUSED"]);
  });

  it("hears of its repositories, rollouts and severities alone", async () => {
    const { got, url } = await receiver();
    const { notifications } = channels({
      NOTIFY_URL: url,
      NOTIFY_KIND: "cloudevents",
      NOTIFY_SEVERITY: "critical",
      NOTIFY_REPOSITORIES: "acme/*",
      NOTIFY_ROLLOUTS: "pay*,checkout",
    });
    notifications.for("other/shop").notify(told);
    const shop = notifications.for("acme/shop");
    shop.notify({ ...told, rollout: "search" });
    shop.notify({ ...told, severity: "warning" });
    shop.notify({ ...told, rollout: "payments", id: "payments#1.failed.1" });
    await notifications.idle();
    expect(got.map(({ body }) => JSON.parse(body).id)).toEqual(["acme/shop/payments#1.failed.1"]);
  });
});

describe("Channels from the environment", () => {
  it("say all that is wrong with each of them at once", () => {
    const { problems } = parseChannels({
      NOTIFY_URL: "ftp://me:token@hooks",
      NOTIFY_KIND: "slack",
      NOTIFY_SECRET: "token",
      NOTIFY_SEVERITY: "token",
      NOTIFY_REPOSITORIES: "token",
      NOTIFY_ROLLOUTS: "To ken",
      NOTIFY_Z_NAME: "production",
    });
    expect(problems).toEqual([
      "NOTIFY_URL is not an http or https address.",
      expect.stringMatching(/^NOTIFY_URL carries credentials/),
      expect.stringMatching(/^NOTIFY_SECRET is set, but only `cloudevents` signs/),
      expect.stringMatching(/^NOTIFY_SEVERITY is not one of /),
      expect.stringMatching(/^NOTIFY_REPOSITORIES is not a list /),
      expect.stringMatching(/^NOTIFY_ROLLOUTS is not a list /),
      "NOTIFY_Z_NAME is set but NOTIFY_Z_URL is not: set both.",
      expect.stringMatching(/^NOTIFY_Z_KIND is not one of /),
      expect.stringMatching(/^Two notification channels are called "production"/),
    ]);
  });

  it("say what is wrong with them, and never a value", () => {
    const wrong = {
      NOTIFY_KIND: "slack",
      NOTIFY_A_URL: "ftp://hooks/token",
      NOTIFY_A_KIND: "slack",
      NOTIFY_B_URL: "https://hooks.example.com/token",
      NOTIFY_B_KIND: "pager-token",
      NOTIFY_C_URL: "https://hooks.example.com/token",
      NOTIFY_C_KIND: "slack",
      NOTIFY_C_SECRET: "token",
      NOTIFY_D_URL: "https://hooks.example.com/token",
      NOTIFY_D_KIND: "slack",
      NOTIFY_D_SEVERITY: "token",
      NOTIFY_E_URL: "https://hooks.example.com/token",
      NOTIFY_E_KIND: "slack",
      NOTIFY_E_ROLLOUTS: "To ken",
      NOTIFY_F_URL: "https://hooks.example.com/token",
      NOTIFY_F_KIND: "slack",
      NOTIFY_F_REPOSITORIES: "token",
    };
    const { channels: parsed, problems } = parseChannels(wrong);
    expect(parsed.size).toBe(0);
    expect(problems).toHaveLength(7);
    expect(problems.join("\n")).not.toContain("token");
  });
});
