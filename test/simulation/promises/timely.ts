import type { Release, RolloutState } from "../../../src/release/state.ts";
import { MAIN } from "../github.ts";
import { weightsIn } from "../manifests.ts";
import { readable } from "../people.ts";
import { type Scene, STATE } from "../scene.ts";
import type { Shop } from "../shop.ts";
import { causeless } from "./causes.ts";
import { shareOf, type Violate } from "./sight.ts";

/** So long after an outage of GitHub the bot may still wait before it tries again, ms. */
export const RETRY = 5 * 60_000;

/** What waits for nobody but the bot is done in time, counted from when nothing in the world keeps it from that. */
export class Timely {
  /** How much later than at once the bot may be, ms; endless where calls fail all the time. */
  patience = Number.POSITIVE_INFINITY;
  readonly #violate: Violate;
  /** Release → when the bot last could not go on with it; epoch ms. */
  readonly #hindered = new Map<string, number>();
  /** Release → since when a version that failed has traffic that only the bot can take; epoch ms. */
  readonly #exposed = new Map<string, number>();
  /** Release → since when it waits for evidence while somebody writes past git; epoch ms. */
  readonly #drifting = new Map<string, number>();

  constructor(violate: Violate) {
    this.#violate = violate;
  }

  /** `shop`: as the release was configured. `sure`: the document is the bot's own, and its clocks go right. */
  look(scene: Scene, shop: Shop, state: RolloutState, sure: boolean): void {
    const { release } = state;
    if (!release || (!release.failure && release.hold?.kind !== "evidence")) return;
    const { github, agenda } = scene;
    const key = `${github.id} ${shop.name}#${release.number}`;
    // Nothing can be written down, or nobody knows what the files say.
    const down = agenda.now < github.downUntil + RETRY;
    const stuck =
      !sure || down || github.archived || github.protectedBranches.has(STATE) || !readable(scene, shop);
    if (stuck) this.#hindered.set(key, agenda.now);
    this.#holds(scene, shop, release, key);
    this.#drifted(scene, shop, release, key, !stuck);
    if (release.failure)
      this.#failed(scene, shop, release, key, !stuck && isDue(scene, shop, state, release));
  }

  /** 2: missing evidence holds for as long as the rollout says, and no longer. */
  #holds({ agenda }: Scene, { name, holds: { limit, then } }: Shop, { hold, phase }: Release, key: string) {
    if (hold?.kind !== "evidence" || phase !== "stepping" || then === "stay") return;
    const due = Math.max(hold.since + limit, this.#hindered.get(key) ?? 0);
    if (agenda.now < due + this.patience) return;
    this.#violate("2 no data is not good news", `${name} has been held for longer than ${limit} ms`);
  }

  /** 4: what somebody writes past git is theirs to end, and no evidence that is missing. `due`: the bot can say so. */
  #drifted({ agenda: { now }, cluster }: Scene, shop: Shop, release: Release, key: string, due: boolean) {
    const { at = 0, reading } = cluster.answers.get(shop.name)?.at(-1) ?? {};
    const { drift } = reading ?? {};
    // What was last written before our commit is only late.
    const lasts = drift && drift.since > release.shift.at && now > drift.since + 2 * shop.liveAfter;
    const { hold, phase } = release;
    if (!due || !lasts || at < now - 120_000 || hold?.kind !== "evidence" || phase !== "stepping") {
      this.#drifting.delete(key);
      return;
    }
    const since = this.#drifting.get(key) ?? now;
    this.#drifting.set(key, since);
    if (now < since + this.patience) return;
    this.#violate("4 people win", `${shop.name} waits (${hold.reason}) for what somebody writes past git`);
  }

  /** 3: a version that failed loses its traffic by the deadline of its rollback PR. */
  #failed({ agenda: { now } }: Scene, { name, rollback }: Shop, release: Release, key: string, due: boolean) {
    if (!due) {
      this.#exposed.delete(key);
      return;
    }
    const since = this.#exposed.get(key) ?? now;
    this.#exposed.set(key, since);
    const given = rollback.merge === "auto" ? rollback.deadline : 0;
    if (now - since < given + this.patience) return;
    const words = `${name}#${release.number} failed, and has had traffic for ${now - since} ms since then`;
    this.#violate("3 a failure ends in a rollback", words);
  }
}

/** A version that failed has traffic, and nothing but the bot keeps it there. */
function isDue(scene: Scene, shop: Shop, state: RolloutState, { hold }: Release): boolean {
  const { github } = scene;
  const { merge, traffic } = shop.rollback;
  // People wanted to merge it themselves.
  if (merge === "manual" && traffic === "with-merge") return false;
  // Nothing of the bot's comes to main.
  if (github.protectedBranches.has(MAIN) || github.reviewed) return false;
  // A person keeps it there.
  if (hold?.kind === "person" && causeless(scene, shop, state, shop) === null) return false;
  const weights = shop.targets.map((target) => weightsIn(github.git.read(MAIN, target.file), target));
  return weights.some((one) => shareOf(one) > 0);
}
