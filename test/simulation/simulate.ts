import { BOT, MAIN } from "./github.ts";
import { frozen } from "./promises/causes.ts";
import { AT_REST, checkRest, restOf } from "./promises/liveness.ts";
import { checkShown } from "./promises/shown.ts";
import type { Violation } from "./promises/sight.ts";
import { RETRY } from "./promises/timely.ts";
import { STATE } from "./scene.ts";
import { type Happening, World } from "./world.ts";

export interface Result {
  readonly seed: number;
  readonly weather: string;
  readonly violation: Violation | null;
  readonly happened: readonly Happening[];
  /** What went wrong, and how often. */
  readonly met: ReadonlyMap<string, number>;
  /** What became of releases, and how often. */
  readonly outcomes: ReadonlyMap<string, number>;
}

const MINUTE = 60_000;
const STORM = 60 * MINUTE;
/** After the storm everything must have come to an end or to a person within this. */
const CALM = 6 * 60 * MINUTE;
/** So long nothing may be missing for it to be the end. */
const STILL = 2 * MINUTE;

/** 7: where nothing is released, nothing happens though deliveries of days ago come once more. */
async function checkReplays(world: World): Promise<void> {
  const rested = world.scenes.filter(({ shops, ...scene }) =>
    // A schedule or the end of a freeze may bring a start.
    shops.every(
      (shop) =>
        shop.on !== "schedule" &&
        !frozen({ ...scene, shops }, shop) &&
        restOf({ ...scene, shops }, shop) === AT_REST,
    ),
  );
  if (rested.length === 0) return;
  const done = () =>
    rested.map(({ github }) => [
      github.name,
      ...[MAIN, STATE].map((branch) => github.pushes.get(branch)?.filter(({ by }) => by === BOT).length),
      [...github.comments.values()].filter(({ author }) => author === BOT).length,
    ]);
  const before = JSON.stringify(done());
  await world.returnDaysLater();
  const after = JSON.stringify(done());
  const { agenda, witness } = world;
  if (before === after) witness.count("nothing came of deliveries of days ago");
  else {
    const detail = `deliveries of days ago came again: ${before} became ${after}`;
    witness.violations.push({ promise: "7 once", detail, at: agenda.now });
  }
}

/** One seed, to its end or to the first broken promise. */
export async function simulate(
  seed: number,
  options: ConstructorParameters<typeof World>[1] = {},
): Promise<Result> {
  const world = new World(seed, options);
  const { agenda, witness, scenes } = world;
  world.begin(STORM);
  const broken = () => {
    witness.look(scenes, world.clocksOff);
    return witness.violations.length > 0;
  };
  await agenda.run(agenda.now + STORM, broken);
  if (!broken()) {
    world.recover();
    const end = agenda.now + CALM;
    let since: number | null = null;
    let looked = 0;
    await agenda.run(end, () => {
      if (broken()) return true;
      if (agenda.now < looked) return false;
      looked = agenda.now + MINUTE / 4;
      const still = scenes.every(
        (scene) =>
          // After an outage of GitHub the bot looks again a while later.
          agenda.now > scene.github.downUntil + RETRY &&
          scene.shops.every((shop) => restOf(scene, shop) !== null),
      );
      since = still ? (since ?? agenda.now) : null;
      return since !== null && agenda.now - since >= STILL;
    });
  }
  const unfinished = scenes.flatMap((scene) =>
    scene.shops.flatMap(
      (shop) => checkRest(scene, shop, agenda.now) ?? checkShown(scene, shop, agenda.now) ?? [],
    ),
  );
  if (unfinished.length === 0) witness.end(scenes);
  if (witness.violations.length === 0 && unfinished.length === 0) await checkReplays(world);
  const met = new Map(world.met);
  for (const { source, cluster } of scenes) {
    for (const [fault, count] of cluster.met)
      met.set(`cluster: ${fault}`, count + (met.get(`cluster: ${fault}`) ?? 0));
    for (const [fault, count] of source.met)
      met.set(`metrics: ${fault}`, count + (met.get(`metrics: ${fault}`) ?? 0));
  }
  return {
    seed,
    weather: world.weather,
    violation: witness.violations[0] ?? unfinished[0] ?? null,
    happened: world.happened,
    met,
    outcomes: witness.outcomes,
  };
}
