import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TRAFFIC } from "../../dev/demo/traffic.ts";
import { type RunningPrometheus, startPrometheus } from "../../dev/prometheus/start.ts";
import type { Release } from "../../src/release/state.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";
import { type Inside, type Process, startInside, type Team } from "./inside.ts";
import { Scraped } from "./scraped.ts";
import { CONFIG, climbing, ended, lookUntil, ship, weightIn, weightOf } from "./shop.ts";

const HOUR = 3_600_000;
/** Told seconds between two looks; the demo's bot looks each second, others each 15 s. */
const OFTEN = 5;
const USUALLY = 15;
/** At most so many told seconds until a release has ended. */
const PATIENCE = 1800;

let prometheus: RunningPrometheus;
/** Each shop has a time of its own, so that their stories run side by side. */
const insides: Inside[] = [];
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
});
afterAll(async () => {
  for (const inside of insides) await inside.stop();
  await prometheus.stop();
});

interface Shop {
  readonly team: Team;
  readonly scraped: Scraped;
  readonly bot: Process;
}

interface ShopOptions {
  readonly seed: number;
  /** How long 10 % and 50 % are held at least, as a configuration says it. */
  readonly hold: { readonly ten: string; readonly fifty?: string };
  readonly mode?: "threshold";
  readonly server?: RunningPrometheus;
}

/**
 * The demo's service at its traffic and with its objectives, scraped each second for an hour already.
 * Of its own nothing fails; a version that ends in `-bad` fails 5 requests of 1,000.
 */
async function openShop({ seed, hold, mode, server = prometheus }: ShopOptions): Promise<Shop> {
  // Prometheus takes no sample that lies ahead of the machine's clock.
  const inside = await startInside({ validate: false, ago: 24 * HOUR });
  const namespace = `shop-${insides.push(inside)}`;
  // Octokit shares a token that is under way among all Apps of a process whose installations have one number.
  for (const other of insides.keys()) inside.github.addUser(`somebody-${other}`);
  const scraped = new Scraped({ url: server.url, namespace, seed, began: inside.now() });
  const how = mode ? { mode } : {};
  const rollout = rolloutOf(namespace, {
    bake: "5s",
    steps: [
      { setWeight: 10 },
      { pause: { duration: hold.ten } },
      { setWeight: 50 },
      { pause: { duration: hold.fifty ?? "5s" } },
      { setWeight: 100 },
    ],
    slos: [{ errorRate: { max: "5%", ...how } }, { latency: { quantile: 0.99, max: "1s", ...how } }],
    promotion: { strategy: "copy", settle: "5s" },
  });
  const team = await inside.team({
    files: {
      [CONFIG]: configOf({ checkout: rollout }),
      [FILES.virtualService]: virtualService(namespace, 100, 0),
      [FILES.stable]: deployment("stable", namespace, "1.0.0"),
      [FILES.canary]: deployment("canary", namespace, "1.0.0"),
    },
    share: async (read) => weightIn(await read(FILES.virtualService)) / 100,
    failing: async (read) => ((await read(FILES.canary)).includes("-bad") ? 0.005 : 0),
    source: scraped,
  });
  await team.second();
  await team.process().look();
  return { team, scraped, bot: team.process() };
}

/** Ships it; the running release once 10 % is live. */
async function live({ team, bot }: Shop, version: string): Promise<Release> {
  await ship(team, version);
  const { release } = await lookUntil(team, bot, climbing);
  if (!release) throw new Error("no release runs");
  expect(release.shift.percent).toBe(10);
  return release;
}

async function pass({ team, bot }: Shop, seconds: number, every = USUALLY): Promise<void> {
  for (let second = 1; second <= seconds; second += 1) {
    await team.second();
    if (second % every === 0) await bot.look();
  }
}

interface End {
  readonly outcome: string | undefined;
  /** Canary weights that main had, percent. */
  readonly weights: readonly number[];
  readonly failure: Release["failure"];
}

async function untilEnd(shop: Shop, every = USUALLY): Promise<End> {
  const { team } = shop;
  for (let waited = 0; ; waited += every) {
    const state = await team.state();
    if (state && ended(state)) break;
    if (waited >= PATIENCE) throw new Error(`no end: ${JSON.stringify(state?.release?.timeline)}`);
    await pass(shop, every, every);
  }
  const texts = await team.contents([FILES.virtualService]);
  const ending: { release: Release } = JSON.parse(
    await team.read("sluice/state", "releases/checkout/1.json"),
  );
  const outcome = (await team.state())?.last?.outcome;
  return { outcome, weights: texts.map(weightIn), failure: ending.release.failure };
}

