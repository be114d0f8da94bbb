import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { InProcessScheduler } from "../../../src/adapters/in-process/scheduler.ts";
import type { RolloutKey } from "../../../src/ports/scheduler.ts";

const DAY = 86_400_000;
const START = Date.UTC(2026, 4, 4, 10);
const key: RolloutKey = {
  installation: 1,
  repository: { id: 2, owner: "acme", name: "shop" },
  rollout: "checkout",
};

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A scheduler, and the times at which it said that a rollout is due. */
function scheduler() {
  const due: number[] = [];
  return { due, timers: new InProcessScheduler(() => due.push(Date.now())) };
}

describe("a timer of this process", () => {
  it("is due at its time, or at once where that has passed, and once", async () => {
    const { due, timers } = scheduler();
    await timers.schedule(key, START + DAY);
    vi.advanceTimersByTime(2 * DAY);
    await timers.schedule(key, START);
    vi.advanceTimersByTime(2 * DAY);
    expect(due).toEqual([START + DAY, START + 2 * DAY]);
  });

  it("further off than a timer can count is looked at early, not at once", async () => {
    const { due, timers } = scheduler();
    await timers.schedule(key, START + 60 * DAY);
    vi.advanceTimersByTime(24 * DAY);
    expect(due).toEqual([]);
    vi.advanceTimersByTime(36 * DAY);
    expect(due).toHaveLength(1);
  });

  it("takes the place of the rollout's last one, and is taken back", async () => {
    const { due, timers } = scheduler();
    await timers.schedule(key, START + DAY);
    await timers.schedule(key, START + 2 * DAY);
    vi.advanceTimersByTime(3 * DAY);
    expect(due).toEqual([START + 2 * DAY]);
    await timers.schedule(key, START + 4 * DAY);
    await timers.cancel(key);
    await timers.schedule({ ...key, rollout: "search" }, START + 4 * DAY);
    timers.stop();
    vi.advanceTimersByTime(5 * DAY);
    expect(due).toHaveLength(1);
  });
});
