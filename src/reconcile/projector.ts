import { ForgeError } from "../ports/forge.ts";
import type { Log } from "./ports.ts";
import { wordsOf } from "./words-of.ts";

/**
 * Carries projections out beside the passes, so that a slow comment never holds up a rollback.
 * Only the latest of each key is kept: what was overtaken is never sent. A failure is said in the log and forgotten,
 * because the next look projects again.
 */
export class Projector {
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #log: Log;
  #running: Promise<void> | null = null;
  /** GitHub's limits kept something from being shown, and nothing has been shown since. */
  #limited = false;

  constructor(log: Log) {
    this.#log = log;
  }

  offer(key: string, project: () => Promise<void>): void {
    // One that waits already keeps its place, so that what changes often cannot push others back for ever.
    this.#waiting.set(key, project);
    this.#running ??= this.#drain();
  }

  /** Resolves when everything offered so far was carried out or overtaken. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #drain(): Promise<void> {
    for (let next = this.#take(); next; next = this.#take()) {
      const [key, project] = next;
      try {
        await project();
        this.#limited = false;
      } catch (error) {
        const limited = error instanceof ForgeError && error.code === "rate-limited";
        // Where there is too much to show, one word of it is enough.
        if (!limited || !this.#limited) {
          const reason = wordsOf(error);
          this.#log.warn(`${key} could not be shown: ${reason}`);
        }
        this.#limited ||= limited;
      }
    }
    this.#running = null;
  }

  #take(): [string, () => Promise<void>] | null {
    const [next] = this.#waiting;
    if (!next) return null;
    this.#waiting.delete(next[0]);
    return next;
  }
}
