import { expect, it } from "vitest";
import { measure } from "../../bench/fleet/measure.ts";
import { measureTogether } from "../../bench/fleet/together.ts";

it("a small fleet takes back whatever fails, and asks no more of GitHub for idle repositories beside it", async () => {
  const alone = await measure({ active: 6, idle: 0 }, 2);
  const beside = await measure({ active: 6, idle: 20 }, 2);
  for (const { missed, breaches, p99 } of [alone, beside]) {
    expect([missed, breaches]).toEqual([0, 6]);
    expect(p99).toBeLessThan(90_000);
  }
  // Latencies are drawn, so that a look more or less may fall into the time.
  expect(Math.abs(beside.calls - alone.calls)).toBeLessThan(0.5);
});

it("releases that step at once in one repository lose no weight, and are refused no commit for each other's", async () => {
  expect(await measureTogether(4)).toMatchObject({ lost: 0, retries: 0, steps: 8 });
});
