import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import type { RequestFacts } from "../../dev/github/faults.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import {
  deliver,
  deliveryHeaders,
  residentMemory,
  type ServerProcess,
  signature,
  spawnServer,
  variablesFor,
} from "../e2e/server.ts";
import { configuration, Shop, shopFiles } from "../e2e/shop.ts";

const MEGABYTE = 1024 * 1024;
const running = new Set<ServerProcess>();
let github: GitHub;

function start(changes: Readonly<Record<string, string | undefined>> = {}): ServerProcess {
  const server = spawnServer({ ...variablesFor(github), ...changes });
  running.add(server);
  return server;
}

async function end(server: ServerProcess): Promise<number | null> {
  running.delete(server);
  server.child.kill("SIGTERM");
  return server.ended;
}

/** Whether the start-up look is over. */
async function readyStatus(webhook: string): Promise<number> {
  return (await fetch(new URL("/readyz", webhook))).status;
}

beforeAll(async () => {
  github = await startGitHub({ validate: true });
});

afterEach(async () => {
  github.clearFaults();
  for (const server of running) server.child.kill("SIGKILL");
  await Promise.all([...running].map(({ ended }) => ended));
  running.clear();
});

afterAll(async () => {
  await github.close();
});

describe("The server does not start", () => {
  async function refusal(changes: Readonly<Record<string, string | undefined>>) {
    const server = start(changes);
    const code = await server.ended;
    return { code, text: server.lines.join("\n") };
  }

  it.each([undefined, "", "development"])("with the webhook secret %j", async (secret) => {
    const { code, text } = await refusal({ WEBHOOK_SECRET: secret });
    expect(code).toBe(1);
    expect(text).toMatch(/does not start/);
    expect(text).toMatch(/^- WEBHOOK_SECRET /m);
    expect(text).not.toMatch(/^\s+at /m);
  });

  it("with several things wrong, each of which it names in a line of its own, without their values", async () => {
    const { code, text } = await refusal({
      APP_ID: "seven-eleven",
      PRIVATE_KEY: undefined,
      WEBHOOK_SECRET: "development",
      PORT: "eighty-eighty",
      LOG_LEVEL: "gossip",
      PROMETHEUS_URL: "https://reader:s3cr3t@prometheus.example.com",
    });
    expect(code).toBe(1);
    for (const name of ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET", "PORT", "LOG_LEVEL", "PROMETHEUS_URL"]) {
      expect(text).toMatch(new RegExp(`^- ${name} `, "m"));
    }
    for (const value of ["seven-eleven", "eighty-eighty", "gossip", "s3cr3t"])
      expect(text).not.toContain(value);
  });

  it("with a damaged private key, which it names and does not show", async () => {
    const damaged = github.app.privateKey.slice(0, 200);
    const { code, text } = await refusal({ PRIVATE_KEY: damaged, PROMETHEUS_URL: "" });
    expect(code).toBe(1);
    expect(text).toMatch(/^- PRIVATE_KEY is not a private key/m);
    expect(text).toMatch(/^- PROMETHEUS_URL is empty/m);
    expect(text).not.toContain("Listening");
    expect(text).not.toContain(damaged.slice(40, 80));
    expect(text).not.toMatch(/^\s+at /m);
  });

  it("with a key that GitHub does not take", async () => {
    const { code, text } = await refusal({ APP_ID: "31337" });
    expect(code).toBe(1);
    expect(text).toMatch(/does not start/);
    expect(text).not.toMatch(/^\s+at /m);
  });

  it("on a port that another process has", async () => {
    const first = start();
    const { port } = new URL(await first.listening);
    const { code, text } = await refusal({ PORT: port });
    expect(code).toBe(1);
    expect(text).toMatch(/PORT/);
    expect(text).not.toMatch(/^\s+at /m);
  });
});

