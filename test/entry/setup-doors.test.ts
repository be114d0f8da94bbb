import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Setup, type SetupOptions } from "../../src/entry/setup/setup.ts";

/** The set-up pages without a server before them: what a browser, or somebody else, may try. */

const HOST = "sluice.internal:3000";
const HOUR = 3_600_000;
let conversions = 0;
let status = 201;
let github: Server;
let githubUrl: string;
let directory: string;
beforeEach(async () => {
  conversions = 0;
  status = 201;
  directory = await mkdtemp(join(tmpdir(), "sluice-doors-"));
  github = createServer((_, response) => {
    conversions += 1;
    const pem = "-----BEGIN RSA PRIVATE KEY-----";
    const app = { id: 7, html_url: "https://github.com/apps/s", pem, webhook_secret: "a-secret-of-it" };
    setTimeout(() => response.writeHead(status).end(JSON.stringify(app)), 50);
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
  githubUrl = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
});
afterEach(async () => {
  vi.useRealTimers();
  github.closeAllConnections();
  github.close();
  await rm(directory, { recursive: true });
});

/** Somebody with the token, at the pages. */
async function open(changes: Partial<SetupOptions> = {}, host = HOST) {
  const setup = new Setup({
    githubUrl,
    webhookPath: "/hooks",
    publicUrl: null,
    envFile: join(directory, ".env"),
    created: async () => "Served.",
    ...changes,
  });
  const ask = (method: string, url: string, more: { body?: string; origin?: string; cookie?: string } = {}) =>
    setup.answer({ method, url, host, cookie, body: "", origin: "", ...more });
  let cookie = "";
  const entered = await ask("GET", setup.entrance);
  const given = entered?.headers?.["set-cookie"] ?? "";
  cookie = given.split(";")[0] ?? "";
  const body = new URLSearchParams({ name: "Sluice", organization: "", address: "https://s.dev" }).toString();
  const confirm = (origin = "") => ask("POST", "/setup", { body, origin });
  const state = async () => /state=([\w-]+)/.exec((await confirm())?.message ?? "")?.[1] ?? "";
  const back = (of: string) => ask("GET", `/setup/created?code=c&state=${of}`);
  return { ask, given, confirm, state, back };
}

describe("a way back from GitHub", () => {
  it("is good for an hour, and no longer", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { state, back } = await open();
    const [late, timely] = [await state(), await state()];
    status = 404;
    vi.setSystemTime(Date.now() + HOUR - 1000);
    // GitHub is asked, and knows no such code.
    expect((await back(timely))?.status).toBe(502);
    vi.setSystemTime(Date.now() + 2000);
    expect((await back(late))?.status).toBe(400);
    expect(conversions).toBe(1);
  });

  it("makes one App of two that come at once, and lets go on after one that failed", async () => {
    const { state, back } = await open();
    status = 404;
    expect((await back(await state()))?.status).toBe(502);
    status = 201;
    const [one, other] = [await state(), await state()];
    const answers = await Promise.all([back(one), back(other)]);
    expect(answers.map((answer) => answer?.status)).toEqual([200, 409]);
    expect(conversions).toBe(2);
    expect(await back(other)).toBeNull();
    expect(await readFile(join(directory, ".env"), "utf8")).toContain("APP_ID=7\n");
  });
});

describe("the form", () => {
  it.each(["https://evil.example", "null", "http://sluice.internal:3001", "nonsense"])(
    "is not taken from a page of %s",
    async (origin) => {
      const { confirm } = await open();
      const answer = await confirm(origin);
      expect(answer?.status).toBe(403);
      expect(answer?.message).not.toContain("state=");
    },
  );

  it("is taken from its own page, whichever of its names the browser knows it by", async () => {
    const { confirm, ask } = await open({ publicUrl: "https://sluice.acme.dev/" });
    expect((await confirm(`http://${HOST}`))?.status).toBe(200);
    expect((await confirm("https://sluice.acme.dev"))?.status).toBe(200);
    // Else a browser says `null` there.
    expect((await ask("GET", "/"))?.headers?.["referrer-policy"]).toBe("same-origin");
  });

  it.each([
    [{}, `http://${HOST}`],
    [{ publicUrl: "https://sluice.acme.dev" }, "https://sluice.acme.dev"],
  ])("proposes an address: %j", async (options, address) => {
    const { ask } = await open(options);
    expect((await ask("GET", "/"))?.message).toContain(`required value="${address}"`);
  });

  it("proposes none that github.com could not reach", async () => {
    const { ask } = await open({ githubUrl: "https://api.github.com" }, "localhost:3000");
    expect((await ask("GET", "/"))?.message).toContain('required value=""');
  });
});

it("the cookie is for https alone where people come by https", async () => {
  expect((await open()).given).not.toContain("Secure");
  expect((await open({ publicUrl: "https://sluice.acme.dev" })).given).toMatch(/; HttpOnly; .*; Secure$/);
});

it.each(["//", "http://", "///x:y"])("`GET %s` is no page, and no failure", async (url) => {
  const { ask } = await open();
  expect(await ask("GET", url)).toBeNull();
});
