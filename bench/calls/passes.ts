import { type Count, countOf } from "./count.ts";
import { type Repository, startWorld, type World } from "./world.ts";

/** What passes of each kind ask of GitHub, measured on the real adapter. */

const MINUTE = 60_000;
/** Nothing here takes longer unless it never happens. */
const LONGEST = 3 * 60 * MINUTE;

export interface Whole {
  readonly outcome: string;
  readonly minutes: number;
  readonly looks: number;
  readonly count: Count;
}

/** Ten minutes in which nothing is released, and a look at everything then. */
export async function measureIdle(world: World): Promise<{ readonly waited: Count; readonly swept: Count }> {
  const waited = await counted(world, () => world.wait(10 * MINUTE));
  const swept = await counted(world, () => world.sweep());
  return { waited, swept };
}

/** From the end of a step's evidence to the next weight seen live: everything but the waiting. */
export async function measureStep(world: World, repository: Repository, rollout: string): Promise<Count> {
  const at = async () => (await world.state(repository, rollout))?.release?.shift;
  const before = (await at())?.percent;
  return counted(world, () =>
    world.wait(LONGEST, async () => {
      const shift = await at();
      return shift !== undefined && shift.percent !== before && shift.live !== null;
    }),
  );
}

export async function untilLive(world: World, repository: Repository, rollout: string): Promise<void> {
  await world.wait(LONGEST, async () => {
    const { release = null } = (await world.state(repository, rollout)) ?? {};
    return release !== null && release.shift.live !== null && release.shift.percent > 0;
  });
}

export async function measureWhole(
  world: World,
  repository: Repository,
  rollout: string,
  version: string,
): Promise<Whole> {
  const began = world.now();
  const looks = world.looks();
  let outcome = "";
  const count = await counted(world, async () => {
    await world.ship(repository, [rollout], version);
    await world.wait(LONGEST, async () => {
      const state = await world.state(repository, rollout);
      if (state?.release === null && state.last !== null) outcome = state.last.outcome;
      return outcome !== "";
    });
  });
  return { outcome, minutes: (world.now() - began) / MINUTE, looks: world.looks() - looks, count };
}

/** A release as functions of AWS Lambda carry it: every look begins without a memory. */
export async function measureForgetful(): Promise<Whole> {
  const world = await startWorld({ forgetful: true });
  try {
    const repository = await world.open("shop", ["checkout"]);
    await world.sweep();
    return await measureWhole(world, repository, "checkout", "2.0.0");
  } finally {
    await world.close();
  }
}

export interface Waiting {
  readonly releases: number;
  readonly repositories: number;
  readonly minutes: number;
  readonly looks: number;
  readonly count: Count;
}

/** `repositories` with `each` releases that wait in the middle of a step, for some minutes. */
export async function measureWaiting(repositories: number, each: number, minutes: number): Promise<Waiting> {
  const world = await startWorld();
  try {
    const names = Array.from({ length: each }, (_, at) => `service-${at}`);
    const opened = [];
    for (let at = 0; at < repositories; at++) {
      opened.push(await world.open(`shop-${at}`, names, { bake: "10h" }));
    }
    await world.sweep();
    for (const repository of opened) await world.ship(repository, names, "2.0.0");
    for (const repository of opened) for (const name of names) await untilLive(world, repository, name);
    // What came before has been shown, and what was read has a stamp.
    await world.wait(3 * MINUTE);
    const looks = world.looks();
    const count = await counted(world, () => world.wait(minutes * MINUTE));
    return { releases: repositories * each, repositories, minutes, looks: world.looks() - looks, count };
  } finally {
    await world.close();
  }
}

export async function counted(world: World, work: () => Promise<void>): Promise<Count> {
  const from = world.github.requests.length;
  await work();
  return countOf(world.github.requests.slice(from), world.account);
}
