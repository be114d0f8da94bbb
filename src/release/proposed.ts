import { brought, offerWords, sameOffer } from "./bring.ts";
import { frozen } from "./freeze.ts";
import { merged } from "./proposal.ts";
import type { Change, Effect, Proposal, RolloutState } from "./state.ts";
import { intend, isHandled, percentsOf, record, wait, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/** Milliseconds before a merge that GitHub refused is tried again, once nothing seems to forbid it. */
const TRY_EVERY = 60_000;

/**
 * While a change waits in a pull request everything is decided as if it were not there. What would not be decided
 * now is not merged; what the release leaves behind, because it goes another way or a file changed, is closed.
 * A person may merge it at any time: that is their word.
 */
export function proposed(
  world: World,
  state: RolloutState,
  proposal: Proposal,
  free: (world: World, state: RolloutState) => Decision,
): Decision {
  const { pull } = proposal;
  const standing = world.proposalPull;
  if (standing?.state === "merged") {
    const why = `#${pull} merged${standing.by ? ` by ${standing.by}` : ""}: ${words(proposal.change)}`;
    const commit = standing.mergeCommit ?? proposal.head;
    return record(merged(state, proposal, commit, world.now, why, standing.by), why);
  }
  if (standing?.state === "closed") return declined(world, state, proposal, standing.by ?? "Somebody");
  if (standing?.bringsMore) return withdraw(world, state, proposal, "the branch was moved back since");
  const moved = Object.keys(proposal.bases).find((path) => world.bases[path] !== proposal.bases[path]);
  if (moved !== undefined) return withdraw(world, state, proposal, `${moved} changed`);

  const next = free(world, state);
  // Whether it is the same is not known yet.
  if (next.kind === "wait" && next.asks) return next;
  const same = next.kind === "effect" && covers(next.state.pending?.effect, proposal.change);
  const ordered = world.commands.some(({ key }) => !isHandled(state, key));
  const named = proposal.by !== null;
  if (next.kind !== "wait" && leaves(state, next)) return withdraw(world, state, proposal, next.why);
  if (next.kind === "effect" && !same) {
    // What was ordered by name is not decided by the evidence, and waits until it is merged or taken back.
    const stands = named && !ordered;
    if (!stands) return withdraw(world, state, proposal, next.why);
  }
  if (next.kind === "record") return next;
  if (next.kind === "effect" && same && ordered) return record({ ...next.state, pending: null }, next.why);

  const paused = state.release?.will?.kind === "paused";
  const goes = !paused && (!rises(world, state, proposal.change) || frozen(world, state) === null);
  // Whoever holds the rollout at rest holds what is brought into it, too.
  const held = proposal.change.kind === "bring-image" && state.hold !== null;
  const due = state.release === null ? !held : named ? goes : same;
  const { refused } = proposal;
  // In a queue it merges by itself.
  if (refused?.queued) {
    if (!due) return withdraw(world, state, proposal, next.why);
    return wait(null, `#${pull} is in the merge queue.`);
  }
  const again = refused === null || (standing?.mergeable === true && world.now >= refused.at + TRY_EVERY);
  if (due && standing && again) {
    return intend(world, state, { kind: "merge-proposal", pull, head: proposal.head }, `Merging #${pull}`);
  }
  return wait(next.kind === "wait" ? next.until : null, `#${pull} waits to be merged.`);
}

/** The release would be somewhere else: it failed, it ends, or it is in another phase. */
function leaves({ release }: RolloutState, next: Exclude<Decision, { readonly kind: "wait" }>): boolean {
  const after = next.state.release;
  if (next.kind === "record" && next.ended) return true;
  if (after?.promotion?.failed !== release?.promotion?.failed) return true;
  return after?.number !== release?.number || after?.phase !== release?.phase;
}

function rises({ weights }: World, { release }: RolloutState, change: Change): boolean {
  if (change.kind === "bring-image") return false;
  return (
    change.kind === "copy-images" ||
    change.percent > Math.min(release?.shift.percent ?? 0, ...percentsOf(weights))
  );
}

/** The same, or with `steps: auto` a step above it, which allows this one too. */
function covers(effect: Effect | undefined, change: Change): boolean {
  if (JSON.stringify(effect) === JSON.stringify(change)) return true;
  if (effect?.kind === "bring-image" && change.kind === "bring-image") {
    return sameOffer(effect.offer, change.offer);
  }
  if (effect?.kind !== "set-weights" || change.kind !== "set-weights") return false;
  return effect.step !== null && change.step !== null && effect.step > change.step;
}

function withdraw(world: World, state: RolloutState, { pull }: Proposal, reason: string): Decision {
  return intend(world, state, { kind: "close-proposal", pull, reason }, `Withdrawing #${pull}: ${reason}`);
}

/** Somebody said no: what was proposed is not proposed again until somebody says so. */
function declined(world: World, state: RolloutState, { pull, change }: Proposal, by: string): Decision {
  const why = `${by} closed #${pull} without merging it: ${words(change)} is not to be`;
  const without = { ...state, proposal: null };
  const { release } = state;
  // The next image is another question.
  if (change.kind === "bring-image") return record(brought(without, change.offer), why);
  if (release) {
    const will = { kind: "proposal-closed", by, at: world.now } as const;
    const change = release.will?.kind === "paused" ? {} : { will };
    return record(withRelease(without, release, change, { at: world.now, text: why, by }), why);
  }
  const detail =
    `${by} closed #${pull} without merging it. At rest the canary has weight 0: ` +
    `\`/canary ${state.rollout} resume\` proposes it anew.`;
  const hold = { kind: "person", reason: "proposal-closed", since: world.now, detail } as const;
  return record({ ...without, hold }, why);
}

function words(change: Change): string {
  if (change.kind === "bring-image") return offerWords(change.repository, change.offer);
  return change.kind === "copy-images" ? "images to stable" : `canary at ${change.percent} %`;
}
