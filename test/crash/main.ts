// Kills the server at every request it makes during a release, starts it again, and compares what is left behind with
// what an undisturbed run leaves.
//
//   npm run crash -- [--story good|bad] [--every 1] [--only REGEX] [--lanes 4]
//
// `--every 10` tries a tenth of the points, `--only "after POST /pulls, number 1"` those so called; `--lanes` releases
// run side by side.
import { inspect, isDeepStrictEqual } from "node:util";
import PQueue from "p-queue";
import { optionsOf, regexp, whole, wrong } from "../../dev/command-line.ts";
import { startPrometheus } from "../../dev/prometheus/start.ts";
import { type Death, everyDeath, relentless } from "./death.ts";
import type { Outcome } from "./outcome.ts";
import { release, STORIES, type Story } from "./release.ts";

const RHYTHMS = [
  [0, 1, 2],
  [2, 0, 4],
];
const SAID_EVERY = 25;
/** Share of the points that a run may miss, because it looked fewer times than the undisturbed one. */
const MISSED = 0.15;

const values = optionsOf(import.meta.url, {
  story: { type: "string" },
  every: { type: "string", default: "1" },
  only: { type: "string", default: "" },
  lanes: { type: "string", default: "4" },
});
const stories = STORIES.filter((story) => values.story === undefined || values.story === story);
if (stories.length === 0) wrong(`--story is ${STORIES.join(" or ")}, not "${values.story}".`);
const every = whole(values.every, "--every");
const only = regexp(values.only, "--only");
const queue = new PQueue({ concurrency: whole(values.lanes, "--lanes") });
// The servers end with us.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const prometheus = await startPrometheus({ remoteWrite: true });
const total = { releases: 0, deaths: 0, different: 0 };
/** Points at which no server could be killed. */
const notMet: string[] = [];
for (const story of stories) await tell(story);
await prometheus.stop();
if (total.releases === 0) wrong("--only matches no point at which the server could be killed.");
for (const point of notMet) console.log(`not reached: ${point}`);
const tooMany = notMet.length > Math.max(1, MISSED * total.releases);
console.log(
  `crash: ${total.releases} releases, ${total.deaths} deaths, ${notMet.length} points not reached${tooMany ? ", which is too many" : ""}, ${total.different} ended otherwise than undisturbed`,
);
process.exitCode = total.different === 0 && total.deaths > 0 && !tooMany ? 0 : 1;

async function tell(story: Story): Promise<void> {
  const calm = await release(story, [], prometheus.url);
  const points = everyDeath(calm.calls)
    .filter(({ words }) => only.test(words))
    .filter((_, i) => i % every === 0);
  const rhythms = RHYTHMS.map(
    (rhythm) => [relentless(rhythm), `after ${rhythm.join(", ")}, … writes`] as const,
  ).filter(([, words]) => only.test(words));
  console.log(`${story}: ${calm.calls.length} requests, ${points.length} points, ${rhythms.length} rhythms`);
  const before = total.releases;
  const one = (deaths: readonly Death[], words: string) => async () => {
    const difference = await differenceOf(story, deaths, words, calm.outcome);
    total.releases += 1;
    if (difference !== null) {
      total.different += 1;
      console.log(`${story}, killed ${words}:\n${difference}`);
    }
    const done = total.releases - before;
    if (done % SAID_EVERY === 0) console.log(`${story}: ${done} of ${points.length + rhythms.length}`);
  };
  await queue.addAll([
    ...rhythms.map(([deaths, words]) => one(deaths, words)),
    ...points.map((death) => one([death], death.words)),
  ]);
}

/** null when it ended as the undisturbed run. */
async function differenceOf(
  story: Story,
  deaths: readonly Death[],
  words: string,
  calm: Outcome,
): Promise<string | null> {
  try {
    const { died, outcome } = await release(story, deaths, prometheus.url);
    total.deaths += died;
    if (died === 0) notMet.push(`${story}, ${words}`);
    if (isDeepStrictEqual(outcome, calm)) return null;
    const { manifests, ...rest } = outcome;
    const same = isDeepStrictEqual(manifests, calm.manifests);
    return inspect(
      { ...rest, manifests: same ? "the same" : manifests },
      { depth: 9, maxStringLength: null },
    );
  } catch (error) {
    return String(error);
  }
}
