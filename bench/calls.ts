// What the bot asks of GitHub: calls per pass, per whole release, and of an installation with many active releases.
//
//   npm run bench:calls -- [--waiting 12] [--releases 500]
//
// Passes and releases run on the real adapter over HTTP, in virtual time, against the local GitHub, which counts.
// `--releases` are reckoned from them; the queries they share and the queue of writes are the real ones.
// Exits with 1 when an idle repository, or a release that waits, costs more than it may.
import { optionsOf, whole as wholeNumber } from "../dev/command-line.ts";
import { SHOWN } from "../src/adapters/github/queue.ts";
import { type Count, readsOf, writesOf } from "./calls/count.ts";
import { boundsOf, LIMITS } from "./calls/limits.ts";
import {
  measureForgetful,
  measureIdle,
  measureStep,
  measureWaiting,
  measureWhole,
  untilLive,
} from "./calls/passes.ts";
import { measureRollbacks } from "./calls/queue.ts";
import { queriesAnHour } from "./calls/watched.ts";
import { startWorld } from "./calls/world.ts";

const STEPS = 5;
const values = optionsOf(import.meta.url, {
  waiting: { type: "string", default: "12" },
  releases: { type: "string", default: "500" },
});
const few = wholeNumber(values.waiting, "--waiting");
const many = wholeNumber(values.releases, "--releases");

const world = await startWorld();
const shop = await world.open("shop", ["checkout"]);
await world.sweep();
const idle = await measureIdle(world);
const promoted = await measureWhole(world, shop, "checkout", "2.0.0");
const failed = await measureWhole(world, shop, "checkout", "3.0.0-bad");
await world.ship(shop, ["checkout"], "4.0.0");
await untilLive(world, shop, "checkout");
const step = await measureStep(world, shop, "checkout");
await world.close();
const waiting = await measureWaiting(Math.ceil(few / 3), 3, 10);
const forgetful = await measureForgetful();
const rollback = await measureRollbacks();

heading("A pass");
row("idle repository, ten minutes", idle.waited);
row("the same, looked at with all", idle.swept);
row(`${waiting.releases} that wait, ${waiting.minutes} min`, waiting.count);
row("a step: its weight until live", step);
heading("A whole release of five steps, five minutes each");
row(`${promoted.outcome}, ${Math.round(promoted.minutes)} min`, promoted.count);
row(`${failed.outcome}, ${Math.round(failed.minutes)} min`, failed.count);
row("promoted, on AWS Lambda", forgetful.count);

const queries = await queriesAnHour(many);
const shownAnHour = Math.min(
  SHOWN.anHour,
  (waiting.count.shown / waiting.releases) * many * (60 / waiting.minutes),
);
heading(`One installation, ${many} active releases that wait`);
say("GraphQL queries an hour", `${queries} of ${LIMITS.primary.least.toLocaleString("en")}`);
say("REST reads an hour", `${(waiting.count.rest / waiting.releases) * many * (60 / waiting.minutes)}`);
say("writes an hour, all shown", `${shownAnHour.toFixed(0)} of ${LIMITS.content.hour}`);
say("REST points a minute", `${((shownAnHour * 5) / 60).toFixed(0)} of ${LIMITS.restPoints}`);
say("GraphQL points a minute", `${(queries / 60).toFixed(0)} of ${LIMITS.graphqlPoints}`);
say(
  "a rollback's write, queue full",
  `p50 ${rollback.p50.toFixed(2)} ms, p99 ${rollback.p99.toFixed(2)} ms, with ${rollback.line} waiting`,
);

heading("Whole releases an hour that fit into each limit of one installation");
const bounds = boundsOf(promoted.count, queries, { shownAnHour: SHOWN.anHour });
for (const { name, releases } of bounds) {
  say(name, `${releases.toFixed(1)} releases, ${(releases * STEPS).toFixed(0)} steps`);
}
const [first, second] = bounds;
const each = (readsOf(waiting.count) / waiting.releases) * (60 / waiting.minutes);
console.log(
  `\ncalls: idle ${readsOf(idle.waited)}, waiting ${each.toFixed(1)} reads an hour each, step ${readsOf(step)} reads + ` +
    `${step.weights} weight + ${step.states} state writes, ${((first?.releases ?? 0) * STEPS).toFixed(0)} steps an hour ` +
    `(${first?.name}), else ${((second?.releases ?? 0) * STEPS).toFixed(0)}; ` +
    `rollback p99 ${rollback.p99.toFixed(1)} ms in a full queue`,
);

const broken = [
  readsOf(idle.waited) + writesOf(idle.waited) > 0 && "an idle repository was asked for",
  waiting.count.rest > 0 && "a waiting release read by itself",
  waiting.count.queries > waiting.minutes * Math.ceil(waiting.releases / 100) &&
    "waiting cost more than one query a minute for a hundred",
  waiting.count.states + waiting.count.weights > 0 && "a waiting release committed",
  queries > 61 * Math.ceil(many / 100) && `${many} waiting releases cost ${queries} queries an hour`,
  step.weights !== 1 && `a step committed ${step.weights} times to the deployment branch`,
  rollback.p99 > 100 && "a rollback waited for other writes",
].filter((one) => one !== false);
for (const one of broken) console.error(`Broken: ${one}.`);
if (broken.length > 0) process.exitCode = 1;

function heading(words: string): void {
  console.log(`\n${words}`);
  if (words.startsWith("One") || words.startsWith("Whole")) return;
  const columns = ["REST reads", "queries", "weights", "states", "shown", "REST pts", "GraphQL pts"];
  console.log(`${"".padEnd(32)}${columns.map((name) => name.padStart(12)).join("")}`);
}

function row(name: string, count: Count): void {
  const { rest, queries, weights, states, shown, restPoints, graphqlPoints } = count;
  const numbers = [rest, queries, weights, states, shown, restPoints, graphqlPoints];
  console.log(`${name.padEnd(32)}${numbers.map((number) => String(number).padStart(12)).join("")}`);
}

function say(name: string, words: string): void {
  console.log(`${name.padEnd(54)}${words}`);
}
