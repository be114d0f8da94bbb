import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import type { RequestFacts } from "../../dev/github/faults.ts";
import { type GitHub, startGitHub } from "../../dev/github/server.ts";
import { type ServerProcess, spawnServer, variablesFor } from "./server.ts";
import { configuration, Shop, shopFiles } from "./shop.ts";

/** No metrics source: what happens here needs none, and no weight rises without one. */
let github: GitHub;
const running = new Set<ServerProcess>();

beforeAll(async () => {
  github = await startGitHub({ validate: true });
});

afterEach(async () => {
  github.setWebhook(null);
  github.clearFaults();
  for (const server of running) server.child.kill("SIGKILL");
  await Promise.all([...running].map(({ ended }) => ended));
  running.clear();
});

afterAll(async () => {
  expect(github.unknown).toEqual([]);
  expect(github.violations).toEqual([]);
  await github.close();
});

async function start({ webhooks = true } = {}): Promise<ServerProcess> {
  const server = spawnServer(variablesFor(github));
  running.add(server);
  const url = await server.listening;
  if (webhooks) github.setWebhook(url);
  return server;
}

/** As a machine that loses its power. */
async function kill(server: ServerProcess): Promise<void> {
  running.delete(server);
  server.child.kill("SIGKILL");
  await server.ended;
}

async function shopOf(owner: string): Promise<Shop> {
  return Shop.create(github, owner, shopFiles(configuration()));
}

/** A shop with a release that stands at its first step and waits for evidence that does not come. */
async function releasing(owner: string) {
  const shop = await shopOf(owner);
  const server = await start();
  await shop.adopted();
  const pull = await shop.ship("2.0.0");
  await shop.weightIs(10);
  await until("The comment", async () => (await shop.sticky(pull)).length > 0);
  return { shop, server, pull };
}

function posts(path: RegExp): (request: RequestFacts) => boolean {
  return (request) => request.method === "POST" && path.test(request.path);
}

function commitsTo(branch: string): (request: RequestFacts) => boolean {
  return ({ path, body }) => {
    const text = JSON.stringify(body ?? null);
    const named = text.includes(`"branchName":"${branch}"`);
    return path === "/graphql" && named && text.includes("createCommitOnBranch");
  };
}

describe("A lost delivery", () => {
  it("of a merge is made up for when the bot starts again", async () => {
    const shop = await shopOf("lost-merge");
    const first = await start();
    await shop.adopted();
    github.setWebhook(null);
    await shop.ship("2.0.0");
    await sleep(500);
    expect(await shop.weight()).toBe(0);
    running.delete(first);
    first.child.kill("SIGTERM");
    expect(await first.ended).toBe(0);
    await start({ webhooks: false });
    await shop.weightIs(10);
    expect((await shop.state())?.release?.number).toBe(1);
  });

  it("of a command is made up for by the next look at the running release", async () => {
    const { shop, pull } = await releasing("lost-command");
    github.setWebhook(null);
    const comment = await shop.alice.comment(pull, "/canary 25");
    await shop.weightIs(25);
    await until("The answer", async () => (await shop.alice.reactions(comment)).includes("rocket"));
    expect((await shop.state())?.handled.map(({ key }) => key)).toEqual([`comment:${comment}`]);
  });

  it("of a command by somebody who may only read is still refused", async () => {
    const { shop, pull } = await releasing("lost-refusal");
    github.setWebhook(null);
    github.setPermission(shop.repository, "alice", "read");
    const comment = await shop.alice.comment(pull, "/canary 100");
    await until("The refusal", async () => (await shop.alice.reactions(comment)).includes("-1"));
    expect(await shop.weight()).toBe(10);
  });
});

describe("A delivery that comes twice", () => {
  it("has the effect of one: one release, one commit, one comment, one answer", async () => {
    const { shop, pull } = await releasing("twice");
    const comment = await shop.alice.comment(pull, "/canary 25 now");
    await until("The refusal of words that are no command", async () =>
      (await shop.alice.reactions(comment)).includes("-1"),
    );
    await shop.alice.comment(pull, "/canary 25");
    await shop.weightIs(25);
    await github.settled();
    const commits = (await shop.ours()).length;
    const comments = (await shop.alice.comments(pull)).length;

    const mine = github.deliveries.filter(({ repositoryId }) => repositoryId === shop.repository.id);
    for (const { id } of mine) github.redeliver(id);
    for (const { id } of [...mine].reverse()) github.redeliver(id);
    await github.settled();
    await sleep(2500);

    expect(await shop.weight()).toBe(25);
    expect(await shop.ours()).toHaveLength(commits);
    expect(await shop.alice.comments(pull)).toHaveLength(comments);
    expect(await shop.sticky(pull)).toHaveLength(1);
    expect((await shop.state())?.release?.number).toBe(1);
  });
});

