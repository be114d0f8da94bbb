import { createHmac } from "node:crypto";
import { type ClientRequest, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { readEnvironment } from "../../src/entry/environment.ts";
import { createHttp } from "../../src/entry/http.ts";
import { createSluice, type Sluice } from "../../src/entry/sluice.ts";
import { deliver, deliveryHeaders, signature, variablesFor } from "../e2e/server.ts";

const SECRET_WORD = "plutonium-shipment-4711";
const body = JSON.stringify({ zen: `Ünïcödé 漢字 😀 ${SECRET_WORD}` });

let github: GitHub;
let bot: Sluice;
let server: Server;
let to: { url: string; secret: string };
let origin: string;
let waiting: string | null = null;
const log: string[] = [];

beforeAll(async () => {
  github = await startGitHub({ validate: true });
  const read = readEnvironment(variablesFor(github));
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const say = (message: string) => void log.push(message);
  bot = await createSluice(read.environment, { debug: say, info: say, warn: say });
  server = createHttp({
    webhookPath: read.environment.webhookPath,
    webhook: (delivery) => bot.receive(delivery),
    notReady: () => waiting,
    failed: (error) => say(String(error)),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  to = { url: `${origin}${read.environment.webhookPath}`, secret: github.app.webhookSecret };
});

afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await bot.stop();
  await github.close();
});

describe("A delivery", () => {
  it("is accepted when its signature is right, in any script", async () => {
    expect((await deliver(to, "ping", body)).status).toBe(202);
  });

  it("is refused with 401 when it was signed with another secret", async () => {
    const answer = await deliver({ ...to, secret: "guessed" }, "push", body);
    expect(answer.status).toBe(401);
    expect(answer.text).toMatch(/signature does not match/i);
  });

  it("is refused with 401 when one byte changed after signing", async () => {
    const signed = signature(to.secret, body);
    const forged = body.replace("4711", "4712");
    expect((await deliver(to, "push", forged, { "x-hub-signature-256": signed })).status).toBe(401);
  });

  it("is refused with 401 without a signature, or with one that is none", async () => {
    const given = [undefined, "", "sha256=", "sha256=00", `sha256=${"g".repeat(64)}`, `${"0".repeat(64)}`];
    for (const header of given) {
      expect((await deliver(to, "push", body, { "x-hub-signature-256": header })).status, header).toBe(401);
    }
  });

  it("is refused with 401 when only the old SHA-1 signature came", async () => {
    const sha1 = `sha1=${createHmac("sha1", to.secret).update(body).digest("hex")}`;
    const old = await deliver(to, "push", body, {
      "x-hub-signature": sha1,
      "x-hub-signature-256": undefined,
    });
    expect(old.status).toBe(401);
    expect((await deliver(to, "push", body, { "x-hub-signature-256": sha1 })).status).toBe(401);
  });

  it("is refused with 400 when rightly signed but no JSON", async () => {
    for (const text of ["", "{", "payload=%7B%7D", `{"a": ${SECRET_WORD}}`]) {
      expect((await deliver(to, "push", text)).status, text).toBe(400);
    }
  });

  it("is refused with 400 when rightly signed JSON is no object", async () => {
    for (const text of ["null", "[]", "1", '"push"']) {
      expect((await deliver(to, "push", text)).status, text).toBe(400);
    }
  });

  it("is refused with 415 as a form, the other content type GitHub offers", async () => {
    const form = await deliver(to, "push", body, { "content-type": "application/x-www-form-urlencoded" });
    expect(form.status).toBe(415);
    expect(form.text).toContain("application/json");
  });

  it("is refused with 415 as whatever else only begins like JSON's type", async () => {
    for (const type of [
      "application/json-patch+json",
      "application/jsonp",
      "text/json",
      "",
      "application/x",
    ]) {
      expect((await deliver(to, "push", body, { "content-type": type })).status, type).toBe(415);
    }
    const charset = { "content-type": "Application/JSON; charset=utf-8" };
    expect((await deliver(to, "ping", body, charset)).status).toBe(202);
  });

  it("is accepted and ignored when its event has the name of something every object has", async () => {
    for (const event of [
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "*",
      "error",
      "push.created",
    ]) {
      const answer = await deliver(to, event, JSON.stringify({ action: "__proto__" }));
      expect([202, 400, 500], event).toContain(answer.status);
    }
    expect((await deliver(to, "ping", body)).status).toBe(202);
    expect("polluted" in {}).toBe(false);
  });

  it.each([
    ["nested as deep as it may be large", `{"a":${"[".repeat(4_000_000)}${"]".repeat(4_000_000)}}`],
    ["of a million keys", `{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":1`).join(",")}}`],
    ["with keys of prototypes", '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'],
    [
      "with a comment of 20 MB",
      JSON.stringify({ action: "created", comment: { body: "/canary ".repeat(2_500_000) } }),
    ],
    ["with numbers no number holds", `{"installation":{"id":1e999},"repository":{"id":-1e999}}`],
  ])("rightly signed and %s is answered, and so is the next", async (_, text) => {
    for (const event of ["push", "issue_comment"]) {
      expect([202, 400, 500]).toContain((await deliver(to, event, text)).status);
    }
    expect((await deliver(to, "ping", body)).status).toBe(202);
    expect("polluted" in {}).toBe(false);
  });

  it("is refused with 400 without the headers that say what it is", async () => {
    expect((await deliver(to, "push", body, { "x-github-event": undefined })).status).toBe(400);
    expect((await deliver(to, "push", body, { "x-github-delivery": undefined })).status).toBe(400);
  });

  it("is accepted and ignored when its event is one GitHub has yet to invent", async () => {
    expect((await deliver(to, "quantum_merge", JSON.stringify({ action: "entangled" }))).status).toBe(202);
  });

  it("never reaches the log, whether it was refused or not", () => {
    expect(log.join("\n")).not.toContain(SECRET_WORD);
    expect(log.join("\n")).not.toContain(to.secret);
  });
});

describe("A rightly signed delivery of a shape GitHub does not send", () => {
  it.each([
    ["push", {}],
    ["push", { ref: null, repository: {}, installation: {} }],
    ["push", { ref: "refs/heads/main", installation: { id: "x" }, repository: { owner: null } }],
    [
      "pull_request",
      { action: "opened", installation: { id: 1 }, repository: { id: 1, name: "a", owner: { login: "b" } } },
    ],
    ["issue_comment", { action: "created" }],
    [
      "issue_comment",
      { action: "created", issue: { pull_request: {} }, comment: { id: 1, body: null, user: null } },
    ],
    ["deployment_status", { action: "created" }],
    [
      "check_run",
      {
        action: "rerequested",
        installation: { id: 1 },
        repository: { id: 1, name: "a", owner: { login: "b" } },
      },
    ],
  ])("%s %j gets an answer, and the next delivery too", async (event, payload) => {
    const answer = await deliver(to, event, JSON.stringify(payload));
    expect([202, 500]).toContain(answer.status);
    if (answer.status === 500) expect(log.at(-1)).toContain(event);
    expect((await deliver(to, "ping", body)).status).toBe(202);
  });
});

describe("Other requests", () => {
  it("to an unknown path get 404, by any method", async () => {
    expect((await fetch(`${origin}/`)).status).toBe(404);
    expect((await fetch(`${origin}/api/github`, { method: "POST", body })).status).toBe(404);
    expect((await fetch(`${to.url}/more`, { method: "POST", body })).status).toBe(404);
  });

  it("to the webhook by another method than POST get 405", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) expect((await fetch(to.url, { method })).status).toBe(405);
  });

  it("to /healthz say that the process is alive, ready or not", async () => {
    waiting = "GitHub has not been reached yet.";
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    waiting = null;
    expect((await fetch(`${origin}/healthz?verbose`)).status).toBe(200);
  });

  it("to /readyz say what is waited for, then that the process can work", async () => {
    waiting = "GitHub has not been reached yet.";
    const before = await fetch(`${origin}/readyz`);
    expect([before.status, await before.text()]).toEqual([503, "GitHub has not been reached yet.\n"]);
    waiting = null;
    expect((await fetch(`${origin}/readyz`)).status).toBe(200);
  });
});

describe("Whoever sends a request as slowly as can be", () => {
  const beginnings = {
    "in its first line": "POST /api/github/webhooks HTTP/1.1",
    "in its headers": "POST /api/github/webhooks HTTP/1.1\r\nhost: x\r\nx-slow: ",
    "in its body": [
      "POST /api/github/webhooks HTTP/1.1",
      "host: x",
      "content-length: 100000",
      ...Object.entries(deliveryHeaders("push", signature("guessed", ""))).map(
        ([name, value]) => `${name}: ${value}`,
      ),
      "",
      "{",
    ].join("\r\n"),
  };

  it.each(Object.entries(beginnings))(
    "%s is let go, and others are served meanwhile",
    async (_, beginning) => {
      const hasty = createHttp(
        {
          webhookPath: "/api/github/webhooks",
          webhook: (delivery) => bot.receive(delivery),
          notReady: () => null,
          failed: () => undefined,
        },
        500,
      );
      await new Promise<void>((resolve) => hasty.listen(0, "127.0.0.1", resolve));
      const { port } = hasty.address() as AddressInfo;
      const slow = Array.from({ length: 20 }, () => {
        const socket = connect(port, "127.0.0.1");
        socket.write(beginning);
        const drip = setInterval(() => socket.write("x"), 50);
        socket.on("error", () => undefined);
        return new Promise<void>((resolve) => {
          socket.on("close", () => {
            clearInterval(drip);
            resolve();
          });
        });
      });
      const url = `http://127.0.0.1:${port}/api/github/webhooks`;
      expect((await deliver({ ...to, url }, "ping", body)).status).toBe(202);
      await Promise.all(slow);
      expect((await deliver({ ...to, url }, "ping", body)).status).toBe(202);
      hasty.close();
      hasty.closeAllConnections();
    },
  );

  it("is given 15 seconds where it counts", () => {
    expect([server.requestTimeout, server.headersTimeout]).toEqual([15_000, 15_000]);
  });
});

