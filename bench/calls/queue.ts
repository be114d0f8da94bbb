import { setTimeout as sleep } from "node:timers/promises";
import { createWriteQueue } from "../../src/adapters/github/queue.ts";

/** Of a second that GitHub wants between two writes, so that the line is long and the wait for it short. ms */
const INTERVAL = 10;
const FULL = { weight: 300, state: 700, check: 100 } as const;
const ROLLBACKS = 200;
const EVERY = 5;

export interface Waited {
  readonly p50: number;
  readonly p99: number;
  /** Writes that were waiting when the last rollback was through. */
  readonly line: number;
}

/** How long the write of a rollback waits (ms) while the real queue of its installation is full, beside the spacing of writes. */
export async function measureRollbacks(): Promise<Waited & { readonly interval: number }> {
  const queue = createWriteQueue({ intervalMs: INTERVAL });
  const write = () => Promise.resolve();
  const others = Object.entries(FULL).flatMap(([priority, count]) =>
    Array.from({ length: count }, () => queue.run(priority as keyof typeof FULL, write)),
  );
  const waits: number[] = [];
  for (let at = 0; at < ROLLBACKS; at++) {
    const offered = performance.now();
    await queue.run("rollback", async () => void waits.push(performance.now() - offered), {
      notifies: at % 5 === 0,
    });
    await sleep(EVERY);
  }
  const line = queue.waiting();
  // A long pause takes away what waits.
  queue.pauseUntil(Date.now() + 60_000, "writes");
  await Promise.allSettled(others);
  waits.sort((a, b) => a - b);
  const at = (quantile: number) => waits[Math.floor(quantile * (waits.length - 1))] ?? Number.NaN;
  return { interval: INTERVAL, line, p50: at(0.5), p99: at(0.99) };
}
