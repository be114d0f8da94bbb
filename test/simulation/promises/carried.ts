import { MAIN } from "../github.ts";
import type { Scene } from "../scene.ts";
import { type Shop, variableIn } from "../shop.ts";
import { carriedOut, type Transition, type Violate } from "./sight.ts";

/** So old may be what a look decided upon, ms. */
const OLD = 120_000;

/** 1: what was tested is what everybody gets: no release is promoted while stable lacks what it changed. */
export class Carried {
  readonly #violate: Violate;
  /** Repository and rollout → the variables that stable's file had on main, and since when, newest last. */
  readonly #had = new Map<string, { readonly at: number; readonly variable: string | null }[]>();
  /** Releases that somebody promoted without it, when they were told what is missing. */
  readonly #without = new Set<string>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  /** Main moved. */
  moved(scene: Scene): void {
    for (const shop of scene.shops) {
      const key = `${scene.github.id} ${shop.name}`;
      const had = this.#had.get(key) ?? [];
      this.#had.set(key, had);
      const variable = variableIn(scene.github.git.read(MAIN, shop.stableFile));
      if (had.at(-1)?.variable !== variable) had.push({ at: scene.agenda.now, variable });
    }
  }

  transition(transition: Transition): void {
    const { scene, shop, before, after } = transition;
    const release = before?.release;
    if (!release) return;
    const key = `${scene.github.id} ${shop.name}#${release.number}`;
    const said = carriedOut(transition).some(({ command }) => /promote/.test(command));
    if (said && release.hold?.reason === "stable-behind") this.#without.add(key);
    const promoted = release.phase === "promoting" && after.release?.ending === "promoted";
    if (!promoted || this.#without.has(key)) return;
    const { git } = scene.github;
    const was = variableIn(git.text(before.rest.canary));
    const is = variableIn(git.text(release.workloads.canary));
    if (was !== is && !this.#stableHad(scene, shop, is, transition.commit.at)) {
      const words = `${shop.name}#${release.number} was promoted while stable lacked the variable ${is}`;
      this.#violate("1 no step without evidence", words);
    }
  }

  #stableHad(scene: Scene, shop: Shop, wanted: string | null, at: number): boolean {
    const had = this.#had.get(`${scene.github.id} ${shop.name}`) ?? [];
    return had.some(({ variable }, index) => {
      const until = had[index + 1]?.at ?? Number.POSITIVE_INFINITY;
      return variable === wanted && until >= at - OLD;
    });
  }
}
