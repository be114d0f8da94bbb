import { isDeepStrictEqual } from "node:util";
import type { Proposal } from "../../../src/release/state.ts";
import { readTrailers } from "../../../src/release/trailers.ts";
import type { Commit } from "../git.ts";
import { BOT, MAIN } from "../github.ts";
import { weightsIn } from "../manifests.ts";
import { type Scene, stateOf } from "../scene.ts";
import type { Shop } from "../shop.ts";
import { carriedOut, type Effect, shareOf, type Transition, type Violate } from "./sight.ts";

/** 4: weights that somebody set by hand are not set otherwise until somebody says so. */
export class Hands {
  readonly #violate: Violate;
  /** Repository and file → who set its weights, and when. */
  readonly #set = new Map<string, { readonly by: string; readonly at: number }>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  /** A commit of somebody's came to main. */
  edited(scene: Scene, shop: Shop, commit: Commit, from: string | null): void {
    const { git } = scene.github;
    const { release = null, pending = null } = stateOf(scene, shop) ?? {};
    // Committed already, though nobody wrote down yet that it was: who puts it back changes nothing.
    const made =
      pending?.effect.kind === "set-weights" &&
      git.history(commit.oid).some(({ message }) => readTrailers(message)?.effect === pending.id);
    const intended = made && pending.effect.kind === "set-weights" ? pending.effect.to : [];
    const merge = [...scene.github.pulls.values()].find(({ mergeCommit }) => mergeCommit === commit.oid);
    // Whoever merges what the bot proposed has said what they want.
    if (merge?.author === BOT) {
      this.#forget(scene, shop);
      return;
    }
    for (const [index, target] of shop.targets.entries()) {
      const key = `${scene.github.id} ${target.file}`;
      const was = weightsIn(git.read(from ?? "", target.file), target);
      const is = weightsIn(git.read(commit.oid, target.file), target);
      if (JSON.stringify(was) === JSON.stringify(is)) continue;
      const expected = release?.expected[index] ?? { stable: target.sum, canary: 0 };
      const ours = [expected, intended[index]].some((one) => isDeepStrictEqual(is, one));
      if (ours) this.#set.delete(key);
      else this.#set.set(key, { by: commit.author, at: commit.at });
    }
  }

  /** Somebody who may has said how to go on. */
  said(transition: Transition): void {
    const { scene, shop, before, after } = transition;
    const spoke = ordered(transition);
    const over =
      before?.release &&
      !after.release &&
      shop.targets.every(
        (target) => shareOf(weightsIn(scene.github.git.read(MAIN, target.file), target)) === 0,
      );
    // What is there when the bot first looks is what it adopts.
    if (spoke || over || before === null) this.#forget(scene, shop);
  }

  effect({ scene, shop, intent, before, after }: Effect): void {
    for (const [index, target] of shop.targets.entries()) {
      const hand = this.#set.get(`${scene.github.id} ${target.file}`);
      const changed = JSON.stringify(before[index]) !== JSON.stringify(after[index]);
      if (!hand || !changed || ordered(intent)) continue;
      this.#violate(
        "4 people win",
        `${hand.by} had set ${target.file} to ${JSON.stringify(before[index])}; it became ${JSON.stringify(after[index])}`,
      );
    }
  }

  /** Somebody was a moment faster with the very weights that a merge of ours brings: from then on they are the release's. */
  merged({ scene, shop, after }: Effect, { change }: Proposal): void {
    const brought = change.kind === "set-weights" ? change.to : [];
    for (const [index, { file }] of shop.targets.entries()) {
      if (isDeepStrictEqual(brought[index], after[index])) this.#set.delete(`${scene.github.id} ${file}`);
    }
  }

  /** Somebody's weights stand in one of the shop's targets. */
  on({ github }: Scene, { targets }: Shop): boolean {
    return targets.some(({ file }) => this.#set.has(`${github.id} ${file}`));
  }

  #forget({ github }: Scene, { targets }: Shop): void {
    for (const { file } of targets) this.#set.delete(`${github.id} ${file}`);
  }
}

/** What decides about weights that are there, and about nothing less. */
const ORDERS = /\b(?:resume|promote|rollback)\b|\s\d+%?(?:\s|$)/;

/** Somebody who may said what is to become of the weights. */
function ordered(transition: Transition): boolean {
  const { name } = transition.shop;
  return carriedOut(transition).some(({ command }) => ORDERS.test(command.replace(name, "")));
}
