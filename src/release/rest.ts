import { withSource } from "./bring.ts";
import { noted, plannedStart, scheduledStart, scheduleWords, soonest } from "./clock.ts";
import { frozen } from "./freeze.ts";
import { describe, newVersion } from "./news.ts";
import type { RolloutState } from "./state.ts";
import { releaseName } from "./state.ts";
import { begin, isZero, record, wait } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/** Nothing is released: is there a version to release, and does the rollout's `on:` say now? */
export function rest(world: World, state: RolloutState): Decision {
  const { canary } = world.workloads;
  if (state.proposal) return wait(null, `#${state.proposal.pull} waits to be merged.`);
  const unwritten = state.hold?.reason === "blocked" || state.hold?.reason === "proposal-closed";
  if (unwritten && isZero(world.weights)) {
    return record({ ...state, hold: null }, `${state.rollout}: at rest, canary 0 %`);
  }
  if (state.hold) return wait(null, state.hold.detail);
  const news = newVersion(world, state);
  if (!news.yes) {
    // The baseline follows edits that release nothing, so that a revert later restores the newest of them.
    if (news.baseline && (state.rest.canary !== canary.oid || state.rest.version !== canary.version)) {
      const baseline = { version: canary.version, canary: canary.oid };
      return record({ ...state, rest: baseline }, `${state.rollout}: baseline is now ${canary.version}`);
    }
    return wait(null, news.reason);
  }
  if (!world.declared) return wait(null, "The rollout is no longer in the configuration.");
  const { on, freezes } = world.rollout;
  const note = on.kind === "schedule" ? noted(world, state, on) : null;
  if (note) return note;
  const stopped = frozen(world, state);
  if (stopped) return wait(stopped.until, stopped.words);
  const planned = plannedStart(state, canary.version)?.at ?? null;
  const scheduled =
    on.kind === "schedule" && state.waits ? scheduledStart(on, freezes, state, state.waits.since) : null;
  const next = soonest(world.now, planned, scheduled);
  if ("waiting" in world.trigger) return wait(next, world.trigger.waiting);
  const cause = withSource(world, state, world.trigger.cause);
  if (on.kind === "schedule" && cause.kind === "schedule" && (scheduled === null || scheduled > world.now))
    return wait(next, `Waiting for ${scheduleWords(on)}.`);
  const why = `${releaseName(state.rollout, state.next)} begins: ${describe(world)} (${causeWords(cause)})`;
  return record(begin(world, state, cause, why), why);
}

function causeWords(cause: {
  kind: string;
  pull: number | null;
  commit: string;
  deployment: number | null;
  source?: { repository: string; commit: string };
}): string {
  const { source } = cause;
  if (source) return `${source.repository} at ${source.commit.slice(0, 10)}`;
  const commit = cause.commit.slice(0, 7);
  if (cause.kind === "schedule") return `by its schedule, commit ${commit}`;
  if (cause.kind === "deployment") return `deployment ${cause.deployment} of ${commit}`;
  return cause.pull === null ? `commit ${commit}` : `#${cause.pull}, commit ${commit}`;
}
