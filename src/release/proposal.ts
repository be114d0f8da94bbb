import type { Rollout } from "../config/types.ts";
import { brought } from "./bring.ts";
import { sameRoutes, steadySince, uneven } from "./exposure.ts";
import { copied } from "./promoting.ts";
import type { Change, EffectResult, Pending, Proposal, Release, RolloutState } from "./state.ts";
import { withRelease } from "./transitions.ts";

/** With `delivery: pull-request` a change waits in a pull request; a way down from a failure never does. */
export function isProposed({ delivery }: Pick<Rollout, "delivery">, { release }: RolloutState): boolean {
  const down = release?.phase === "rolling-back" || release?.ending === "rolled-back";
  return delivery === "pull-request" && !down;
}

/**
 * The state once it is known what became of a change that is delivered by a pull request: it was opened, merged,
 * refused or withdrawn. null where the effect was none of these.
 */
export function settleProposal(
  state: RolloutState,
  { effect, id, bases }: Pending,
  result: EffectResult,
  why: string,
): RolloutState | null {
  const { release, proposal } = state;
  const noted = (change: RolloutState) =>
    release ? withRelease(change, release, {}, { at: result.at, text: why, by: null }) : change;
  if (effect.kind === "bring-image" && result.status !== "opened") {
    // One that cannot be written is not tried for ever; the next is.
    const done = result.status === "committed" || result.status === "blocked";
    const version = result.status === "committed" ? result.version : undefined;
    return noted(done ? brought(state, effect.offer, version) : state);
  }
  if (effect.kind === "set-weights" || effect.kind === "copy-images" || effect.kind === "bring-image") {
    if (result.status !== "opened") return null;
    const { pull, head, version, copy, at: openedAt } = result;
    const by = release?.timeline.at(-1)?.by ?? null;
    return noted({
      ...state,
      proposal: {
        ...{ id, change: effect, bases, pull, head, openedAt, by, refused: null },
        ...(version !== undefined && { version }),
        ...(copy !== undefined && { copy }),
      },
    });
  }
  if (effect.kind !== "merge-proposal" && effect.kind !== "close-proposal") return null;
  if (!proposal) return state;
  if (result.status === "merged") return merged(state, proposal, result.commit, result.at, why, null);
  if (result.status === "closed") return noted({ ...state, proposal: null });
  if (result.status !== "blocked") return state;
  const refused = { at: result.at, reason: result.reason, queued: result.queued === true };
  const now = { ...state, proposal: { ...proposal, refused } };
  // GitHub is asked again and again; its answer is told once.
  return proposal.refused?.reason === result.reason ? now : noted(now);
}

/** A pull request was merged, by us or by a person: what it says holds from now on. */
export function merged(
  state: RolloutState,
  { change, by, version, copy }: Proposal,
  commit: string,
  at: number,
  why: string,
  merger: string | null,
): RolloutState {
  const { release } = state;
  const through = { ...state, proposal: null };
  if (change.kind === "bring-image") return brought(through, change.offer, version);
  if (!release) return through;
  // A weight by name stays until somebody resumes, whatever was said while it waited.
  const named = change.kind === "set-weights" && change.step === null && by !== null;
  const will =
    named && release.will?.kind !== "paused" ? ({ kind: "manual-weight", by, at } as const) : release.will;
  const now = { ...carried(release, change, commit, at, copy), will };
  return withRelease(through, release, now, { at, text: why, by: merger });
}

/** The release once a change is on the deployment branch. */
export function carried(
  release: Release,
  change: Exclude<Change, { readonly kind: "bring-image" }>,
  commit: string | null,
  at: number,
  copy?: string,
): Partial<Release> {
  const { rollback } = release;
  if (change.kind === "copy-images") return { promotion: copied(release, at, copy) };
  return {
    step: change.step ?? release.step,
    approved: null,
    expected: change.to,
    routes: change.routes,
    shift: {
      percent: change.percent,
      before: release.shift.percent,
      rerouted: !sameRoutes(release.routes, change.routes) || uneven(release.expected),
      baseline: steadySince(release),
      at,
      commit,
      live: null,
    },
    ...(rollback && { rollback: { ...rollback, direct: "done" as const } }),
  };
}
