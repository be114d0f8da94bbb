import type { Queue, Waiting } from "../../ports/queue.ts";

/** Works on the messages of this process, groups beside each other. They die with it. */
export class InProcessQueue implements Queue {
  readonly #work: (message: Waiting) => Promise<unknown>;
  readonly #groups = new Map<string, Promise<unknown>>();
  readonly #seen = new Set<string>();

  /** `work` must not reject. */
  constructor(work: (message: Waiting) => Promise<unknown>) {
    this.#work = work;
  }

  send(messages: readonly Waiting[]): Promise<void> {
    for (const message of messages) {
      const { id, group } = message;
      if (this.#seen.has(`${group} ${id}`)) continue;
      this.#seen.add(`${group} ${id}`);
      const before = this.#groups.get(group) ?? Promise.resolve();
      this.#groups.set(
        group,
        before.then(() => this.#work(message)),
      );
    }
    return Promise.resolve();
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    for (let before = -1; before !== this.#seen.size; ) {
      before = this.#seen.size;
      await Promise.all(this.#groups.values());
    }
  }
}
