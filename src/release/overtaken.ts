import { endOf } from "./freeze.ts";
import type { Hold, RolloutState, Word } from "./state.ts";
import { releaseName } from "./state.ts";
import { percentsOf } from "./transitions.ts";
import type { Order, World } from "./world.ts";

/** What a command would undo or pass over, and since when it is there. */
interface Newer {
  /** Epoch ms, by GitHub's clock. */
  readonly at: number;
  readonly words: string;
}

/**
 * Why a command is not about what is there now; null when it is. It may be heard long after it was said: a delivery is
 * tried again, a queue is put back, a job starts late. What leads up, or lifts something, counts only for what whoever
 * said it could see. What leads down is done whenever it is heard, but makes no newer word older.
 */
export function overtaken(world: World, state: RolloutState, order: Order): string | null {
  const { said } = order;
  // A button is held against what it was shown beside.
  if (said === null) return null;
  const newer = newerFor(world, state, order).find((one) => one !== null && isBefore(said, one.at));
  if (!newer) return null;
  return `This was said before ${newer.words.replace(/\.$/, "")}. Look at what is there now, then say it again.`;
}

/** Of a time of GitHub's, which is in whole seconds; both epoch ms. */
export function isBefore(said: number, at: number): boolean {
  return said < Math.floor(at / 1000) * 1000;
}

function newerFor(world: World, state: RolloutState, order: Order): readonly (Newer | null)[] {
  const { release, freeze } = state;
  const { command } = order;
  switch (command.name) {
    case "start":
    case "retry":
      return [ended(state, order), planning(state)];
    case "freeze":
      return freeze && endOf(command) < endOf(freeze) ? [spoken(freeze, FROZE)] : [];
    case "unfreeze":
      return [freeze ? spoken(freeze, FROZE) : null];
    case "resume":
      return release
        ? [word(state), held(order, release.hold, "hand-edit", "workload-edit", "blocked", "bypass")]
        : [held(order, state.hold)];
    case "approve":
      return [held(order, release?.hold, "gate")];
    case "promote":
      return [
        word(state),
        top(world, state, order),
        held(order, release?.hold, "gate", "stable-behind", "promotion-failed", "evidence"),
      ];
    case "weight":
      return rises(world, state, command.percent) ? [word(state), held(order, release?.hold, "gate")] : [];
    default:
      return [];
  }
}

const FROZE = "froze it";

function ended({ rollout, last }: RolloutState, order: Order): Newer | null {
  return last && { at: onGitHub(last.at, order), words: `${releaseName(rollout, last.number)} ended` };
}

/** A moment that was written down by our clock. */
function onGitHub(at: number, { skew = 0 }: Order): number {
  return at + skew;
}

/** What a person said of when the next release is to start. */
function planning({ planning: word }: RolloutState): Newer | null {
  if (!word) return null;
  return spoken(word, word.kind === "planned" ? "planned a start" : "cancelled what was planned");
}

/** The word that stands, or the newer one whose place it took because it was heard after that. */
function spoken({ at, by, after }: Word, did: string): Newer {
  return { at, words: after === undefined ? `${by} ${did}` : `${after} said otherwise` };
}

/** What a person said of the release, and stands. */
function word({ release }: RolloutState): Newer | null {
  if (!release?.will) return null;
  const did = {
    paused: "paused it",
    "manual-weight": "set its weight",
    "proposal-closed": "closed its change",
  };
  return spoken(release.will, did[release.will.kind]);
}

/** Where the release is held for one of these reasons, or, without any, for whatever there is. */
function held(
  order: Order,
  hold: Hold | null | undefined,
  ...reasons: readonly (Hold["reason"] | Hold["kind"])[]
): Newer | null {
  if (!hold) return null;
  const counts = reasons.length === 0 || reasons.includes(hold.reason) || reasons.includes(hold.kind);
  return counts ? { at: onGitHub(hold.since, order), words: `it was held for this: ${hold.detail}` } : null;
}

/** From the last weight on the next word promotes. */
function top({ rollout }: World, { release }: RolloutState, order: Order): Newer | null {
  const last = rollout.steps.at(-1)?.weight ?? 100;
  if (release?.phase !== "stepping" || release.shift.percent < last) return null;
  return { at: onGitHub(release.shift.at, order), words: `${release.shift.percent} % was set` };
}

function rises({ weights }: World, { release }: RolloutState, percent: number): boolean {
  return percent > Math.min(release?.shift.percent ?? 0, ...percentsOf(weights));
}
