import { parentPort } from "node:worker_threads";
import { simulate } from "./simulate.ts";

/** Runs one seed after the other, as it is told. */
parentPort?.on("message", async (seed: number) => {
  parentPort?.postMessage(await simulate(seed));
});
