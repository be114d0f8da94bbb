import { setTimeout as sleep } from "node:timers/promises";
import PQueue from "p-queue";
import { ForgeError, type Priority } from "../../ports/forge.ts";

/** The writes of one installation: one at a time, spaced, the most urgent first. Reads do not pass through it. */
export interface WriteQueue {
  /** Runs `write` when its turn comes. While a long pause lasts it throws `rate-limited` at once. */
  run<T>(priority: Priority, write: () => Promise<T>, options?: WriteOptions): Promise<T>;
  /** Throws where a write of this priority would be refused for what was shown already: before it is read for. */
  afford(priority: Priority): void;
  /** Nothing of this kind starts before `at` (epoch ms). A pause only ever grows; one of everything is one of writes too. */
  pauseUntil(at: number, what: "writes" | "everything"): void;
  /** For reads, which do not come through here but share the installation's limit: epoch ms, null when they may go. */
  readsPausedUntil(): number | null;
  /** Writes that have not started. */
  waiting(): number;
}

export interface WriteOptions {
  /** Somebody gets a notification of it: a comment, a pull request, a merge. */
  readonly notifies?: boolean;
}

const RANK: Readonly<Record<Priority, number>> = {
  rollback: 5,
  weight: 4,
  state: 3,
  answer: 2,
  check: 1,
  comment: 0,
};

/**
 * What is shown may take half of the 500 writes an hour that GitHub lets an installation make: more at once after
 * quiet times, of which checks keep half to themselves, as numbers that creep along can do without one.
 */
export const SHOWN = { anHour: 250, atOnce: 100, checks: 50 } as const;
const HOUR_MS = 3_600_000;

/** A pause up to this long is waited for; a longer one is told to the caller, who has a timer for it. */
const PATIENCE_MS = 5_000;

export function createWriteQueue(options: {
  /** Least time between the starts of two writes: GitHub asks for one second. */
  readonly intervalMs: number;
  /** Least time between two that notify somebody: three seconds where the other is one. */
  readonly notifyMs?: number;
  readonly now?: () => number;
}): WriteQueue {
  const now = options.now ?? Date.now;
  const queue = new PQueue({
    concurrency: 1,
    ...(options.intervalMs > 0 ? { interval: options.intervalMs, intervalCap: 1, strict: true } : {}),
  });
  const notifyMs = options.notifyMs ?? options.intervalMs * 3;
  /** One at a time, outside the line until its turn comes, so that what notifies nobody passes by. */
  const notifying = new PQueue({ concurrency: 1 });
  let notified = Number.NEGATIVE_INFINITY;
  let until = 0;
  let readsUntil = 0;
  let timer: NodeJS.Timeout | null = null;
  /** Writes that may be spent on what is shown; where writes need not be spaced, they need not be saved either. */
  let left = options.intervalMs > 0 ? SHOWN.atOnce : Number.POSITIVE_INFINITY;
  let counted = now();

  /** Whether one more may be spent on showing; throws where not, as what is shown is shown anew at a later look. */
  function afford(priority: Priority): boolean {
    if (priority !== "check" && priority !== "comment") return false;
    const at = now();
    left = Math.min(left + ((at - counted) * SHOWN.anHour) / HOUR_MS, Math.max(left, SHOWN.atOnce));
    counted = at;
    const kept = priority === "comment" ? SHOWN.checks : 0;
    if (left >= kept + 1) return true;
    throw new ForgeError(
      "rate-limited",
      "this installation shows as much as fits into GitHub's limit of writes; it is shown later",
      { retryAt: at + ((kept + 1 - left) * HOUR_MS) / SHOWN.anHour },
    );
  }

  function isLong(): boolean {
    return until - now() > PATIENCE_MS;
  }

  function refused(): ForgeError {
    const seconds = Math.ceil((until - now()) / 1000);
    return new ForgeError("rate-limited", `GitHub asked for a pause; writes go on in ${seconds} s`, {
      retryAt: until,
    });
  }

  /** Puts the queue in the state that the pause asks for: cleared, at rest with a timer, or at work. */
  function settle(): void {
    if (isLong()) {
      queue.clear();
    } else if (until > now() && timer === null) {
      queue.pause();
      timer = setTimeout(resume, until - now());
    }
  }

  function resume(): void {
    timer = null;
    settle();
    if (timer === null) {
      queue.start();
    }
  }

  async function run<T>(priority: Priority, write: () => Promise<T>): Promise<T> {
    if (isLong()) {
      throw refused();
    }
    // A long pause may have become a short one.
    settle();
    // Users are being hurt: the few writes of a rollback keep to a pause, but not to the spacing.
    if (priority === "rollback" && until <= now()) {
      return await write();
    }
    let started = false;
    const task = (): Promise<T> => {
      started = true;
      return write();
    };
    try {
      return await queue.add(task, { priority: RANK[priority] });
    } catch (error) {
      // A write that never started was cleared away by a long pause.
      throw started ? error : refused();
    }
  }

  return {
    afford,
    async run(priority, write, { notifies = false } = {}) {
      if (afford(priority)) left -= 1;
      if (!notifies) return run(priority, write);
      const noted = (): ReturnType<typeof write> => {
        notified = now();
        return write();
      };
      if (priority === "rollback") return run(priority, noted);
      return notifying.add(async () => {
        const wait = notified + notifyMs - now();
        if (wait > 0) await sleep(wait);
        return run(priority, noted);
      });
    },
    pauseUntil(at, what) {
      if (what === "everything") {
        readsUntil = Math.max(readsUntil, at);
      }
      until = Math.max(until, at);
      settle();
    },
    readsPausedUntil: () => (readsUntil > now() ? readsUntil : null),
    waiting: () => queue.size,
  };
}
