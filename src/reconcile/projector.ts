import type { Log } from "./ports.ts";

/**
 * Carries projections out beside the passes, so that a slow comment never holds up a rollback.
 * Only the latest of each key is kept: what was overtaken is never sent. A failure is said in the log and forgotten,
 * because the next look projects again.
 */
export class Projector {
  readonly #waiting = new Map<string, () => Promise<void>>();
  readonly #log: Log;
  #running: Promise<void> | null = null;

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
      } catch (error) {
        this.#log.warn(
          `${key} could not be shown: ${error instanceof Error ? error.message : String(error)}`,
        );
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
