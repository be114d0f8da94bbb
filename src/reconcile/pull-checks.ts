import { checkPull } from "./plan.ts";
import type { Ports } from "./ports.ts";
import { currentConfig } from "./rollouts.ts";

/** What merging would do is shown anew, when a release turns, on this many of the newest open pull requests. */
const REFRESHED = 30;

/** Checks of pull requests: one at a time in each repository, and apart from the looks, which never wait for one. */
export class PullChecks {
  readonly #last = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Promise<void>>();
  #stopped = false;

  /** Rejects when the pull request could not be checked. `repository` is any key that names it. */
  check(repository: string, ports: Ports, pull: number): Promise<void> {
    return this.#enqueue(repository, `${repository}#${pull}`, () => checkPull(ports, pull));
  }

  /** A release began or ended, which changes what merging would do. Never rejects. */
  refresh(repository: string, ports: Ports): Promise<void> {
    // A line of its own: it waits for checks, one by one, so that others come in between.
    const line = `refresh of ${repository}`;
    return this.#enqueue(line, line, async () => {
      try {
        const config = await currentConfig(ports);
        if (config.status !== "ok") return;
        const base = config.config.branch ?? (await ports.forge.repository()).defaultBranch;
        const open = await ports.forge.openPulls(base);
        for (const { number } of open.slice(0, REFRESHED)) await this.check(repository, ports, number);
      } catch (error) {
        ports.log.warn(
          `Checks of open pull requests: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    });
  }

  /** What is in hand goes on; nothing more is begun. */
  stop(): void {
    this.#stopped = true;
  }

  #enqueue(line: string, id: string, work: () => Promise<void>): Promise<void> {
    // One that has not begun yet will see whatever this one would.
    const waiting = this.#waiting.get(id);
    if (waiting) return waiting;
    const done = (this.#last.get(line) ?? Promise.resolve()).then(() => {
      this.#waiting.delete(id);
      return this.#stopped ? undefined : work();
    });
    this.#waiting.set(id, done);
    const last = done
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(line) === last) this.#last.delete(line);
      });
    this.#last.set(line, last);
    return done;
  }
}
