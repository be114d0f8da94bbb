import { keyId, type RolloutKey, type Scheduler } from "../../ports/scheduler.ts";

/** setTimeout takes no more (24.8 days); a longer wait is cut and looked at early. */
const LONGEST = 2 ** 31 - 1;

/** Timers of this process. They die with it and are made again from `sluice/state` when it starts. */
export class InProcessScheduler implements Scheduler {
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #due: (key: RolloutKey) => void;

  constructor(due: (key: RolloutKey) => void) {
    this.#due = due;
  }

  schedule(key: RolloutKey, at: number): Promise<void> {
    const id = keyId(key);
    clearTimeout(this.#timers.get(id));
    const timer = setTimeout(
      () => {
        this.#timers.delete(id);
        this.#due(key);
      },
      Math.min(Math.max(at - Date.now(), 0), LONGEST),
    );
    this.#timers.set(id, timer);
    return Promise.resolve();
  }

  cancel(key: RolloutKey): Promise<void> {
    const id = keyId(key);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    return Promise.resolve();
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
