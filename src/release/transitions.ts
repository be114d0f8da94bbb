import { nothingExposed } from "./exposure.ts";
import { asked } from "./holds.ts";
import type {
  Cause,
  Effect,
  Entry,
  Failure,
  Handled,
  Outcome,
  Release,
  RolloutState,
  Weights,
  Word,
} from "./state.ts";
import { releaseName } from "./state.ts";
import type { Decision, Order, World } from "./world.ts";

/** The audit log is `git log sluice/state`; documents keep only what a view shows. */
const TIMELINE_LIMIT = 60;
const HANDLED_LIMIT = 200;

export function wait(until: number | null, why: string): Decision {
  return { kind: "wait", until, why };
}

export function record(state: RolloutState, why: string): Decision {
  return { kind: "record", state, why, ended: false };
}

/** An intent: the effect is carried out only after this state was written. */
export function intend(world: World, state: RolloutState, effect: Effect, why: string): Decision {
  const effects = state.effects + 1;
  const name = releaseName(state.rollout, state.release?.number ?? 0);
  const pending = { id: `${name}.${effects}`, effect, head: world.head, bases: world.bases, at: world.now };
  return { kind: "effect", state: { ...state, effects, pending }, why };
}

/** `state` with its release changed and the reason added to the timeline. */
export function withRelease(
  state: RolloutState,
  release: Release,
  change: Partial<Release>,
  entry: Entry,
): RolloutState {
  const timeline = [...release.timeline, entry].slice(-TIMELINE_LIMIT);
  return { ...state, release: { ...release, ...change, timeline } };
}

export function withHandled(
  state: RolloutState,
  order: Order,
  outcome: "done" | "refused",
  reason: string,
  words: Pick<Handled, "told"> = {},
): RolloutState {
  const handled: Handled = {
    key: order.key,
    pull: order.pull,
    ...(order.repository !== undefined && { repository: order.repository }),
    by: order.by,
    command: order.text,
    outcome,
    reason,
    ...words,
  };
  return { ...state, handled: bounded([...state.handled, handled]) };
}

/**
 * A person's word in the place of the one that stood. Heard late, it is no older than that: or whoever said two things
 * early would lift with the second what they never saw.
 */
export function wordOf(
  { now }: Pick<World, "now">,
  { by, said }: Order,
  before: Word | null | undefined,
): Word {
  const at = said ?? now;
  return before && at < before.at ? { by, at: before.at, after: before.after ?? before.by } : { by, at };
}

/** A command was followed by this change of the release. */
export function done(
  world: World,
  state: RolloutState,
  release: Release,
  order: Order,
  change: Partial<Release>,
  why: string,
  words: Pick<Handled, "told"> = {},
): Decision {
  const changed = withRelease(state, release, change, { at: world.now, text: why, by: order.by });
  return record(withHandled(changed, order, "done", why, words), why);
}

export function refuse(state: RolloutState, order: Order, reason: string): Decision {
  return record(
    withHandled(state, order, "refused", reason),
    `Refused "${order.text}" by ${order.by}: ${reason}`,
  );
}

/** Epoch ms as `2026-12-27 09:00 UTC`. */
export function moment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Dealt with already, or said before the oldest that is remembered. */
export function isHandled({ handled }: RolloutState, key: string): boolean {
  if (handled.some((known) => known.key === key)) return true;
  const comments = handled.filter(isComment);
  if (handled.length < HANDLED_LIMIT || comments.length === 0 || !isComment({ key })) return false;
  return comments.every((known) => ordinal(key) < ordinal(known.key));
}

/** The oldest go first, so that what is forgotten is known by being older than all that is remembered. */
function bounded(handled: readonly Handled[]): readonly Handled[] {
  if (handled.length <= HANDLED_LIMIT) return handled;
  const [first, ...others] = handled;
  // A click says what it was about, so that one of long ago does nothing, remembered or not.
  if (!first || !isComment(first)) return others;
  const oldest = handled.filter(isComment).reduce((a, b) => (ordinal(b.key) < ordinal(a.key) ? b : a));
  return handled.filter((one) => one !== oldest);
}

function isComment({ key }: Pick<Handled, "key">): boolean {
  return key.startsWith("comment:");
}

/** GitHub numbers comments in the order they were made. */
function ordinal(key: string): number {
  return Number(key.slice(key.lastIndexOf(":") + 1));
}

