import type { RolloutKey, Scheduler } from "../ports/scheduler.ts";
import type { RolloutState } from "../release/state.ts";
import { errandsApart } from "./apart.ts";
import type { Errand, Happening, Repository } from "./happening.ts";
import { Lines } from "./lines.ts";
import { type Cause, doubt, type Ports } from "./ports.ts";
import { PullChecks } from "./pull-checks.ts";
import { deliveredBy, rolloutsOf, statesOf } from "./rollouts.ts";
import { routeCommand } from "./route.ts";
import { type Looked, Runner } from "./runner.ts";

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

  /** Looks at every rollout that it concerns. Resolves to whether each could be looked at. */
  async happened(happening: Happening): Promise<boolean> {
    const errands = await this.route(happening);
    const looked = await Promise.all(
      errands.map(({ where, rollout, cause }) => this.look({ ...where, rollout }, cause)),
    );
    return looked.every(({ failed }) => !failed);
  }

  /** The rollouts that it concerns. What concerns none is dealt with here: a pull request, a command for nobody. */
  async route({ what, ...where }: Happening): Promise<readonly Errand[]> {
    const ports = await this.#portsFor(where);
    const id = idOf(where);
    if (what.kind === "proposal") {
      await this.#checks.check(id, ports, what.pull);
      return [];
    }
    doubt(ports.memory);
    if (what.kind === "comment") {
      const errand = await routeCommand(ports, what.comment);
      return errand === null ? [] : [{ where, ...errand }];
    }
    if (what.kind === "click") {
      const { release } = what.click;
      const rollout = (await rolloutsOf(ports)).find((name) => release.startsWith(`${name}#`));
      return rollout === undefined ? [] : [{ where, rollout, cause: what }];
    }
    // Somebody pressed "Re-run": what was shown before is no reason not to show it again.
    if (what.kind === "check") ports.memory.shown.clear();
    const { rollouts, manifests } = await this.#reads.run(id, id, () => deliveredBy(ports));
    if (manifests) return errandsApart(ports, manifests, what);
    if (what.kind === "dispatch") return [];
    return rollouts.map((rollout) => ({ where, rollout, cause: what }));
  }

  /** Looks at one rollout until it comes to rest; never rejects, unless no timer can be set. */
  async look({ rollout, ...where }: RolloutKey, cause: Cause): Promise<Looked> {
    const ports = await this.#portsFor(where);
    const looked = await this.#runner.look({ ...where, rollout }, ports, cause);
    // The look has ended and its queue goes on; only whoever asked waits for this too.
    if (looked.turned) await this.#checks.refresh(idOf(where), ports);
    return looked;
  }

  /**
   * The states of a repository as they stand, of those rollouts in which a look has found a state of our own: whoever may
   * push can put any number of other documents beside them.
   */
  async states(where: Repository): Promise<readonly RolloutState[]> {
    const ports = await this.#portsFor(where);
    return [...(await statesOf(ports, [...ports.memory.documents.keys()].sort())).values()];
  }

  /** Finishes the looks in hand. */
  stop(): Promise<void> {
    this.#checks.stop();
    return this.#runner.stop();
  }
}

function idOf({ installation, repository }: Repository): string {
  return `${installation}/${repository.id}`;
}
