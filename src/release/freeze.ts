import type { Freeze } from "../config/types.ts";
import { hold } from "./holds.ts";
import type { Hold, Release, RolloutState } from "./state.ts";
import { done, moment, record, refuse, withHandled, wordOf } from "./transitions.ts";
import type { Decision, Order, World } from "./world.ts";

/** What keeps releases from starting and weights from rising at some moment. */
export interface Frozen {
  /** Epoch ms; null: until somebody says `unfreeze`. */
  readonly until: number | null;
  /** Who, until when, and why; a sentence. */
  readonly words: string;
}

/** Of all freezes in force at `at`, the one that ends last; null where there is none. */
export function frozenAt(
  freezes: readonly Freeze[],
  state: Pick<RolloutState, "freeze"> | null,
  at: number,
): Frozen | null {
  const declared = freezes.map((freeze) => ({ ...freeze, by: ".github/sluice.yaml" }));
  // Said is said, whatever the clock showed of the process that wrote it down.
  const said = state?.freeze ? [{ ...state.freeze, from: 0 }] : [];
  const [last] = [...said, ...declared]
    .filter(({ from, until }) => from <= at && at < (until ?? FOREVER))
    .sort((a, b) => endOf(b) - endOf(a));
  return last ? { until: last.until, words: wordsOf(last) } : null;
}

const FOREVER = Number.MAX_SAFE_INTEGER;

/** Epoch ms; of one that only a word ends, after all others. */
export function endOf({ until }: { readonly until: number | null }): number {
  return until ?? FOREVER;
}

function wordsOf({ by, until, reason }: { by: string; until: number | null; reason: string | null }): string {
  const end = until === null ? "until somebody says `unfreeze`" : `until ${moment(until)}`;
  return `Frozen by ${by} ${end}${reason === null ? "" : `: ${reason}`}.`;
}

export function frozen({ rollout, now }: World, state: RolloutState): Frozen | null {
  return frozenAt(rollout.freezes, state, now);
}

/** A freeze stops what goes up; what goes down, and what is judged meanwhile, it leaves alone. */
export function freezeHold(world: World, release: Release): Hold | null {
  const now = world.state && frozen(world, world.state);
  return now && hold(world, release, { kind: "person", reason: "freeze", detail: now.words });
}

export function freeze(
  world: World,
  state: RolloutState,
  order: Order,
  { until, reason }: { readonly until: number | null; readonly reason: string | null },
): Decision {
  if (until !== null && until <= world.now) return refuse(state, order, `${moment(until)} is in the past.`);
  const said = { ...wordOf(world, order, state.freeze), until, reason };
  return tell({ ...state, freeze: said }, order, world, wordsOf(said));
}

export function unfreeze(world: World, state: RolloutState, order: Order): Decision {
  const declared = frozenAt(world.rollout.freezes, null, world.now);
  const also = declared && `${declared.words} Its end is in \`.github/sluice.yaml\`.`;
  if (!frozenAt([], state, world.now)) return refuse(state, order, also ?? "Nothing is frozen.");
  // The times of a schedule that passed meanwhile are over.
  const waits = state.waits ? { ...state.waits, since: world.now } : null;
  const why = `No longer frozen: ${order.by} ended it.${also ? ` Still: ${also}` : ""}`;
  return tell({ ...state, freeze: null, waits }, order, world, why);
}

/** With the release, where one runs, so that its timeline has it too. */
function tell(state: RolloutState, order: Order, world: World, why: string): Decision {
  const { release } = state;
  if (!release) return record(withHandled(state, order, "done", why, { told: true }), why);
  return done(world, state, release, order, {}, why, { told: true });
}
