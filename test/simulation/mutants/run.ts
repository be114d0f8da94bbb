import { parentPort, workerData } from "node:worker_threads";
import { breakIn } from "./apply.ts";

/** Runs one mutant until a promise is broken, or to the last of its seeds; says what came of it. */
const { index, seeds }: { index: number; seeds: number } = workerData;
breakIn(index);
// Only now, so that it is loaded broken.
const { simulate } = await import("../simulate.ts");
const { Tally } = await import("../tally.ts");
const tally = new Tally();
for (let seed = 1; seed <= seeds; seed++) {
  const result = await simulate(seed);
  tally.add(result);
  const detail = tally.unfair();
  const unfair = detail === null ? null : { promise: "healthy versions pass", detail };
  const violation = result.violation ?? unfair;
  if (!violation && seed < seeds) continue;
  parentPort?.postMessage({ seed, promise: violation?.promise ?? null, detail: violation?.detail ?? "" });
  break;
}
