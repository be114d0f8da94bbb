import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { withVariables } from "../../src/entry/setup/env-file.ts";
import { webAddress } from "../../src/entry/setup/manifest.ts";
import { deliver, type ServerProcess, spawnServer, type Variables } from "../e2e/server.ts";
import { configuration, Shop, shopFiles } from "../e2e/shop.ts";

let github: GitHub;
let directory: string;
const running = new Set<ServerProcess>();

beforeAll(async () => {
  github = await startGitHub({ validate: true });
});
afterAll(async () => {
  expect(github.unknown).toEqual([]);
  expect(github.violations).toEqual([]);
  await github.close();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-setup-"));
});
afterEach(async () => {
  github.setWebhook(null);
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all([...running].map(({ ended }) => ended));
  running.clear();
  await rm(directory, { recursive: true, force: true });
});

function start(changes: Variables = {}): ServerProcess {
  const pace = { LOOK_SECONDS: "0.3", READ_SECONDS: "1", WRITE_SECONDS: "0" };
  const server = spawnServer(
    { HOST: "127.0.0.1", PORT: "0", GITHUB_API_URL: github.url, ...pace, ...changes },
    directory,
  );
  running.add(server);
  return server;
}

/** A browser, as far as these pages need one. */
class Visitor {
  cookie = "";

  async open(url: string, form?: Readonly<Record<string, string>>) {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: this.cookie },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    this.cookie = response.headers.get("set-cookie")?.split(";")[0] ?? this.cookie;
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}

/** The address with the token, as the log has it. */
function entrance(server: ServerProcess): Promise<string> {
  return until("The entrance", async () => /http:\S+\/\?token=[\w-]+/.exec(server.lines.join("\n"))?.[0]);
}

const unescaped = (html: string) => html.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
const inputOf = (html: string, name: string) =>
  unescaped(new RegExp(`name="${name}"[^>]* value="([^"]*)"`).exec(html)?.[1] ?? "");
const actionOf = (html: string) => unescaped(/ action="([^"]+)"/.exec(html)?.[1] ?? "");

/** From the entrance to where GitHub sends the browser back to. */
async function walk(visitor: Visitor, address: string, organization = "") {
  const { origin } = new URL(address);
  expect((await visitor.open(address)).status).toBe(303);
  const first = await visitor.open(`${origin}/`);
  const wishes = { name: "Sluice of Acme", organization, address: inputOf(first.text, "address") };
  const second = await visitor.open(`${origin}/setup`, wishes);
  expect(second.status).toBe(200);
  const github = await visitor.open(actionOf(second.text), { manifest: inputOf(second.text, "manifest") });
  expect(github.status, github.text).toBe(302);
  return { origin, first, second, action: actionOf(second.text), back: github.headers.get("location") ?? "" };
}

