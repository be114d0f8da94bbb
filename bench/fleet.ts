// How a process of the bot grows: with active releases, and with repositories in which nothing is released.
//
//   npm run bench:fleet -- [--whole] [--together 25] [--minutes 3]
//
// The real bot on simulated ports with latencies, in virtual time: 10, 100 and 1,000 active releases, five a
// repository, and with --whole 10,000 over 2,000 repositories of 200 installations; then the same releases beside ten
// times as many idle repositories. The simulation works in the same process, so that what is printed of processor time
// is the most that the bot can have taken. Then releases that step at once in one repository, on the real adapter.
// Exits with 1 when a commit was lost, a failed release was not taken back, a look costs more the more releases there
// are, or idle repositories cost a look anything.
import { optionsOf, whole } from "../dev/command-line.ts";
import { type Measured, measure } from "./fleet/measure.ts";
import { measureTogether } from "./fleet/together.ts";

/**
 * What one look, or one release's memory, may cost in the largest fleet beside one of a hundred: the garbage of the
 * simulation is collected in the same heap. Were it quadratic, it would be a hundred times.
 */
const LINEAR = 3;
const FLAT = 1.5;
const IDLE = { active: 100, few: 50, many: 500 } as const;
const MB = 1e6;

const values = optionsOf(import.meta.url, {
  whole: { type: "boolean", default: false },
  together: { type: "string", default: "25" },
  minutes: { type: "string", default: "3" },
});
const minutes = whole(values.minutes, "--minutes");
if (globalThis.gc === undefined) console.log("Without --expose-gc what is said of memory means nothing.");

// The first one warms the machine up.
await measure({ active: 10, idle: 0 }, minutes);
console.log(
  "active   idle  looks/s a core  breach to commit p50, p99  bot's memory   a release  calls/min each  look at all",
);
const sizes = [10, 100, 1_000, ...(values.whole ? [10_000] : [])];
const growing: Measured[] = [];
for (const active of sizes) growing.push(shown(await measure({ active, idle: 0 }, minutes)));
const few = shown(await measure({ active: IDLE.active, idle: IDLE.few }, minutes));
const many = shown(await measure({ active: IDLE.active, idle: IDLE.many }, minutes));

const together = await measureTogether(whole(values.together, "--together"));
const perStep = together.retries / together.steps;
console.log(
  `\n${together.releases} releases at once in one repository, ${together.steps} steps: ${together.commits} commits asked for, ` +
    `${together.retries} refused as the branch had moved (${perStep.toFixed(2)} a step), weights lost of ${together.lost}`,
);

const hundred = growing[1] ?? few;
const largest = growing.at(-1) ?? few;
const slower = hundred.looksASecond / largest.looksASecond;
const heavier = largest.memory / largest.size.active / (hundred.memory / hundred.size.active);
const beside = many.cpu / few.cpu;
console.log(
  `fleet: ${largest.size.active.toLocaleString("en")} active, ${largest.looksASecond.toFixed(0)} looks/s a core, ` +
    `breach to commit p99 ${seconds(largest.p99)}, ${(largest.memory / MB).toFixed(0)} MB; a look costs ${slower.toFixed(2)}x ` +
    `and a release's memory ${heavier.toFixed(2)}x of 100's; ten times the idle ${beside.toFixed(2)}x; ` +
    `${together.releases} at once: lost ${together.lost}, ${perStep.toFixed(2)} retries a step`,
);

const all = [...growing, few, many];
const broken = [
  together.lost > 0 && `weights of ${together.lost} releases were lost`,
  all.some(({ missed }) => missed > 0) && "a failed release was not taken back",
  slower > LINEAR && `a look costs ${slower.toFixed(2)} times as much as with 100 releases`,
  heavier > LINEAR && `a release's memory is ${heavier.toFixed(2)} times that of 100's`,
  beside > FLAT && `looks cost ${beside.toFixed(2)} times as much beside ten times the idle repositories`,
  few.calls !== many.calls && Math.abs(few.calls - many.calls) > 0.1 && "idle repositories are asked for",
].filter((one) => one !== false);
for (const one of broken) console.error(`Broken: ${one}.`);
if (broken.length > 0) process.exitCode = 1;

function shown(measured: Measured): Measured {
  const { size, looksASecond, p50, p99, memory, calls, sweep } = measured;
  const cells = [
    size.active.toLocaleString("en").padStart(6),
    size.idle.toLocaleString("en").padStart(7),
    looksASecond.toFixed(0).padStart(16),
    `${seconds(p50)}, ${seconds(p99)}`.padStart(27),
    `${(memory / MB).toFixed(1)} MB`.padStart(14),
    `${(memory / size.active / 1000).toFixed(0)} KB`.padStart(12),
    calls.toFixed(2).padStart(16),
    `${sweep.calls} calls, ${sweep.cpu.toFixed(0)} ms`.padStart(20),
  ];
  console.log(cells.join(""));
  return measured;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