describe("A GitHub that fails at the moment of a delivery", () => {
  it("does not lose the merge: the look is tried again", async () => {
    const shop = await shopOf("failing-merge");
    await start();
    await shop.adopted();
    github.fault(
      ({ path }) => path === "/graphql" || path.startsWith("/repos/failing-merge/shop/git"),
      {
        status: 502,
      },
      8,
    );
    await shop.ship("2.0.0");
    await shop.weightIs(10);
  });

  it("does not lose a command that only its delivery tells of", async () => {
    const shop = await Shop.create(
      github,
      "failing-command",
      shopFiles(configuration({ more: ["on: command"] })),
    );
    await start();
    await shop.adopted();
    const pull = await shop.ship("2.0.0");
    await sleep(500);
    const failing = github.fault(
      ({ method, path }) => method === "GET" && path.includes("/comments/"),
      { status: 502 },
      4,
    );
    await shop.alice.comment(pull, "/canary checkout start");
    await shop.weightIs(10);
    expect(failing.left).toBeLessThan(4);
  });
});

describe("A bot that is killed in the middle of a release", () => {
  it("while its commit is under way: there is one commit, and the release goes on", async () => {
    const shop = await shopOf("killed-commit");
    const first = await start();
    await shop.adopted();
    const held = github.fault(commitsTo("main"), { delayMs: 4000 });
    const pull = await shop.ship("2.0.0");
    await until("The commit under way", async () => held.left === 0);
    await shop.weightIs(10);
    await kill(first);
    expect((await shop.state())?.pending).not.toBeNull();

    await start();
    await until("Settlement", async () => (await shop.state())?.pending === null);
    await until("The comment", async () => (await shop.sticky(pull)).length > 0);
    const to10 = (await shop.ours()).filter(({ body }) => body.includes("Sluice-Release: checkout#1"));
    expect(to10).toHaveLength(1);
    await shop.alice.comment(pull, "/canary 25");
    await shop.weightIs(25);
    expect(await shop.sticky(pull)).toHaveLength(1);
  });

  it("while its comment is under way: there is one comment", async () => {
    const shop = await shopOf("killed-comment");
    const first = await start();
    await shop.adopted();
    const held = github.fault(posts(/\/repos\/killed-comment\/shop\/issues\/\d+\/comments/), {
      delayMs: 4000,
    });
    const pull = await shop.ship("2.0.0");
    await until("The comment under way", async () => held.left === 0);
    await until("The comment on GitHub", async () => (await shop.sticky(pull)).length > 0);
    await kill(first);

    await start();
    const comment = await shop.alice.comment(pull, "/canary 25");
    await until("The answer", async () => (await shop.alice.reactions(comment)).includes("rocket"));
    await until("The news", async () => (await shop.sticky(pull))[0]?.includes("25 %"));
    expect(await shop.sticky(pull)).toHaveLength(1);
  });

  it("while its rollback pull request is under way: there is one, it is merged, and the release ends", async () => {
    const { shop, server, pull } = await releasing("killed-rollback");
    const held = github.fault(posts(/\/repos\/killed-rollback\/shop\/pulls$/), { delayMs: 4000 });
    await shop.alice.comment(pull, "/canary rollback");
    await until("The pull request under way", async () => held.left === 0);
    await until("The pull request on GitHub", async () => (await shop.rollbackPulls()).length > 0);
    await kill(server);

    await start();
    const merged = await until("The merge", async () =>
      (await shop.rollbackPulls()).find(({ merged_at }) => merged_at !== null),
    );
    expect(await shop.weight()).toBe(0);
    // That 0 is live cannot be seen without metrics, so the release stays, and shows the one pull request.
    await until("The news", async () => (await shop.sticky(pull))[0]?.includes(`#${merged.number}`));
    expect(await shop.rollbackPulls()).toHaveLength(1);
    expect(await shop.sticky(pull)).toHaveLength(1);
  });
});
