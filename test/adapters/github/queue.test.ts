import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createWriteQueue } from "../../../src/adapters/github/queue.ts";
import type { Priority } from "../../../src/ports/forge.ts";

/** A queue with one write in hand that holds the line until `release` is called. */
function occupied(options: { intervalMs: number; now?: () => number }) {
  const queue = createWriteQueue(options);
  const order: string[] = [];
  let release = (): void => {};
  const first = queue.run(
    "comment",
    () =>
      new Promise<void>((resolve) => {
        release = resolve;
      }),
  );
  const write = (priority: Priority, name: string = priority) =>
    queue.run(priority, async () => {
      order.push(name);
      return name;
    });
  return { queue, order, write, first, release: () => release() };
}

describe("the write queue", () => {
  it("lets a rollback pass everything that waits, and then goes on by urgency", async () => {
    const { order, write, first, release } = occupied({ intervalMs: 0 });
    const all = [
      write("comment"),
      write("check"),
      write("state"),
      write("weight"),
      write("comment", "a later comment"),
      write("rollback"),
    ];
    release();
    await Promise.all([first, ...all]);
    expect(order).toEqual(["rollback", "weight", "state", "check", "comment", "a later comment"]);
  });

  it("lets a rollback wait neither for the spacing nor for a write in hand", async () => {
    const { order, write, first, release } = occupied({ intervalMs: 60_000 });
    await write("rollback");
    await write("rollback", "its next write");
    expect(order).toEqual(["rollback", "its next write"]);
    release();
    await first;
  });

  it("runs one write at a time", async () => {
    const queue = createWriteQueue({ intervalMs: 0 });
    let running = 0;
    let most = 0;
    const write = () =>
      queue.run("state", async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(1);
        running -= 1;
      });
    await Promise.all(Array.from({ length: 10 }, write));
    expect(most).toBe(1);
  });

  it("keeps the starts of two writes an interval apart", async () => {
    const queue = createWriteQueue({ intervalMs: 60 });
    const starts: number[] = [];
    await Promise.all(
      Array.from({ length: 4 }, () => queue.run("check", async () => void starts.push(Date.now()))),
    );
    const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
    // A timer may fire a millisecond early against the wall clock.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(58);
  });

  it("keeps what notifies somebody further apart, and lets what does not pass by", async () => {
    const queue = createWriteQueue({ intervalMs: 0, notifyMs: 120 });
    const order: string[] = [];
    const starts: number[] = [];
    const comment = () =>
      queue.run(
        "answer",
        async () => {
          order.push("comment");
          starts.push(Date.now());
        },
        { notifies: true },
      );
    const check = () => queue.run("check", async () => void order.push("check"));
    await Promise.all([comment(), comment(), comment(), check()]);
    expect(order).toEqual(["comment", "check", "comment", "comment"]);
    const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0));
    // A timer may fire a millisecond early against the wall clock.
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(118);
  });

  it("lets a rollback notify at once, after which others wait", async () => {
    const queue = createWriteQueue({ intervalMs: 0, notifyMs: 200 });
    const starts: (readonly [string, number])[] = [];
    const notify = (priority: Priority, name: string) =>
      queue.run(priority, async () => void starts.push([name, Date.now()]), { notifies: true });
    await Promise.all([notify("answer", "first"), notify("answer", "later"), notify("rollback", "rollback")]);
    const at = (name: string) => starts.find(([one]) => one === name)?.[1] ?? 0;
    expect(at("later")).toBeGreaterThan(at("rollback"));
    expect(at("later") - at("first")).toBeGreaterThanOrEqual(198);
  });

  it("goes on after a write that failed, and hands the failure to its caller alone", async () => {
    const queue = createWriteQueue({ intervalMs: 0 });
    const failing = queue.run("state", () => Promise.reject(new Error("no")));
    const next = queue.run("state", async () => "yes");
    await expect(failing).rejects.toThrow("no");
    await expect(next).resolves.toBe("yes");
  });

  it("waits out a short pause", async () => {
    const queue = createWriteQueue({ intervalMs: 0 });
    const until = Date.now() + 80;
    queue.pauseUntil(until, "writes");
    expect(await queue.run("state", async () => Date.now())).toBeGreaterThanOrEqual(until - 2);
  });

  it("tells its callers of a long pause instead of keeping them", async () => {
    let now = 1_000_000;
    const { queue, write, first, release, order } = occupied({ intervalMs: 0, now: () => now });
    const waiting = write("weight");
    queue.pauseUntil(now + 60_000, "writes");
    const limited = { code: "rate-limited", retryAt: now + 60_000 };
    await expect(waiting).rejects.toMatchObject(limited);
    await expect(write("rollback")).rejects.toMatchObject(limited);
    release();
    // What had started keeps its own outcome.
    await expect(first).resolves.toBeUndefined();

    now += 60_001;
    await expect(write("weight")).resolves.toBe("weight");
    expect(order).toEqual(["weight"]);
  });

  it("waits for the rest of a long pause once it is short", async () => {
    let skipped = 0;
    const now = () => Date.now() + skipped;
    const queue = createWriteQueue({ intervalMs: 0, now });
    const until = now() + 60_000;
    queue.pauseUntil(until, "writes");
    skipped = 59_900;
    expect(await queue.run("rollback", async () => now())).toBeGreaterThanOrEqual(until - 2);
    expect(await queue.run("rollback", async () => "on")).toBe("on");
  });

  it("does not shorten a pause, and pauses reads only when everything is paused", () => {
    const queue = createWriteQueue({ intervalMs: 0, now: () => 0 });
    queue.pauseUntil(9_000, "writes");
    expect(queue.readsPausedUntil()).toBeNull();
    queue.pauseUntil(8_000, "everything");
    queue.pauseUntil(7_000, "everything");
    expect(queue.readsPausedUntil()).toBe(8_000);
  });
});

describe("what is shown", () => {
  it("takes a part of the writes of an hour, numbers before checks give way, and what moves a release never does", async () => {
    let now = 0;
    // Spaced, but not so that a test would feel it.
    const queue = createWriteQueue({ intervalMs: 0.001, now: () => now });
    const done = async (priority: Priority, times: number) => {
      const all = Array.from({ length: times }, () => queue.run(priority, async () => "done"));
      return (await Promise.allSettled(all)).filter(({ status }) => status === "fulfilled").length;
    };
    expect(await done("comment", 80)).toBe(50);
    expect(await done("check", 80)).toBe(50);
    expect(() => queue.afford("check")).toThrow(/shown later/);
    for (const priority of ["answer", "state", "weight", "rollback"] as const) {
      expect(await done(priority, 5)).toBe(5);
    }
    now += 3_600_000 / 250;
    expect(await done("comment", 2)).toBe(0);
    expect(await done("check", 2)).toBe(1);
    now += 24 * 3_600_000;
    expect(await done("comment", 80)).toBe(50);
  });

  it("is not counted where writes need not be spaced", async () => {
    const queue = createWriteQueue({ intervalMs: 0 });
    const all = await Promise.all(Array.from({ length: 300 }, () => queue.run("comment", async () => 1)));
    expect(all).toHaveLength(300);
  });
});
