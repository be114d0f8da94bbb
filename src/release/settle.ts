import { offerWords } from "./bring.ts";
import { carried, settleProposal } from "./proposal.ts";
import type { Effect, EffectResult, Release, RolloutState } from "./state.ts";
import { withRelease } from "./transitions.ts";

/** The state once it is known what became of the pending effect. */
export function settle(
  state: RolloutState,
  result: EffectResult,
): { readonly state: RolloutState; readonly why: string } {
  const { pending, release } = state;
  if (!pending) return { state, why: "nothing pending" };
  const settled: RolloutState = { ...state, pending: null };
  const why = describe(pending.effect, result);
  const proposed = settleProposal(settled, pending, result, why);
  if (proposed) return { state: proposed, why };
  if (!release) return { state: atRest(settled, result), why };
  const entry = { at: result.at, text: why, by: null };
  const by = release.timeline.at(-1)?.by;
  if (result.status === "abandoned" && pending.effect.kind === "set-weights" && by != null) {
    return {
      state: withRelease(unsaid(settled, result.reason), release, { will: paused(by, result.at) }, entry),
      why,
    };
  }
  return { state: withRelease(settled, release, changeOf(release, pending.effect, result), entry), why };
}

/** The adopted weights could not be written: a person must see why. */
function atRest(state: RolloutState, result: EffectResult): RolloutState {
  if (result.status !== "blocked" && result.status !== "abandoned") return state;
  const detail =
    `At rest the canary has weight 0, but that could not be committed: ${result.reason}. ` +
    `\`/canary ${state.rollout} resume\` tries again.`;
  return { ...state, hold: { kind: "person", reason: "blocked", since: result.at, detail } };
}

/** A weight that a person ordered is not decided again by itself: what they looked at has changed. */
function unsaid(state: RolloutState, reason: string): RolloutState {
  const last = state.handled.at(-1);
  if (!last) return state;
  const words = `Not done: ${reason}. The release is paused; look again, then say it again or \`resume\`.`;
  return {
    ...state,
    handled: [...state.handled.slice(0, -1), { ...last, outcome: "refused", reason: words }],
  };
}

function paused(by: string, at: number): Release["will"] {
  return { kind: "paused", by, at };
}

function changeOf(release: Release, effect: Effect, result: EffectResult): Partial<Release> {
  if (result.status === "abandoned") return {};
  if (result.status === "blocked") return blocked(release, effect, result.reason);
  switch (effect.kind) {
    case "set-weights":
    case "copy-images":
      return result.status === "committed"
        ? carried(release, effect, result.commit, result.at, result.copy)
        : carried(release, effect, null, result.at);
    case "open-rollback":
      if (!release.rollback || result.status !== "opened") return {};
      return {
        rollback: {
          ...release.rollback,
          pull: { number: result.pull, head: result.head, openedAt: result.at },
        },
      };
    case "merge-rollback":
      // The next look reads the merged PR, as it does when a person merges it.
      return {};
    case "close-rollback":
      return release.rollback ? { rollback: { ...release.rollback, settled: true } } : {};
    case "bring-image":
    case "merge-proposal":
    case "close-proposal":
      return {};
  }
}

function blocked(release: Release, effect: Effect, reason: string): Partial<Release> {
  const { rollback } = release;
  if (effect.kind === "open-rollback" || effect.kind === "merge-rollback") {
    return rollback ? { rollback: { ...rollback, blocked: reason } } : {};
  }
  if (effect.kind === "close-rollback") return rollback ? { rollback: { ...rollback, settled: true } } : {};
  if (release.phase === "rolling-back" && rollback) {
    return { rollback: { ...rollback, direct: "refused", blocked: rollback.blocked ?? reason } };
  }
  return { blocked: reason };
}

function describe(effect: Effect, result: EffectResult): string {
  const what = effectWords(effect);
  switch (result.status) {
    case "committed":
      return `${what}, commit ${result.commit.slice(0, 7)}`;
    case "merged":
      if (effect.kind === "close-proposal") return `#${effect.pull} was merged before it was withdrawn`;
      return `${what}, commit ${result.commit.slice(0, 7)}`;
    case "opened":
      return effect.kind === "open-rollback"
        ? `${what}, #${result.pull}`
        : `${what} proposed, #${result.pull}`;
    case "closed":
      return `${what}`;
    case "blocked":
      if (effect.kind === "merge-proposal") return `#${effect.pull} waits to be merged: ${result.reason}`;
      return `${what} refused: ${result.reason}`;
    case "abandoned":
      return `${what} not done: ${result.reason}`;
  }
}

function effectWords(effect: Effect): string {
  switch (effect.kind) {
    case "set-weights":
      return `canary at ${effect.percent} %`;
    case "copy-images":
      return "images copied to stable";
    case "bring-image":
      return `${offerWords(effect.repository, effect.offer)} into the canary workload`;
    case "open-rollback":
      return "rollback PR opened";
    case "merge-rollback":
      return `rollback PR #${effect.pull} merged`;
    case "close-rollback":
      return `rollback PR #${effect.pull} closed as fulfilled`;
    case "merge-proposal":
      return `#${effect.pull} merged`;
    case "close-proposal":
      return `#${effect.pull} withdrawn: ${effect.reason}`;
  }
}