describe("The running server", () => {
  let server: ServerProcess;
  let to: { url: string; secret: string };

  beforeAll(async () => {
    server = spawnServer({ ...variablesFor(github), LOG_LEVEL: "trace" });
    to = { url: await server.listening, secret: github.app.webhookSecret };
    await until("Readiness", async () => (await readyStatus(to.url)) === 200);
  });

  afterAll(async () => {
    server.child.kill("SIGTERM");
    await server.ended;
  });

  it("writes nothing of a refused delivery into its log, at the finest level", async () => {
    const word = "plutonium-shipment";
    const body = JSON.stringify({ ref: word, repository: { name: word } });
    const forged = await deliver({ ...to, secret: "guess" }, "push", body);
    const unsigned = await deliver(to, "push", body, { "x-hub-signature-256": undefined });
    const sha1 = await deliver(to, "push", body, {
      "x-hub-signature-256": undefined,
      "x-hub-signature": `sha1=${"0".repeat(40)}`,
    });
    expect([forged, unsigned, sha1].map(({ status }) => status)).toEqual([401, 401, 401]);
    const broken = await deliver(to, "push", `{"${word}": `);
    const form = await deliver(to, "push", body, { "content-type": "application/x-www-form-urlencoded" });
    expect([broken, form].map(({ status }) => status)).toEqual([400, 415]);
    await sleep(200);
    expect(server.lines.join("\n")).not.toContain(word);
    expect(forged.text + unsigned.text + broken.text).not.toContain(word);
  });

  it("answers 500 and goes on when a rightly signed delivery has no shape it knows, and does not log it", async () => {
    const word = "shapeless-cargo";
    const payload = {
      action: "opened",
      installation: { id: 1 },
      note: word,
      repository: { id: 1, name: "a", owner: { login: "b" } },
    };
    expect((await deliver(to, "pull_request", JSON.stringify(payload))).status).toBe(500);
    await until("A line about it", async () => server.lines.some((line) => line.includes("pull_request")));
    expect(server.lines.join("\n")).not.toContain(word);
    expect((await fetch(new URL("/healthz", to.url))).status).toBe(200);
  });

  it("refuses 30 MB with 413 by the announced length, before they are sent", async () => {
    const before = await residentMemory(server.pid);
    const answer = await upload(to.url, { "content-length": String(30 * MEGABYTE) }, () => null);
    expect(answer.status).toBe(413);
    expect((await residentMemory(server.pid)) - before).toBeLessThan(15 * MEGABYTE);
  });

  it("refuses a body without end with 413 and keeps no more than the limit of it", async () => {
    const before = await residentMemory(server.pid);
    const chunk = Buffer.from(`100000\r\n${"x".repeat(MEGABYTE)}\r\n`);
    let sent = 0;
    const answer = await upload(to.url, { "transfer-encoding": "chunked" }, () => {
      sent += 1;
      return sent <= 300 ? chunk : null;
    });
    expect(answer.status).toBe(413);
    expect(sent).toBeLessThan(100);
    expect((await residentMemory(server.pid)) - before).toBeLessThan(120 * MEGABYTE);
    expect((await fetch(new URL("/healthz", to.url))).status).toBe(200);
  });

  it("takes the 25 MB that GitHub may send", async () => {
    const body = JSON.stringify({ zen: "x".repeat(25 * MEGABYTE - 100) });
    expect((await deliver(to, "ping", body)).status).toBe(202);
  });
});

describe("The server's readiness", () => {
  it("comes with the end of the look at every installation; it is alive before", async () => {
    const slow = github.fault(({ path }) => path.startsWith("/app/installations"), { delayMs: 1500 });
    const server = start();
    const url = await server.listening;
    const waiting = await fetch(new URL("/readyz", url));
    expect([waiting.status, (await waiting.text()).trim()]).toEqual([503, expect.stringContaining("GitHub")]);
    expect((await fetch(new URL("/healthz", url))).status).toBe(200);
    await until("Readiness", async () => (await readyStatus(url)) === 200);
    expect(slow.left).toBe(0);
  });

  it("still comes when GitHub failed at first: the start-up look is tried again", async () => {
    const failing = github.fault(({ path }) => path.startsWith("/app/installations"), { status: 502 }, 6);
    const server = start();
    const url = await server.listening;
    await until("The failures", async () => failing.left < 6);
    expect((await fetch(new URL("/healthz", url))).status).toBe(200);
    github.clearFaults();
    await until("Readiness", async () => (await readyStatus(url)) === 200);
  });

  it("does not come while no repository can be read, and the log says how many: the look is repeated", async () => {
    for (const name of ["unread-1", "unread-2"]) {
      await github.createRepository({ owner: "acme", name, files: shopFiles(configuration()) });
    }
    const failing = github.fault(({ path }) => path === "/graphql", { status: 502 }, 10_000);
    const server = start();
    const url = await server.listening;
    const said = (words: RegExp) => server.lines.some((line) => words.test(line));
    await until("The number", async () => said(/[2-9]\d* repositories could not be looked at; trying again/));
    expect(failing.left).toBeLessThan(10_000);
    expect(said(/Every rollout was looked at/)).toBe(false);
    expect(await readyStatus(url)).toBe(503);
    github.clearFaults();
    await until("Readiness", async () => (await readyStatus(url)) === 200);
    // The line may still be on its way here.
    await until("The log", async () => said(/Every rollout was looked at/));
  });

  it("does not wait for a repository that is forbidden for good: the others are served", async () => {
    await github.createRepository({ owner: "acme", name: "closed", files: shopFiles(configuration()) });
    github.fault(
      ({ path, body }) =>
        path.startsWith("/repos/acme/closed") || JSON.stringify(body ?? null).includes('"closed"'),
      { status: 403, body: { message: "Resource not accessible by integration" } },
      10_000,
    );
    const server = start();
    const url = await server.listening;
    await until("Readiness", async () => (await readyStatus(url)) === 200);
    expect(server.lines.some((line) => /acme\/closed.*not accessible/.test(line))).toBe(true);
    github.clearFaults();
  });
});