async function held({ team }: Shop) {
  const hold = (await team.state())?.release?.hold;
  return { reason: hold?.reason, detail: hold?.detail, weight: await weightOf(team) };
}

describe.concurrent(`a version that fails half a point more, at 10 % of ${TRAFFIC} requests a second`, () => {
  const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;

  it("is rolled back from there within two minutes of the weight's commit, whatever the dice say", async () => {
    const times = SEEDS.map(async (seed) => {
      const shop = await openShop({ seed, hold: { ten: "15m" } });
      const { shift } = await live(shop, "2.0.0-bad");
      const { outcome, weights, failure } = await untilEnd(shop, OFTEN);
      expect({ seed, outcome, weights }).toEqual({ seed, outcome: "rolled-back", weights: [0, 10, 0] });
      expect(failure?.words).toContain("worse than the stable side: errors: ");
      return ((failure?.at ?? Infinity) - shift.at) / 1000;
    });
    const seconds = await Promise.all(times);
    expect(Math.max(...seconds), `after ${seconds.join(", ")} s`).toBeLessThanOrEqual(120);
  });

  it("is promoted where a plain limit of 5 % is all that is asked", async () => {
    const shop = await openShop({ seed: 1, hold: { ten: "4m" }, mode: "threshold" });
    await live(shop, "2.0.0-bad");
    expect(await untilEnd(shop)).toMatchObject({ outcome: "promoted", weights: [0, 10, 50, 100, 0] });
  });
});

describe.concurrent("trouble that is not the version's", () => {
  it("an outage of Prometheus for five minutes holds the release where it is; then it goes on", async () => {
    const server = await startPrometheus({ remoteWrite: true });
    try {
      const shop = await openShop({ seed: 1, hold: { ten: "30s" }, server });
      await live(shop, "2.0.0");
      await pass(shop, 15);
      const restart = await server.fail();
      shop.scraped.unseen = true;
      for (let minute = 1; minute <= 5; minute += 1) {
        await pass(shop, 60, 20);
        expect(await held(shop)).toMatchObject({ reason: "unavailable", weight: 10 });
      }
      expect((await held(shop)).detail).toContain("cannot be reached (ECONNREFUSED)");
      await restart();
      shop.scraped.unseen = false;
      expect(await untilEnd(shop)).toMatchObject({ outcome: "promoted", weights: [0, 10, 50, 100, 0] });
    } finally {
      await server.stop();
    }
  });

  // A third of everybody's requests fails for three minutes.
  it.each([
    { seed: 1, percent: 10, after: 60, when: "in its first step" },
    { seed: 2, percent: 50, after: 3, when: "as its weight has risen to 50 %" },
  ])("an outage of both sides that begins $when holds it; then it is promoted", async (story) => {
    const { seed, percent, after } = story;
    const shop = await openShop({ seed, hold: { ten: percent === 10 ? "150s" : "10s", fifty: "60s" } });
    await live(shop, "2.0.0");
    while ((await weightOf(shop.team)) < percent) await pass(shop, OFTEN, OFTEN);
    await pass(shop, after, 1);
    shop.scraped.trouble = 1 / 3;
    await pass(shop, 180);
    expect(await held(shop)).toEqual({
      reason: "inconclusive",
      detail: "both sides are in trouble: the canary is not to blame",
      weight: percent,
    });
    shop.scraped.trouble = 0;
    expect(await untilEnd(shop)).toMatchObject({ outcome: "promoted", weights: [0, 10, 50, 100, 0] });
  });

  it("such an outage rolls it back where a plain limit of 5 % is all that is asked", async () => {
    const shop = await openShop({ seed: 1, hold: { ten: "150s" }, mode: "threshold" });
    await live(shop, "2.0.0");
    await pass(shop, 60);
    shop.scraped.trouble = 1 / 3;
    expect(await untilEnd(shop)).toMatchObject({ outcome: "rolled-back", weights: [0, 10, 0] });
  });
});
