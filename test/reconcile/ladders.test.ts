import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../dev/prometheus/start.ts";
import { configOf, deployment, FILES, rolloutOf, virtualService } from "../e2e/release-world.ts";
import { type Inside, type Process, startInside, type Team } from "./inside.ts";
import { Scraped } from "./scraped.ts";
import { CONFIG, ended, weightIn, weightOf } from "./shop.ts";

const HOUR = 3_600_000;
const LOOK = 15;
/** At most so many told seconds until a release has ended. */
const PATIENCE = 2400;

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
  readonly bot: Process;
  readonly scraped: Scraped;
  /** Share of its requests that the new version fails from now on. */
  failing: number;
}

/** 100 requests a second, scraped each second for an hour already, none of which fails. */
async function openShop(changes: Readonly<Record<string, unknown>>, sum = 100): Promise<Shop> {
  // Prometheus takes no sample that lies ahead of the machine's clock.
  const inside = await startInside({ validate: false, ago: 24 * HOUR });
  const namespace = `ladder-${insides.push(inside)}`;
  // Octokit shares a token that is under way among all Apps of a process whose installations have one number.
  for (const other of insides.keys()) inside.github.addUser(`somebody-${other}`);
  const began = inside.now();
  const scraped = new Scraped({ url: prometheus.url, namespace, seed: 1, traffic: 100, began });
  const shop = { failing: 0, scraped };
  const team = await inside.team({
    files: {
      [CONFIG]: configOf({ checkout: rolloutOf(namespace, { bake: "30s", ...changes }) }),
      [FILES.virtualService]: virtualService(namespace, sum, 0),
      [FILES.stable]: deployment("stable", namespace, "1.0.0"),
      [FILES.canary]: deployment("canary", namespace, "1.0.0"),
    },
    share: async (read) => weightIn(await read(FILES.virtualService)) / sum,
    failing: async () => shop.failing,
    source: scraped,
  });
  await team.second();
  await team.process().look();
  await ship(team, namespace, "2.0.0");
  return Object.assign(shop, { team, bot: team.process() });
}

async function ship(team: Team, namespace: string, version: string): Promise<void> {
  const files = { [FILES.canary]: deployment("canary", namespace, version) };
  await team.alice.merge(await team.alice.propose(`v${version}`, `checkout ${version}`, files));
}

async function pass({ team, bot }: Shop, seconds: number): Promise<void> {
  for (let second = 1; second <= seconds; second += 1) {
    await team.second();
    if (second % LOOK === 0) await bot.look();
  }
}

async function until(shop: Shop, so: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await so()); waited += LOOK) {
    if (waited > PATIENCE) throw new Error(JSON.stringify((await shop.team.state())?.release?.timeline));
    await pass(shop, LOOK);
  }
}

const over =
  ({ team }: Shop) =>
  async () => {
    const state = await team.state();
    return state !== null && ended(state);
  };

async function told({ team }: Shop) {
  const { release } = JSON.parse(await team.read("sluice/state", "releases/checkout/1.json"));
  const words: readonly string[] = release.timeline.map(({ text }: { text: string }) => text);
  const weights = (await team.contents([FILES.virtualService])).map(weightIn);
  return { words, weights, failure: release.failure, outcome: (await team.state())?.last?.outcome };
}

describe.concurrent("a release with a holdback of 5 %", () => {
  const steps = [{ setWeight: 10 }, { setWeight: 95 }];
  const keys = { steps, holdback: "5%", watch: "10m" };

  it("finds a bug that begins under its last weight by comparison, and goes back at once", async () => {
    const shop = await openShop(keys);
    await until(shop, async () => (await weightOf(shop.team)) === 95);
    await pass(shop, 120);
    shop.failing = 0.02;
    await until(shop, over(shop));
    const { weights, failure, outcome } = await told(shop);
    expect({ weights, outcome }).toEqual({ weights: [0, 10, 95, 0], outcome: "rolled-back" });
    expect(failure.words).toMatch(/^Failed at 95 %: the canary is worse than the stable side: errors: /);
  });

  it("without one must first go back to where there is something to compare with", async () => {
    const shop = await openShop({
      ...keys,
      holdback: undefined,
      steps: [{ setWeight: 10 }, { setWeight: 100 }],
    });
    await until(shop, async () => (await weightOf(shop.team)) === 100);
    await pass(shop, 120);
    shop.failing = 0.02;
    await until(shop, over(shop));
    const { weights, outcome } = await told(shop);
    expect({ weights, outcome }).toEqual({ weights: [0, 10, 100, 10, 0], outcome: "rolled-back" });
  });

  it("is not blamed for what strikes both sides meanwhile", async () => {
    const shop = await openShop(keys);
    await until(shop, async () => (await weightOf(shop.team)) === 95);
    await pass(shop, 60);
    shop.scraped.trouble = 0.05;
    await pass(shop, 180);
    shop.scraped.trouble = 0;
    await until(shop, over(shop));
    expect(await told(shop)).toMatchObject({ weights: [0, 10, 95, 0], outcome: "promoted" });
  });

  it("is promoted from 95 when it was watched", async () => {
    const shop = await openShop(keys);
    await until(shop, over(shop));
    const { weights, outcome } = await told(shop);
    expect({ weights, outcome }).toEqual({ weights: [0, 10, 95, 0], outcome: "promoted" });
    expect(await shop.team.read("main", FILES.stable)).toContain("checkout:2.0.0");
  });
});

describe.concurrent("a release with `steps: auto`", () => {
  const keys = { steps: "auto" };

  it("begins where its traffic shows something, skips what the evidence makes needless, and says so", async () => {
    const shop = await openShop(keys);
    await until(shop, over(shop));
    const { weights, words, outcome } = await told(shop);
    expect(outcome).toBe("promoted");
    // Seen by its 60 requests a minute, then by what is excluded: which steps are left depends on the luck of few requests.
    expect(weights.slice(0, 2)).toEqual([0, 1]);
    expect(weights.slice(-2)).toEqual([100, 0]);
    expect(weights.length).toBeLessThan([0, 1, 5, 10, 25, 50, 100, 0].length);
    expect(words).toContainEqual("First step: 1 %: about 60 requests a minute reach the canary there");
    expect(words).toContainEqual(
      expect.stringMatching(/^\d+ % → \d+ %, skipping .*: no harm that would matter at \d+ %$/),
    );
  });

  it("leaves out what a sum of 10 cannot say", async () => {
    const shop = await openShop(keys, 10);
    await until(shop, over(shop));
    const { weights, outcome } = await told(shop);
    expect({ weights, outcome }).toEqual({ weights: [0, 1, 5, 10, 0], outcome: "promoted" });
  });

  it("is rolled back from its first weight when it is bad", async () => {
    const shop = await openShop(keys);
    shop.failing = 0.4;
    await until(shop, over(shop));
    const { weights, outcome } = await told(shop);
    expect({ weights, outcome }).toEqual({ weights: [0, 1, 0], outcome: "rolled-back" });
  });
});