describe("A server without an App", () => {
  it("has GitHub create one, keeps its key, and serves it without a restart", async () => {
    await writeFile(join(directory, ".env"), "# ours\nAPP_ID=\nLOG_LEVEL=info\n");
    const server = start();
    const visitor = new Visitor();
    const { origin, first, second, action, back } = await walk(visitor, await entrance(server), "acme");
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    expect((await fetch(`${origin}/readyz`)).status).toBe(503);
    expect(action).toMatch(
      new RegExp(`^${github.url}/organizations/acme/settings/apps/new\\?state=[\\w-]{20,}$`),
    );
    expect(JSON.parse(inputOf(second.text, "manifest"))).toMatchObject({
      name: "Sluice of Acme",
      public: false,
      hook_attributes: { url: `${origin}/api/github/webhooks`, active: true },
      redirect_url: `${origin}/setup/created`,
      default_permissions: { contents: "write", members: "read" },
    });
    expect(first.text).toContain("weights on the deployment branch, state on sluice/state");
    expect(first.headers.get("content-security-policy")).toMatch(
      /default-src 'none'.*frame-ancestors 'none'/,
    );
    expect(first.text).not.toMatch(/<script|src=|@import|url\(/);

    const done = await visitor.open(back);
    expect(done.status).toBe(200);
    expect(done.text).toContain("/installations/new");
    expect(done.text).not.toContain("PRIVATE KEY");
    const path = join(directory, ".env");
    const kept = await readFile(path, "utf8");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(kept).toMatch(/^# ours\nAPP_ID=4711\nLOG_LEVEL=info\n/);
    const variables = parseEnv(kept);
    expect(variables["PRIVATE_KEY"]?.replaceAll("\\n", "\n").trim()).toBe(github.app.privateKey.trim());
    expect(variables["WEBHOOK_SECRET"]).toBe(github.app.webhookSecret);

    // GitHub's webhooks now come here, signed, and are worked on.
    const shop = await Shop.create(github, "acme", shopFiles(configuration()));
    await until("Readiness", async () => (await fetch(`${origin}/readyz`)).status === 200);
    const pull = await shop.alice.propose("next", "checkout 2", { "README.md": "hello" });
    expect((await shop.planOf(pull)).conclusion).toBe("success");
    const log = server.lines.join("\n");
    for (const secret of [github.app.webhookSecret, github.app.privateKey.slice(60, 120)]) {
      expect(log).not.toContain(secret);
    }
    // And what was the entrance is none any more.
    expect((await visitor.open(`${origin}/`)).status).toBe(404);

    // The file alone is enough for the next one.
    const next = start({ ...variables });
    const to = { url: await next.listening, secret: github.app.webhookSecret };
    await until("Its readiness", async () => (await fetch(new URL("/readyz", to.url))).status === 200);
    expect((await deliver(to, "ping", "{}")).status).toBe(202);
  });

  it("lets nobody in who has not the token of the log, and takes no code but for a state of its own, once", async () => {
    const server = start();
    const visitor = new Visitor();
    const { origin, back } = await walk(visitor, await entrance(server));
    const stranger = new Visitor();
    for (const url of [`${origin}/`, `${origin}/?token=${"a".repeat(32)}`, back]) {
      const { status, text } = await stranger.open(url);
      expect([status, text.includes("<form")]).toEqual([403, false]);
    }
    expect((await stranger.open(`${origin}/setup`, { name: "Mine", address: origin })).status).toBe(403);
    const forged = new URL(back);
    forged.searchParams.set("state", "a".repeat(32));
    expect((await visitor.open(forged.href)).status).toBe(400);
    const wrong = new URL(back);
    wrong.searchParams.set("code", "<b>guess</b>");
    const refused = await visitor.open(wrong.href);
    expect([refused.status, refused.text.includes("<b>")]).toEqual([502, false]);
    // That state is used up, whatever came of it.
    expect((await visitor.open(back)).status).toBe(400);
    await expect(stat(join(directory, ".env"))).rejects.toThrow(/ENOENT/);
  });

  it("shows what to carry where its `.env` must not be written, and overwrites nothing", async () => {
    const server = start();
    const address = await entrance(server);
    await writeFile(join(directory, ".env"), "APP_ID=99\n");
    const visitor = new Visitor();
    const { back } = await walk(visitor, address);
    const done = await visitor.open(back);
    expect(unescaped(done.text)).toContain(`WEBHOOK_SECRET=${github.app.webhookSecret}`);
    expect(done.headers.get("cache-control")).toBe("no-store");
    expect(await readFile(join(directory, ".env"), "utf8")).toBe("APP_ID=99\n");
    expect(server.lines.join("\n")).not.toContain(github.app.webhookSecret);
  });

  it("says at once what else is wrong, and does not take half an App for none", async () => {
    const other = start({ PROMETHEUS_URL: "" });
    expect(await other.ended).toBe(1);
    expect(other.lines.join("\n")).toMatch(/^- PROMETHEUS_URL is empty/m);
    const half = start({ APP_ID: "4711" });
    expect(await half.ended).toBe(1);
    expect(half.lines.join("\n")).toMatch(/^- PRIVATE_KEY or PRIVATE_KEY_PATH is not set/m);
    const key = start({ PRIVATE_KEY_KMS: "alias/sluice" });
    expect(await key.ended).toBe(1);
    expect(key.lines.filter((line) => line.startsWith("- "))).toEqual([
      "- APP_ID is not set.",
      expect.stringMatching(/^- WEBHOOK_SECRET /),
    ]);
  });
});

describe("The `.env`", () => {
  const variables = { APP_ID: "7", WEBHOOK_SECRET: "s" };
  it.each([
    ["", "APP_ID=7\nWEBHOOK_SECRET=s\n"],
    ['A=1\nAPP_ID=""\n#APP_ID=2', "A=1\nAPP_ID=7\n#APP_ID=2\nWEBHOOK_SECRET=s\n"],
    ["APP_ID=8\n", null],
    ["export WEBHOOK_SECRET='x'\n", null],
  ])("of %j becomes %j", (before, after) => {
    expect(withVariables(before, variables)).toBe(after);
  });
});

it.each([
  ["https://api.github.com", "https://github.com"],
  ["https://ghe.example.com/api/v3", "https://ghe.example.com"],
  ["https://api.acme.ghe.com", "https://acme.ghe.com"],
  ["http://127.0.0.1:4000", "http://127.0.0.1:4000"],
])("people see %s at %s", (rest, web) => {
  expect(webAddress(rest)).toBe(web);
});
