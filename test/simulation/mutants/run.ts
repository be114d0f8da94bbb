import { parentPort, workerData } from "node:worker_threads";
import { breakIn } from "./apply.ts";

/** Runs one mutant until a promise is broken, or to the last of its seeds; says what came of it. */
const { index, seeds }: { index: number; seeds: number } = workerData;
breakIn(index);
// Only now, so that it is loaded broken.
const { simulate } = await import("../simulate.ts");
for (let seed = 1; seed <= seeds; seed++) {
  const { violation } = await simulate(seed);
  if (!violation && seed < seeds) continue;
  parentPort?.postMessage({ seed, promise: violation?.promise ?? null, detail: violation?.detail ?? "" });
  break;
}