describe("Bodies of whoever knows no secret", () => {
  const megabyte = Buffer.alloc(1024 * 1024, "x");

  /** Sends so much of a body and no end. The connection may close before its answer was read: that is "reset". */
  function pour(megabytes: number, chunk = megabyte) {
    const headers = { ...deliveryHeaders("push", signature("guessed", "")), "transfer-encoding": "chunked" };
    const sent: ClientRequest = request(to.url, { method: "POST", headers, agent: false });
    const answered = new Promise<string>((resolve) => {
      sent.on("response", (response) => {
        response.resume();
        resolve(`${response.statusCode}, connection: ${response.headers.connection}`);
      });
      sent.on("error", () => resolve("reset"));
    });
    const written = (async () => {
      for (let i = 0; i < megabytes * (megabyte.length / chunk.length) && !sent.destroyed; i++) {
        if (!sent.write(chunk)) {
          await Promise.race([new Promise((resolve) => sent.once("drain", resolve)), answered]);
        }
      }
    })();
    return { answered, written, stop: () => sent.destroy() };
  }

  it("are kept up to 64 MB together; more is refused with 503, until they are gone", async () => {
    const first = [pour(24), pour(24)];
    await Promise.all(first.map(({ written }) => written));
    const more = pour(24);
    expect(await more.answered).toMatch(/^(503, connection: close|reset)$/);
    for (const one of [...first, more]) one.stop();
    await expect.poll(async () => (await deliver(to, "ping", body)).status).toBe(202);
    const again = pour(24);
    await again.written;
    again.stop();
    await expect.poll(async () => (await deliver(to, "ping", body)).status).toBe(202);
  });

  it("over 25 MB are answered with 413, though they were not announced", async () => {
    const large = pour(26);
    expect(await large.answered).toMatch(/^(413, connection: close|reset)$/);
    large.stop();
  });

  it("come over 1,000 connections at most", () => {
    expect(server.maxConnections).toBe(1000);
  });
});

it("asked GitHub for nothing that does not exist", async () => {
  await bot.idle();
  expect(github.unknown).toEqual([]);
  expect(github.violations).toEqual([]);
});
