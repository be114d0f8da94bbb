import { createRequire } from "node:module";
import PQueue from "p-queue";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { deliver, levelOf, type ServerProcess, spawnServer, variablesFor } from "../e2e/server.ts";
import { CANARY, configuration, Shop, shopFiles } from "../e2e/shop.ts";

type Payload = Readonly<Record<string, unknown>>;
const definitions: readonly { readonly name: string; readonly examples: readonly Payload[] }[] =
  createRequire(import.meta.url)("@octokit/webhooks-examples");
const recorded = definitions.flatMap(({ name, examples }) =>
  examples.map((payload, i) => ({ event: name, payload, title: `${name} ${i}` })),
);
const AT_ONCE = 8;

let github: GitHub;
let shop: Shop;
let server: ServerProcess;
let to: { url: string; secret: string };

beforeAll(async () => {
  github = await startGitHub({ validate: true });
  shop = await Shop.create(github, "acme", shopFiles(configuration()));
  server = spawnServer({ ...variablesFor(github), LOG_LEVEL: "debug" });
  to = { url: await server.listening, secret: github.app.webhookSecret };
  await shop.adopted();
});

afterAll(async () => {
  server.child.kill("SIGTERM");
  await server.ended;
  await github.close();
});

/** Posts each; those not answered with 2xx, and what the server logged meanwhile. */
async function postAll(deliveries: readonly { event: string; payload: unknown; title: string }[]) {
  const from = server.lines.length;
  const refused: string[] = [];
  const queue = new PQueue({ concurrency: AT_ONCE });
  await queue.addAll(
    deliveries.map(({ event, payload, title }) => async () => {
      const { status, text } = await deliver(to, event, JSON.stringify(payload));
      if (status < 200 || status > 299) refused.push(`${title}: ${status} ${text}`);
    }),
  );
  await quiet();
  return { refused, lines: server.lines.slice(from) };
}

/** Until the server asks GitHub for nothing more. */
async function quiet(): Promise<void> {
  for (let seen = -1; seen !== github.requests.length; ) {
    seen = github.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

function expectPlainLog(lines: readonly string[]): void {
  expect(lines.filter((line) => levelOf(line) > 40)).toEqual([]);
  // A warning is a sentence about what was tried, not the delivery that caused it.
  expect(lines.filter((line) => line.length > 500)).toEqual([]);
  const text = lines.join("\n");
  for (const telltale of ["sender", "avatar_url", "Spelling error", '"payload"', "\\n    at "])
    expect(text).not.toContain(telltale);
}

describe("The deliveries that GitHub recorded", () => {
  it("are all there", () => expect(recorded.length).toBeGreaterThan(300));

  it("are accepted as they are, whatever App or repository they speak of", async () => {
    const { refused, lines } = await postAll(recorded);
    expect(refused).toEqual([]);
    expectPlainLog(lines);
  });

  it("are accepted when they come from an installation that GitHub does not know", async () => {
    const { refused, lines } = await postAll(
      recorded.map((one) => ({ ...one, payload: { ...one.payload, installation: { id: 99_999_999 } } })),
    );
    expect(refused).toEqual([]);
    expectPlainLog(lines);
  });

  it("are accepted for a repository of ours that has none of their commits, pulls and comments", async () => {
    const before = await shop.git.log("main");
    const { id, owner, name } = shop.repository;
    const repository = {
      id,
      name,
      full_name: `${owner.login}/${name}`,
      owner: { login: owner.login, id: owner.id },
    };
    const installation = { id: github.installationId(shop.repository) };
    const { refused, lines } = await postAll(
      recorded.map((one) => {
        const known = typeof one.payload["repository"] === "object" && one.payload["repository"];
        return { ...one, payload: { ...one.payload, installation, repository: { ...known, ...repository } } };
      }),
    );
    expect(refused).toEqual([]);
    expectPlainLog(lines);
    expect(await shop.git.log("main")).toEqual(before);
  });

  it("leave the server alive and able to work", async () => {
    expect((await fetch(new URL("/healthz", to.url))).status).toBe(200);
    expect((await fetch(new URL("/readyz", to.url))).status).toBe(200);
    expect(server.child.exitCode).toBeNull();
    github.setWebhook(to.url);
    await shop.ship("2.0.0");
    await shop.weightIs(10);
    expect(await shop.git.read("main", CANARY)).toContain("2.0.0");
  });

  it("made it ask GitHub for nothing that does not exist", () => {
    expect(github.unknown).toEqual([]);
    expect(github.violations).toEqual([]);
  });
});
