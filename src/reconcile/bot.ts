import type { RepositoryId, RolloutKey, Scheduler } from "../ports/scheduler.ts";
import { checkPull } from "./plan.ts";
import type { Cause, Ports } from "./ports.ts";
import { currentConfig, rolloutsOf } from "./rollouts.ts";
import { routeCommand } from "./route.ts";
import { Runner } from "./runner.ts";

export interface Repository {
  readonly installation: number;
  readonly repository: RepositoryId;
}

/** Everything that can happen, turned into looks. What it is told is only a cause; the truth is read again. */
export class Bot {
  readonly #runner: Runner;
  readonly #portsFor: (where: Repository) => Promise<Ports>;

  constructor(options: {
    readonly portsFor: (where: Repository) => Promise<Ports>;
    readonly scheduler: Scheduler;
  }) {
    this.#portsFor = options.portsFor;
    this.#runner = new Runner(options.scheduler);
  }

  /** Something about a repository may have changed: all its rollouts are looked at. */
  async repositoryChanged(where: Repository, cause: Cause): Promise<void> {
    const ports = await this.#portsFor(where);
    // Somebody pressed "Re-run": what was shown before is no reason not to show it again.
    if (cause.kind === "check") ports.memory.shown.clear();
    const rollouts = await rolloutsOf(ports);
    await Promise.all(rollouts.map((rollout) => this.#look(where, ports, rollout, cause)));
  }

  async pullChanged(where: Repository, pull: number): Promise<void> {
    await checkPull(await this.#portsFor(where), pull);
  }

  /** A new comment on a pull request that begins like a command. */
  async commented(where: Repository, comment: number): Promise<void> {
    const ports = await this.#portsFor(where);
    // At once, but nothing waits for it.
    void ports.forge.react(comment, "eyes").catch(() => ports.log.warn(`No reaction on comment ${comment}`));
    const rollout = await routeCommand(ports, comment);
    if (rollout !== null) await this.#look(where, ports, rollout, { kind: "comment", comment });
  }

  /** A timer of the scheduler's. */
  async due({ rollout, ...where }: RolloutKey): Promise<void> {
    await this.#look(where, await this.#portsFor(where), rollout, { kind: "timer" });
  }

  /** Finishes the looks in hand. */
  stop(): Promise<void> {
    return this.#runner.stop();
  }

  async #look(where: Repository, ports: Ports, rollout: string, cause: Cause): Promise<void> {
    const { turned } = await this.#runner.look({ ...where, rollout }, ports, cause);
    if (turned) await this.#refreshPulls(ports);
  }

  /** What merging would do depends on whether a release runs. */
  async #refreshPulls(ports: Ports): Promise<void> {
    try {
      const config = await currentConfig(ports);
      if (config.status !== "ok") return;
      const base = config.config.branch ?? (await ports.forge.repository()).defaultBranch;
      for (const { number } of await ports.forge.openPulls(base)) await checkPull(ports, number);
    } catch (error) {
      ports.log.warn(
        `Checks of open pull requests: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
