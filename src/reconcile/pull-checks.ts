import { Lines } from "./lines.ts";
import { checkPull } from "./plan.ts";
import type { Ports } from "./ports.ts";
import { currentConfig } from "./rollouts.ts";
import { wordsOf } from "./words-of.ts";

/** What merging would do is shown anew, when a release turns, on this many of the newest open pull requests. */
const REFRESHED = 30;

/** Checks of pull requests: one at a time in each repository, and apart from the looks, which never wait for one. */
export class PullChecks {
  readonly #lines = new Lines();
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
        ports.log.warn(`Checks of open pull requests: ${wordsOf(error)}`);
      }
    });
  }

  /** What is in hand goes on; nothing more is begun. */
  stop(): void {
    this.#stopped = true;
  }

  #enqueue(line: string, id: string, work: () => Promise<void>): Promise<void> {
    return this.#lines.run(line, id, async () => {
      if (!this.#stopped) await work();
    });
  }
}
