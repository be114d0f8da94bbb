import { nextOpening } from "../config/windows.ts";
import { clockOf } from "../release/clock.ts";
import { frozenAt } from "../release/freeze.ts";
import type { RolloutState } from "../release/state.ts";
import { date } from "../views/format.ts";
import type { RolloutPlan } from "../views/plan-view.ts";

/** A freeze that begins within so long is said, ms. */
const AHEAD = 7 * 24 * 3_600_000;

/** What the clock says at this moment to whoever would merge now; a sentence each. */
export function clockSays(
  plan: RolloutPlan,
  state: RolloutState | null,
  now: number,
): { readonly nextStart: number | null; readonly notes: readonly string[] } {
  const { rollout, ships } = plan;
  const { nextStart } = clockOf(rollout, state, now);
  return { nextStart, notes: ships ? [...freezeNotes(plan, state, now), ...windowNotes(plan, now)] : [] };
}

function freezeNotes({ rollout }: RolloutPlan, state: RolloutState | null, now: number): readonly string[] {
  const frozen = frozenAt(rollout.freezes, state, now);
  if (frozen) return [`${frozen.words} No release starts and no weight rises before that.`];
  const next = rollout.freezes
    .filter(({ from }) => from > now && from <= now + AHEAD)
    .sort((a, b) => a.from - b.from)[0];
  if (!next) return [];
  const why = next.reason === null ? "" : ` (${next.reason})`;
  return [`A freeze begins ${date(next.from)}${why}: from then until ${date(next.until)} no weight rises.`];
}

function windowNotes({ rollout }: RolloutPlan, now: number): readonly string[] {
  if (rollout.windows.length === 0) return [];
  const opens = nextOpening(rollout.windows, now);
  if (opens === now) return [];
  const said = opens === null ? "and it never opens" : `and the first step waits until ${date(opens)}`;
  return [`Merged at ${date(now)} it comes outside its window, ${said}.`];
}
