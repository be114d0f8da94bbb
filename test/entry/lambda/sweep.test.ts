import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BotOnAws, startBotOnAws } from "../../../dev/aws/bot.ts";
import { until } from "../../../dev/demo/watch.ts";
import { type GitHub, startGitHub } from "../../../dev/github/server.ts";
import { Fleet } from "../../../src/entry/lambda/sweep-fleet.ts";
import { writeState } from "../../../src/reconcile/state-document.ts";
import { type RolloutState, SCHEMA } from "../../../src/release/state.ts";
import { asApp } from "../../dev/github/helpers.ts";
import { configuration, Shop, shopFiles, workload } from "../../e2e/shop.ts";

const NOWHERE = "http://127.0.0.1:9/";
const IDLE = 110;

let github: GitHub;
let bot: BotOnAws;
let shop: Shop;
beforeAll(async () => {
  github = await startGitHub({ validate: true });
  bot = await startBotOnAws({ github, prometheus: null, env: { LOOK_SECONDS: "3" } });
  for (let at = 0; at < IDLE; at++) {
    await github.createRepository({ owner: "acme", name: `idle-${at}` });
  }
  shop = await Shop.create(github, "acme", shopFiles(configuration()));
});
afterAll(async () => {
  await bot?.stop();
  await github?.close();
});

/** What a sweep said it cost, and did. */
async function sweep(): Promise<string> {
  const before = bot.log.length;
  await bot.functions.sweep.invoke({});
  return until("The sweep's line", async () => bot.log.slice(before).find((line) => line.includes("Swept")));
}

it("a delivery that failed is sent again: the rollout is adopted", async () => {
  github.setWebhook(NOWHERE);
  await github.push(shop.repository, "main", { files: { "a.txt": "a" }, message: "A", author: "alice" });
  await github.settled();
  github.setWebhook(bot.url);
  expect(await sweep()).toMatch(/Deliveries sent again: 1, handed over: 0/);
  await shop.adopted();
});

it("what fails again is read from GitHub's log: a release begins without a webhook", async () => {
  github.setWebhook(NOWHERE);
  await github.push(shop.repository, "main", {
    files: { "apps/checkout/canary.yaml": workload("canary", "2.0.0") },
    message: "checkout 2.0.0",
    author: "alice",
  });
  await github.settled();
  expect(await sweep()).toMatch(/Deliveries sent again: [1-9]/);
  await github.settled();
  expect(await sweep()).toMatch(/sent again: 0, handed over: [1-9]/);
  await shop.weightIs(10);
});

it("a running release whose timer got lost is looked at again", async () => {
  const name = `${github.installationId(shop.repository)}.${shop.repository.id}.checkout`;
  const { scheduler, queue } = bot.account;
  await until("The timer", async () => scheduler.schedules.has(name) && queue.bodies().length === 0);
  scheduler.lose();
  // What is no rollout's name is nobody's state, whoever put it there.
  const release = { number: 1, phase: "stepping", cause: {}, shift: {}, expected: [], timeline: [] };
  const stranger = JSON.stringify({ schema: SCHEMA, rollout: "X Y", release, handled: [] });
  await github.push(shop.repository, "sluice/state", {
    files: { "rollouts/X Y.json": stranger },
    message: "Another",
    author: "mallory",
  });
  expect(await sweep()).toContain("Looks without a timer: 1.");
  await until("The timer", async () => scheduler.schedules.has(name));
});

it("its cost: one query for a hundred repositories, and nothing more of what stands where it stood", async () => {
  // The state may move while the release holds; at rest it does not.
  const lines: string[] = [];
  await until("A sweep that found nothing new", async () => {
    lines.push(await sweep());
    return lines.at(-1)?.includes("0 states read anew");
  });
  expect(lines.at(-1)).toMatch(new RegExp(`Swept 1 installations, ${IDLE + 1} repositories`));
  // The log of deliveries, the installations, two pages of repositories; what fails is read once more.
  const [, rest, graphql, handed] =
    /Cost: (\d+) REST and (\d+) GraphQL .* handed over: (\d+)/.exec(lines.at(-1) ?? "") ?? [];
  expect([Number(rest) - Number(handed), Number(graphql)]).toEqual([4, 2]);
});

it("fails when something could not be swept, and says what", async () => {
  github.fault(({ path }) => path === "/graphql", { status: 502 }, 1_000);
  await expect(bot.functions.sweep.invoke({})).rejects.toThrow(/installation \d+: .*502/);
  github.clearFaults();
});

describe("Of the states that stand in a repository, those are looked at that have", () => {
  const NOW = Date.parse("2026-01-01T10:00:00Z");
  const RESTING: RolloutState = {
    schema: SCHEMA,
    rollout: "checkout",
    rest: { version: "1", canary: "0".repeat(40) },
    next: 2,
    effects: 4,
    release: null,
    pending: null,
    proposal: null,
    last: { number: 1, version: "1", outcome: "promoted", at: NOW, pull: 1 },
    hold: null,
    handled: [],
    freeze: null,
    planned: null,
    waits: null,
  };
  const change = { kind: "copy-images", images: { checkout: "checkout:2" } } as const;
  const offer = {
    image: "checkout:2",
    commit: "1".repeat(40),
    pull: 7,
    actor: "alice",
    deployment: null,
    at: null,
  };
  const source = { repository: "acme/checkout", on: "dispatch", last: offer, waits: null } as const;
  const proposal = { id: "checkout#1.4", change, bases: {}, pull: 8, head: "2".repeat(40), openedAt: NOW };

  async function looksAt(changes: Partial<RolloutState>): Promise<boolean> {
    const name = `state-${randomUUID()}`;
    const repository = await github.createRepository({ owner: "acme-states", name });
    await github.push(repository, "sluice/state", {
      files: { "rollouts/checkout.json": writeState({ ...RESTING, ...changes }) },
      message: "State",
    });
    const where = { id: repository.id, owner: "acme-states", name };
    const { rollouts } = await new Fleet().running(asApp(github, repository), [where]);
    return rollouts.length > 0;
  }

  it.each<Partial<RolloutState>>([
    { pending: { id: "checkout#1.4", effect: change, head: "2".repeat(40), bases: {}, at: NOW } },
    { proposal: { ...proposal, by: null, refused: null } },
    { planned: { at: NOW, by: "alice", pull: 7, version: "2" } },
    { waits: { version: "2", schedule: "`0 9 * * 1` Europe/Berlin", since: NOW } },
    { freeze: { by: "alice", at: NOW, until: NOW + 1, reason: null } },
    { source: { ...source, waits: offer } },
  ])("%o", async (changes) => {
    expect(await looksAt(changes)).toBe(true);
  });

  it("and none that is at rest, whatever came before", async () => {
    expect(await looksAt({})).toBe(false);
    expect(await looksAt({ source })).toBe(false);
  });
});

it("asked GitHub for nothing that does not exist", () => {
  expect(github.unknown).toEqual([]);
  expect(github.violations).toEqual([]);
});
