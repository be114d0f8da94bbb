import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { optionsOf, whole } from "../../dev/command-line.ts";
import { CALENDAR } from "./calendar.ts";
import { CLUSTER_FAULTS } from "./cluster.ts";
import { BASE_MOVED, CALL_FAULTS, DELIVERY_FAULTS } from "./faults.ts";
import { METRICS_FAULTS } from "./metrics.ts";
import { DEEDS, PROPOSAL_DEEDS } from "./people.ts";
import { shrink } from "./shrink.ts";
import { type Result, simulate } from "./simulate.ts";
import { Tally } from "./tally.ts";
import { TROUBLES } from "./troubles.ts";

/**
 * `npm run simulate -- [--seeds 1000] [--from 1] [--workers W]` runs so many worlds, on all cores unless W says how
 * many; `--seed S --trace [--whole]` shows one, `--whole` with all that went wrong and not only what broke the promise.
 * Exit code 1 when a promise was broken, when healthy versions fail more often than is accepted, or, from 1,000 worlds
 * on, when something that should go wrong never did.
 */
const values = optionsOf(import.meta.url, {
  seeds: { type: "string", default: "1000" },
  from: { type: "string", default: "1" },
  seed: { type: "string" },
  trace: { type: "boolean", default: false },
  whole: { type: "boolean", default: false },
  workers: { type: "string", default: String(availableParallelism()) },
});

/** Seeds after which everything should have been seen. */
const ENOUGH = 1000;

process.exitCode = values.seed === undefined ? await many() : await one(whole(values.seed, "--seed"));

/** One seed; what happened in it, and without `--whole` only what is needed to break the promise. */
async function one(seed: number): Promise<number> {
  let result = await simulate(seed);
  let muted: ReadonlySet<string> = new Set();
  if (result.violation && !values.whole) ({ result, muted } = await shrink(result));
  if (values.trace) await simulate(seed, { muted, trace: console.log });
  say(result, 20);
  return result.violation ? 1 : 0;
}

async function many(): Promise<number> {
  const count = whole(values.seeds, "--seeds");
  const from = whole(values.from, "--from");
  const workers = Math.min(whole(values.workers, "--workers"), count);
  const tally = new Tally();
  const broken: Result[] = [];
  let cost = 0;
  let next = from;
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const worker = new Worker(new URL("worker.ts", import.meta.url));
      try {
        while (next < from + count) {
          const result = await ask(worker, next++);
          tally.add(result);
          cost += result.cost;
          if (result.violation) {
            broken.push(result);
            process.stderr.write(
              `seed ${result.seed} (${result.weather}): ${result.violation.promise}: ${result.violation.detail}\n`,
            );
          }
          tellProgress(tally.seeds, count);
        }
      } finally {
        await worker.terminate();
      }
    }),
  );
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  const wanted = [
    ...Object.keys(CALL_FAULTS),
    BASE_MOVED,
    ...Object.keys(DELIVERY_FAULTS),
    ...Object.keys(DEEDS),
    ...Object.keys(PROPOSAL_DEEDS),
    ...Object.keys(CALENDAR),
    ...Object.keys(TROUBLES),
    ...METRICS_FAULTS.map((fault) => `metrics: ${fault}`),
    ...CLUSTER_FAULTS.map((fault) => `cluster: ${fault}`),
  ];
  console.log(tally.table(wanted));
  // Shrinking them takes its time.
  if (broken.length > 0) console.log(`Broken in seeds ${broken.map(({ seed }) => seed).join(", ")}`);
  for (const { seed } of broken.slice(0, 5)) {
    const { result } = await shrink(await simulate(seed));
    say(result, 12);
  }
  console.log(
    `simulate: ${count} seeds from ${from}, ${tally.releases} releases, ${((1000 * tally.releases) / cost).toFixed(1)} releases a second of a core, ${broken.length} violations`,
  );
  const never = count < ENOUGH ? [] : [...wanted.filter((what) => tally.met(what) === 0), ...tally.missing()];
  if (never.length > 0) console.log(`Never seen: ${never.join(", ")}`);
  const unfair = tally.unfair();
  if (unfair !== null) console.log(unfair);
  return broken.length > 0 || never.length > 0 || unfair !== null ? 1 : 0;
}

/** On a terminal each seed, on one line; in a log one line in 500. */
function tellProgress(done: number, count: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${count} seeds`);
  else if (done % 500 === 0) process.stderr.write(`${done} of ${count} seeds\n`);
}

function ask(worker: Worker, seed: number): Promise<Result & { readonly cost: number }> {
  return new Promise((resolve, reject) => {
    worker.once("message", (result: Result & { readonly cost: number }) => {
      worker.off("error", reject);
      resolve(result);
    });
    worker.once("error", reject);
    worker.postMessage(seed);
  });
}

function say({ seed, weather, violation, happened }: Result, lines: number): void {
  if (!violation) {
    console.log(`seed ${seed} (${weather}): no promise was broken`);
    return;
  }
  console.log(`\nseed ${seed} (${weather}): ${violation.promise}\n  ${violation.detail.slice(0, 1200)}`);
  console.log(`  at ${new Date(violation.at).toISOString()}, after`);
  for (const { at, id } of happened.slice(-lines)) console.log(`    ${new Date(at).toISOString()} ${id}`);
  console.log(`  npm run simulate -- --seed ${seed} --trace\n`);
}
