import { parentPort } from "node:worker_threads";
import { simulate } from "./simulate.ts";

/** Runs one seed after the other, as it is told, and says what each cost: ms of processor time. */
parentPort?.on("message", async (seed: number) => {
  const before = process.threadCpuUsage();
  const result = await simulate(seed);
  const { user, system } = process.threadCpuUsage(before);
  parentPort?.postMessage({ ...result, cost: (user + system) / 1000 });
});