export function begin(world: World, state: RolloutState, cause: Cause, why: string): RolloutState {
  const zero = zeroWeights(world.weights);
  const { stable, canary } = world.workloads;
  const release: Release = {
    number: state.next,
    version: canary.version,
    cause,
    config: world.config,
    startedAt: world.now,
    workloads: { stableVersion: stable.version, stable: stable.oid, canary: canary.oid },
    judgement: null,
    phase: "stepping",
    step: -1,
    shift: {
      percent: 0,
      before: 0,
      rerouted: false,
      baseline: state.last?.at ?? 0,
      at: world.now,
      commit: null,
      live: null,
    },
    expected: zero,
    routes: [],
    accepted: [],
    beside: world.beside,
    approved: null,
    will: null,
    hold: null,
    failure: null,
    rollback: null,
    promotion: null,
    blocked: null,
    ending: null,
    timeline: [{ at: world.now, text: why, by: cause.actor }],
  };
  // What waited for its time has begun.
  const over = {
    ...(state.planned && { planned: null }),
    ...(state.planning && { planning: null }),
    ...(state.waits && { waits: null }),
  };
  return { ...state, ...over, next: state.next + 1, release };
}

/** So many releases are remembered for how long they took. */
const TAKEN = 10;

export function end(
  state: RolloutState,
  release: Release,
  outcome: Outcome,
  world: World,
  why: string,
): Decision {
  const good = outcome === "promoted";
  const closed = withRelease(
    state,
    release,
    { hold: null, ending: outcome },
    { at: world.now, text: why, by: null },
  );
  return {
    kind: "record",
    ended: true,
    why,
    state: {
      ...closed,
      ...(good && { took: [...(state.took ?? []), world.now - release.startedAt].slice(-TAKEN) }),
      rest: good ? { version: release.version, canary: release.workloads.canary } : state.rest,
      last: {
        number: release.number,
        version: release.version,
        outcome,
        at: world.now,
        pull: release.cause.pull,
      },
    },
  };
}

/** From here on the release goes down, whatever happens. */
export function fail(world: World, state: RolloutState, release: Release, failure: Failure): Decision {
  const branch = `sluice/rollback/${state.rollout}-${release.number}`;
  const to = zeroWeights(world.weights);
  const restore = restorable(world, state, release);
  const changed = withRelease(
    state,
    release,
    {
      phase: "rolling-back",
      failure,
      hold: null,
      rollback: { branch, to, restore, pull: null, blocked: null, direct: "no", settled: false },
      ending: "rolled-back",
    },
    { at: world.now, text: failure.words, by: failure.by },
  );
  // Before the first step there may be nothing to take back: then there is no PR to open either.
  if (nothingExposed(world) && Object.keys(restore).length === 0) return record(changed, failure.words);
  return intend(world, changed, { kind: "open-rollback", branch, restore, to }, failure.words);
}

/** The files a rollback sets back whole: only those that nobody touched since the release began. */
export function restorable(world: World, state: RolloutState, release: Release): Record<string, string> {
  const restore: Record<string, string> = {};
  if (!world.rollout.rollback.revert) return restore;
  const { canary, stable } = world.workloads;
  if (canary.oid === release.workloads.canary && canary.oid !== state.rest.canary) {
    restore[canary.file] = state.rest.canary;
  }
  // While it is promoted, what stable got of it goes too, whoever brought it, but not what somebody did to it since.
  const { copiedAt, copy = stable.oid } = release.promotion ?? {};
  const got = copiedAt != null ? stable.oid === copy : asked(world, release);
  if (got && stable.oid !== release.workloads.stable && canary.file !== stable.file) {
    restore[stable.file] = release.workloads.stable;
  }
  return restore;
}

export function zeroWeights(weights: readonly Weights[]): readonly Weights[] {
  return weights.map(({ stable, canary }) => ({ stable: stable + canary, canary: 0 }));
}

export function sameWeights(a: readonly Weights[], b: readonly Weights[]): boolean {
  return a.length === b.length && a.every((w, i) => w.stable === b[i]?.stable && w.canary === b[i]?.canary);
}

export function isZero(weights: readonly Weights[]): boolean {
  return weights.every((w) => w.canary === 0);
}

/** The canary's percent in each target; people may have set them apart. */
export function percentsOf(weights: readonly Weights[]): readonly number[] {
  return weights.map(({ stable, canary }) => (canary === 0 ? 0 : (100 * canary) / (stable + canary)));
}
