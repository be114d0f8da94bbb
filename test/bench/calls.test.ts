import { afterAll, beforeAll, expect, it } from "vitest";
import { boundsOf } from "../../bench/calls/limits.ts";
import { counted, measureIdle, measureStep, untilLive } from "../../bench/calls/passes.ts";
import { queriesAnHour } from "../../bench/calls/watched.ts";
import { type Repository, startWorld, type World } from "../../bench/calls/world.ts";
import { Person } from "../../dev/stage/person.ts";

/** What docs/scale.md says that passes ask of GitHub, on the real adapter, at a small size. */

const MINUTE = 60_000;
const ROLLOUTS = ["checkout", "search", "cart"];

let world: World;
let shop: Repository;
beforeAll(async () => {
  world = await startWorld();
  shop = await world.open("shop", ROLLOUTS, { steps: [10, 100] });
  await world.sweep();
});
afterAll(async () => {
  const { unknown } = world.github;
  await world.close();
  expect(unknown).toEqual([]);
});

it("a repository in which nothing is released asks nothing, and one look at it writes nothing", async () => {
  const { waited, swept } = await measureIdle(world);
  expect(waited).toMatchObject({ rest: 0, queries: 0, weights: 0, states: 0, shown: 0 });
  expect(swept).toMatchObject({ weights: 0, states: 0, shown: 0 });
});

it("releases that wait share one query a minute, and show nothing but their numbers", async () => {
  await world.ship(shop, ROLLOUTS, "2.0.0");
  for (const rollout of ROLLOUTS) await untilLive(world, shop, rollout);
  await world.wait(2 * MINUTE + 5000);
  const count = await counted(world, () => world.wait(2 * MINUTE));
  expect(count).toMatchObject({ rest: 0, weights: 0, states: 0 });
  expect(count.queries).toBeGreaterThan(0);
  expect(count.queries).toBeLessThanOrEqual(2);
  expect(count.shown).toBeLessThanOrEqual(2 * ROLLOUTS.length);
});

it("a step is one commit of a weight", async () => {
  const step = await measureStep(world, shop, "search");
  // The three step at the same moments.
  expect(step.weights).toBe(ROLLOUTS.length);
  expect(step.states).toBeGreaterThan(0);
});

it("a command of which no delivery tells is found while its release waits", async () => {
  const alice = new Person("alice", world.github, shop);
  const pull = (await world.state(shop, "cart"))?.release?.cause.pull ?? 0;
  await alice.comment(pull, "/canary cart pause");
  await world.wait(2 * MINUTE);
  expect((await world.state(shop, "cart"))?.handled.at(-1)).toMatchObject({ command: "/canary cart pause" });
});

it("five hundred waiting releases ask for five queries a minute", async () => {
  expect(await queriesAnHour(500)).toBeLessThanOrEqual(61 * 5);
});

it("the tightest limit is named first", () => {
  const whole = {
    rest: 100,
    queries: 50,
    weights: 7,
    states: 24,
    shown: 100,
    restPoints: 600,
    graphqlPoints: 200,
  };
  const bounds = boundsOf(whole, 300, { shownAnHour: 250 });
  expect(bounds.map(({ releases }) => releases)).toEqual(
    bounds.map(({ releases }) => releases).sort((a, b) => a - b),
  );
  expect(bounds[0]?.releases).toBeCloseTo(250 / 31);
});
