import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { optionsOf, regexp, whole, wrong } from "../../../dev/command-line.ts";
import { MUTANTS } from "./list.ts";

/**
 * `npm run simulate:mutants`: shows that the simulation can fail. The bot is broken in every listed way, and each must
 * be caught by a promise within so many seeds. Exit code 1 when one is not. `--only REGEXP` runs those that match by
 * their name and says more, `--from N` begins at the N-th (1), `--seeds N` tries so many (2000), `--workers W` runs W
 * beside each other (as many as there are cores).
 */
const values = optionsOf(import.meta.url, {
  seeds: { type: "string", default: "2000" },
  only: { type: "string" },
  from: { type: "string", default: "1" },
  workers: { type: "string", default: String(availableParallelism()) },
});

interface Caught {
  readonly seed: number;
  readonly promise: string | null;
  readonly detail: string;
}

const seeds = whole(values.seeds, "--seeds");
const only = regexp(values.only ?? "", "--only");
const workers = whole(values.workers, "--workers");
const wanted = MUTANTS.map((mutant, index) => ({ ...mutant, index }))
  .slice(whole(values.from, "--from") - 1)
  .filter(({ name }) => only.test(name));
if (wanted.length === 0) wrong(`Of ${MUTANTS.length} mutants none is asked for by --only and --from.`);
const waiting = [...wanted];
const results = new Map<number, Caught>();
await Promise.all(
  Array.from({ length: workers }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const caught = await run(next.index);
      results.set(next.index, caught);
      console.log(`${line(next.name, caught)}`);
      if (values.only !== undefined) console.log(`  ${caught.detail.slice(0, 600)}`);
    }
  }),
);
const missed = wanted.filter(({ index }) => results.get(index)?.promise == null);
console.log(`\nmutants: ${wanted.length - missed.length} of ${wanted.length} caught within ${seeds} seeds`);
for (const { name } of missed) console.log(`  not caught: ${name}`);
process.exitCode = missed.length > 0 ? 1 : 0;

function run(index: number): Promise<Caught> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("run.ts", import.meta.url), { workerData: { index, seeds } });
    worker.once("message", (caught: Caught) => {
      resolve(caught);
      void worker.terminate();
    });
    worker.once("error", reject);
  });
}

function line(name: string, { seed, promise }: Caught): string {
  const how = promise === null ? "NOT CAUGHT" : `${promise} (seed ${seed})`;
  return `${name.padEnd(62)} ${how}`;
}
