import { frozenAt } from "./freeze.ts";
import type { Release, RolloutState } from "./state.ts";
import { moment, record, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

interface Waiting {
  /** Epoch ms; tells one wait from the next. */
  readonly since: number;
  readonly words: string;
}

/** What stands until somebody does something; null while nobody has to. */
export function waitsForSomebody({ hold, rollback }: Release): Waiting | null {
  if (hold?.kind === "person") return { since: hold.since, words: hold.detail };
  if (rollback === null || rollback.settled || rollback.pull === null) return null;
  const { number, openedAt } = rollback.pull;
  return { since: openedAt, words: `The rollback PR #${number} is not merged.` };
}

/**
 * A release that waits for somebody says so again when it has waited for `holds.remind`, and then each time that it has
 * waited twice as long. What ends by the clock is not waited for by anybody.
 */
export function remind(world: World, decision: Decision): Decision {
  const { state, now } = world;
  if (decision.kind !== "wait" || !state?.release) return decision;
  const { release } = state;
  const waiting = waitsForSomebody(release);
  if (waiting === null || now < dueAt(world, release, waiting) || endsByItself(world, state, release)) {
    return decision;
  }
  const { since, words } = waiting;
  const why = `Still waiting, since ${moment(since)}: ${words}`;
  const reminded = { since, at: now };
  return record(withRelease(state, release, { reminded }, { at: now, text: why, by: null }), why);
}

function dueAt({ rollout }: World, { reminded }: Release, { since }: Waiting): number {
  const { remind: first } = rollout.holds;
  if (first === 0) return Number.POSITIVE_INFINITY;
  return since + (reminded?.since === since ? 2 * (reminded.at - since) : first);
}

function endsByItself({ rollout, now }: World, state: RolloutState, { hold }: Release): boolean {
  if (hold?.reason === "window") return true;
  return hold?.reason === "freeze" && frozenAt(rollout.freezes, state, now)?.until != null;
}
