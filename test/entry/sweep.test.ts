import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { until } from "../../dev/demo/watch.ts";
import { keepSweeping } from "../../src/entry/sweep.ts";

const QUICK = { every: 20, first: 5, longest: 20 };

it("Looks are repeated, so that what no webhook told is found", async () => {
  let looks = 0;
  const sweeping = keepSweeping(
    async () => {
      looks += 1;
    },
    { succeeded: () => undefined, failed: () => undefined },
    QUICK,
  );
  await until("The third look", async () => looks >= 3);
  sweeping.stop();
});

it("A look that fails is tried again, later each time up to a limit, until it succeeds", async () => {
  let looks = 0;
  const waits: number[] = [];
  let succeeded = 0;
  const sweeping = keepSweeping(
    async () => {
      looks += 1;
      if (looks <= 4) throw new Error("GitHub is down");
    },
    {
      succeeded() {
        succeeded += 1;
      },
      failed: (_, nextIn) => void waits.push(nextIn),
    },
    QUICK,
  );
  await until("Success", async () => succeeded > 0);
  sweeping.stop();
  expect(waits).toEqual([5, 10, 20, 20]);
});

it("No look begins after the stop, and one in hand reports no more", async () => {
  let looks = 0;
  let reported = 0;
  const sweeping = keepSweeping(
    async () => {
      looks += 1;
      await sleep(30);
    },
    {
      succeeded() {
        reported += 1;
      },
      failed: () => undefined,
    },
    QUICK,
  );
  sweeping.stop();
  await sleep(100);
  expect([looks, reported]).toEqual([1, 0]);
});
