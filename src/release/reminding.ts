import { frozenAt } from "./freeze.ts";
import type { Release, RolloutState } from "./state.ts";
import { isShut } from "./state.ts";
import { moment, record, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

type Waiting = NonNullable<Release["waiting"]>;

interface Asked extends Waiting {
  readonly words: string;
}

/**
 * What nobody but a person brings to an end, and since when; null where there is nothing of that kind. What ends by the
 * clock or by itself is no such thing.
 */
export function asksFor({ rollout, now }: Pick<World, "rollout" | "now">, state: RolloutState): Asked | null {
  const { release, proposal } = state;
  if (!release) return null;
  const { hold, rollback, phase } = release;
  if (proposal?.refused && !proposal.refused.queued) {
    const words = `#${proposal.pull} waits to be merged: ${proposal.refused.reason}`;
    return { reason: "proposal", since: proposal.openedAt, words };
  }
  if (hold?.kind === "person") {
    const frozen = hold.reason === "freeze" && frozenAt(rollout.freezes, state, now)?.until !== null;
    const opens = hold.reason === "window" || (hold.reason === "gate" && !isShut(hold));
    return frozen || opens ? null : { reason: hold.reason, since: hold.since, words: hold.detail };
  }
  if (hold && rollout.holds.then === "stay") {
    return { reason: "evidence", since: hold.since, words: hold.detail };
  }
  if (phase !== "rolling-back" || rollback === null || rollback.pull === null) return null;
  const { number, openedAt } = rollback.pull;
  return { reason: "rollback", since: openedAt, words: `The rollback PR #${number} is not merged.` };
}

/**
 * A release that waits for somebody says so again when it has waited for `holds.remind`, and then each time that it has
 * waited twice as long.
 */
export function remind(world: World, decision: Decision): Decision {
  if (decision.kind !== "wait") return noted(world, decision);
  const { state, now, rollout, clockRight } = world;
  // By a clock that is wrong it would be said too often, or never again.
  if (!state?.release || !clockRight || rollout.holds.remind === 0) return decision;
  const asked = asksFor(world, state);
  if (asked === null) return decision;
  const { reason, words } = asked;
  const waiting = goingOn(state.release, asked) ?? { reason, since: asked.since };
  const { since, reminded } = waiting;
  const due = since + (reminded === undefined ? rollout.holds.remind : 2 * (reminded - since));
  if (now < due) return decision;
  const why = `Still waiting, since ${moment(since)}: ${words}`;
  // In the comment's mark it is a whole number.
  const change = { waiting: { ...waiting, reminded: Math.floor(now) } };
  return record(withRelease(state, state.release, change, { at: now, text: why, by: null }), why);
}

type Written = Exclude<Decision, { readonly kind: "wait" }>;

/** The wait is kept with what is written anyway. */
function noted(world: World, decision: Written): Written {
  const { state } = decision;
  if (!state.release) return decision;
  const { waiting: known, ...release } = state.release;
  const spoken = state.handled !== (world.state?.handled ?? state.handled);
  const asked = asksFor(world, state);
  const waiting = asked
    ? (goingOn(state.release, asked, spoken) ?? { reason: asked.reason, since: asked.since })
    : isInterrupted(world, release) && !spoken
      ? known
      : undefined;
  return { ...decision, state: { ...state, release: { ...release, ...(waiting && { waiting }) } } };
}

/** The wait as it was noted, where it is still the same one: unbroken, or interrupted at this weight without a word of anybody's. */
function goingOn({ waiting, shift }: Release, { reason, since }: Asked, spoken = false): Waiting | null {
  if (waiting?.reason !== reason) return null;
  return waiting.since === since || (!spoken && waiting.since >= shift.at) ? waiting : null;
}

/** By evidence that fails to come for a while, which begins no wait anew. */
function isInterrupted({ state }: World, { hold }: Pick<Release, "hold">): boolean {
  return (hold ?? state?.release?.hold)?.kind === "evidence";
}
