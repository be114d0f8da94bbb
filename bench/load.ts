// A burst of signed deliveries against the server, beside a Probot app that does nothing, on loopback.
//
//   npm run bench:load -- [--deliveries 10000] [--repositories 40] [--at-once 50]
//
// Exits with 1 when a delivery was lost: not acknowledged, or what it told of not acted upon.
import { setTimeout as sleep } from "node:timers/promises";
import { optionsOf, whole } from "../dev/command-line.ts";
import { until } from "../dev/demo/watch.ts";
import { startGitHub } from "../dev/github/server.ts";
import { startBot } from "../dev/stage/bot.ts";
import { plan } from "./load/deliveries.ts";
import type { Sent } from "./load/generator.ts";
import { peakMemory, send, startBare } from "./load/processes.ts";
import { happen, openShops, placeOf, SHIPS_EVERY, unanswered, unreleased, unseen } from "./load/world.ts";

const COMMANDS_A_REPOSITORY = 3;
const QUIET = 1500;
/** As `npm start` has it. */
const AS_STARTED = "--max-semi-space-size=8";
const WARNINGS = 20;
const MB = 1e6;

const values = optionsOf(import.meta.url, {
  deliveries: { type: "string", default: "10000" },
  repositories: { type: "string", default: "40" },
  "at-once": { type: "string", default: "50" },
});
const count = whole(values.deliveries, "--deliveries");
const atOnce = whole(values["at-once"], "--at-once");
const repositories = whole(values.repositories, "--repositories");
// The processes end with us.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const github = await startGitHub({ rateLimit: 1_000_000 });
const shops = await openShops(github, repositories);
const places = shops.map((shop) => placeOf(github, shop));
const bot = await startBot({ github, prometheus: null, env: { NODE_OPTIONS: AS_STARTED } });
const commands = await happen(github, shops, Math.min(COMMANDS_A_REPOSITORY * shops.length, count));
const deliveries = plan(count, places.length, commands);

const from = github.requests.length;
const ours = await measure(bot);
const duringBurst = github.requests.length - from;
const missed = await settled(ours.sent);
const requests = github.requests.length - from;
const memory = await peakMemory(bot.pid);
await bot.stop();
const bare = await startBare(github, { NODE_OPTIONS: AS_STARTED });
const theirs = await measure(bare);
const bareMemory = await peakMemory(bare.pid);
await bare.stop();
await github.close();
report();

/** The burst, to its last acknowledgement. */
async function measure({ url }: { readonly url: string }) {
  const { webhookSecret: secret } = github.app;
  const sent = await send({ url, secret, places, deliveries, atOnce });
  const took = sent.map((one) => one.took).sort((a, b) => a - b);
  const at = (quantile: number) => took[Math.min(took.length - 1, Math.floor(quantile * took.length))] ?? 0;
  const began = Math.min(...sent.map((one) => one.at));
  const ended = Math.max(...sent.map((one) => one.at + one.took));
  return {
    sent,
    refused: sent.filter(({ status }) => status < 200 || status > 299).length,
    p50: at(0.5),
    p99: at(0.99),
    all: ended - began,
  };
}

/** What the deliveries told of and the server never acted upon, once it has come to rest. */
async function settled(sent: readonly Sent[]) {
  const now = async () => ({
    commands: unanswered(shops, commands),
    versions: await unreleased(shops),
    rollouts: unseen(github, places, deliveries, sent),
  });
  const nothing = async () => Object.values(await now()).every((number) => number === 0);
  await until("The server's work", nothing).catch(() => undefined);
  // An answer that is given twice would come now.
  for (let seen = -1; seen !== github.requests.length; ) {
    seen = github.requests.length;
    await sleep(QUIET);
  }
  return now();
}

function report(): void {
  const ratio = (one: number, other: number) => `${(one / other).toFixed(1)}x`;
  const shipped = Math.ceil(shops.length / SHIPS_EVERY);
  row("deliveries", `${count} to ${places.length} repositories, ${atOnce} at a time`);
  row("not acknowledged", `${ours.refused}`);
  row("commands without one answer", `${missed.commands} of ${commands.length}`);
  row("versions not released", `${missed.versions} of ${shipped}`);
  row("rollouts not looked at after", `${missed.rollouts} of ${places.length}`);
  row("requests to GitHub", `${requests}, ${duringBurst} of them during the burst`);
  const beside = (one: number, other: number, unit: string) =>
    `${ratio(one, other)}, ${one.toFixed(1)} beside ${other.toFixed(1)} ${unit}`;
  row("whole burst", beside(ours.all, theirs.all, "ms"));
  row("median acknowledgement", beside(ours.p50, theirs.p50, "ms"));
  row("p99 acknowledgement", beside(ours.p99, theirs.p99, "ms"));
  row("peak memory", beside(memory / MB, bareMemory / MB, "MB"));
  const lost = ours.refused + missed.commands + missed.versions + missed.rollouts;
  const p99 = ratio(ours.p99, theirs.p99);
  const peak = ratio(memory, bareMemory);
  console.log(
    `load: lost ${lost} of ${count.toLocaleString("en")}, p99 ${p99}, memory ${peak} of a bare probot app`,
  );
  if (lost === 0 && theirs.refused === 0) return;
  const warnings = bot.log.filter((line) => !line.includes('"level":30'));
  console.error(["The server's warnings:", ...warnings.slice(0, WARNINGS)].join("\n"));
  process.exitCode = 1;
}

function row(name: string, words: string): void {
  console.log(`${name.padEnd(30)}${words}`);
}