describe("A start while GitHub does not answer", () => {
  it("goes on trying, says so, and works once it does", async () => {
    const cut = github.fault(() => true, "drop-before", 10_000);
    const server = start();
    const url = await server.listening;
    const said = () =>
      server.lines.filter((line) => /GitHub could not be reached: .*trying again/.test(line));
    // Soon, although the longest pause between two is a minute.
    await until("Two tries", async () => said().length > 1, 45);
    expect(cut.left).toBeLessThan(10_000);
    expect((await fetch(new URL("/healthz", url))).status).toBe(200);
    expect(await readyStatus(url)).toBe(503);
    const early = await deliver({ url, secret: github.app.webhookSecret }, "ping", "{}");
    expect(early.status).toBe(503);
    github.clearFaults();
    await until("Readiness", async () => (await readyStatus(url)) === 200);
  });

  it("ends with 0 when it is told to", async () => {
    github.fault(() => true, "drop-before", 10_000);
    const server = start();
    await server.listening;
    expect(await end(server)).toBe(0);
  });
});

describe("SIGTERM", () => {
  it("ends a server in time whose last look GitHub keeps waiting", async () => {
    const shop = await Shop.create(github, "slow", shopFiles(configuration()));
    const server = start();
    github.setWebhook(await server.listening);
    await shop.adopted();
    const held = github.fault(writesTo("main"), { delayMs: 60_000 });
    await shop.ship("2.0.0");
    await until("The commit under way", async () => held.left === 0);
    const began = performance.now();
    await end(server);
    expect(performance.now() - began).toBeLessThan(30_000);
    github.setWebhook(null);
  });

  it("ends an idle server at once with 0", async () => {
    const server = start();
    const url = await server.listening;
    await until("Readiness", async () => (await readyStatus(url)) === 200);
    const began = performance.now();
    expect(await end(server)).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("lets the pass in hand settle its effect in git first", async () => {
    const shop = await Shop.create(github, "sigterm", shopFiles(configuration()));
    const server = start();
    github.setWebhook(await server.listening);
    await shop.adopted();
    const held = github.fault(writesTo("main"), { delayMs: 2500 });
    await shop.ship("2.0.0");
    await until("The commit under way", async () => held.left === 0);
    expect(await end(server)).toBe(0);
    github.setWebhook(null);

    expect(await shop.weight()).toBe(10);
    const state = await shop.state();
    expect(state?.release?.number).toBe(1);
    expect(state?.pending).toBeNull();
  });

  it("turns new deliveries away rather than half-doing them", async () => {
    const server = start();
    const url = await server.listening;
    expect(await end(server)).toBe(0);
    await expect(deliver({ url, secret: github.app.webhookSecret }, "ping", "{}")).rejects.toThrow();
  });
});

it("asked GitHub for nothing that does not exist", () => {
  expect(github.unknown).toEqual([]);
  expect(github.violations).toEqual([]);
});

/** The commits that the App makes on a branch. */
function writesTo(branch: string): (request: RequestFacts) => boolean {
  return ({ path, body }) => {
    const text = JSON.stringify(body ?? null);
    return (
      path === "/graphql" &&
      text.includes("createCommitOnBranch") &&
      text.includes(`"branchName":"${branch}"`)
    );
  };
}

/** Posts raw bytes with a signature that has the right form, and reads whatever is answered meanwhile. */
function upload(
  address: string,
  headers: Readonly<Record<string, string>>,
  next: () => Buffer | null,
): Promise<{ readonly status: number }> {
  const { hostname, port, pathname } = new URL(address);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname);
    const lines = Object.entries({
      host: hostname,
      ...deliveryHeaders("push", signature("guess", "")),
      ...headers,
    });
    socket.on("data", (data) => {
      answer += data.toString("latin1");
    });
    const finish = () => {
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
      if (status) resolve({ status });
      else reject(new Error("the connection ended without an answer"));
    };
    socket.on("close", finish);
    // The answer may come before everything was sent; what follows is then refused.
    socket.on("error", () => undefined);
    socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}`).join("\r\n")}\r\n\r\n`);
    const send = () => {
      if (answer !== "" || socket.destroyed) return;
      const bytes = next();
      if (bytes === null) return;
      socket.write(bytes, () => setImmediate(send));
    };
    send();
  });
}
