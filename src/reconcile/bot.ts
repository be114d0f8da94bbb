import type { RepositoryId, RolloutKey, Scheduler } from "../ports/scheduler.ts";
import { Lines } from "./lines.ts";
import { type Cause, type Click, doubt, type Ports } from "./ports.ts";
import { PullChecks } from "./pull-checks.ts";
import { rolloutsOf } from "./rollouts.ts";
import { routeCommand } from "./route.ts";
import { Runner } from "./runner.ts";

export interface Repository {
  readonly installation: number;
  readonly repository: RepositoryId;
}

/** Everything that can happen, turned into looks. What it is told is only a cause; the truth is read again. */
export class Bot {
  readonly #runner: Runner;
  readonly #checks = new PullChecks();
  /** Which rollouts there are: of all that happens in a repository meanwhile, one more reading is enough. */
  readonly #reads = new Lines();
  readonly #portsFor: (where: Repository) => Promise<Ports>;

  constructor(options: {
    readonly portsFor: (where: Repository) => Promise<Ports>;
    readonly scheduler: Scheduler;
  }) {
    this.#portsFor = options.portsFor;
    this.#runner = new Runner(options.scheduler);
  }

  /** Something about a repository may have changed: all its rollouts are looked at. Resolves to whether each could be. */
  async repositoryChanged(where: Repository, cause: Cause): Promise<boolean> {
    const ports = await this.#portsFor(where);
    doubt(ports.memory);
    // Somebody pressed "Re-run": what was shown before is no reason not to show it again.
    if (cause.kind === "check") ports.memory.shown.clear();
    const id = idOf(where);
    const rollouts = await this.#reads.run(id, id, () => rolloutsOf(ports));
    const looked = await Promise.all(rollouts.map((rollout) => this.#look(where, ports, rollout, cause)));
    return looked.every((well) => well);
  }

  async pullChanged(where: Repository, pull: number): Promise<void> {
    await this.#checks.check(idOf(where), await this.#portsFor(where), pull);
  }

  /** A new comment on a pull request that begins like a command. */
  async commented(where: Repository, comment: number): Promise<void> {
    const ports = await this.#portsFor(where);
    doubt(ports.memory);
    const rollout = await routeCommand(ports, comment);
    if (rollout !== null) await this.#look(where, ports, rollout, { kind: "comment", comment });
  }

  /** Somebody pressed a button of a release's check run. */
  async clicked(where: Repository, click: Click): Promise<void> {
    const ports = await this.#portsFor(where);
    doubt(ports.memory);
    const rollout = (await rolloutsOf(ports)).find((name) => click.release.startsWith(`${name}#`));
    if (rollout !== undefined) await this.#look(where, ports, rollout, { kind: "click", click });
  }

  /** A timer of the scheduler's. */
  async due({ rollout, ...where }: RolloutKey): Promise<void> {
    await this.#look(where, await this.#portsFor(where), rollout, { kind: "timer" });
  }

  /** Finishes the looks in hand. */
  stop(): Promise<void> {
    this.#checks.stop();
    return this.#runner.stop();
  }

  async #look(where: Repository, ports: Ports, rollout: string, cause: Cause): Promise<boolean> {
    const { turned, failed } = await this.#runner.look({ ...where, rollout }, ports, cause);
    // The look has ended and its queue goes on; only whoever asked waits for this too.
    if (turned) await this.#checks.refresh(idOf(where), ports);
    return !failed;
  }
}

function idOf({ installation, repository }: Repository): string {
  return `${installation}/${repository.id}`;
}
