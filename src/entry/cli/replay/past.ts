import type { Observed } from "../../../reconcile/observe.ts";
import { decide } from "../../../release/decide.ts";
import { settle } from "../../../release/settle.ts";
import type { RolloutState, Weights } from "../../../release/state.ts";
import { begin } from "../../../release/transitions.ts";
import type { Decision, World } from "../../../release/world.ts";
import type { Declared } from "./rollout.ts";
import type { Move } from "./times.ts";

/** Canary's percent of every target, whatever the sum in its manifest is. */
function weightsAt({ rollout }: Declared, percent: number): readonly Weights[] {
  return rollout.targets.map(() => ({ stable: 100 - percent, canary: percent }));
}

const UNSEEN: Observed = { live: null, verdict: null, judgement: null, asOf: null };

/** The world as a pass would have read it: the files say what the release last wrote. */
function worldOf(declared: Declared, state: RolloutState | null, observed: Observed, now: number): World {
  const { rollout, facts, config } = declared;
  const { stable, canary } = facts;
  return {
    ...observed,
    // What a cluster was like then is not known any more.
    cluster: null,
    now,
    clockRight: true,
    rollout,
    config,
    declared: true,
    state,
    weights: weightsAt(declared, state?.release?.shift.percent ?? 0),
    left: [],
    beside: "",
    routes: rollout.targets.map(() => []),
    bypasses: [],
    // What they said then is not known any more: a replay is about the evidence.
    gates: [],
    templates: { lacking: [], strayed: [] },
    plan: (percent) => ({ ok: true, weights: weightsAt(declared, percent) }),
    workloads: {
      stable: { ...stable, oid: facts.bases[stable.file] ?? "" },
      canary: { ...canary, oid: facts.bases[canary.file] ?? "" },
    },
    head: "",
    bases: facts.bases,
    trigger: { waiting: "A release runs." },
    rollbackPull: null,
    proposalPull: null,
    commands: [],
    highestRelease: 0,
    removedBy: null,
  };
}

/** A release as it is before its first weight. */
export function beginAgain(declared: Declared, at: number): RolloutState {
  const { rollout, facts } = declared;
  const idle: RolloutState = {
    schema: 1,
    rollout: rollout.name,
    rest: { version: facts.stable.version, canary: "" },
    next: 1,
    effects: 0,
    release: null,
    pending: null,
    last: null,
    hold: null,
    handled: [],
  };
  const cause = { kind: "merge", commit: "", pull: null, actor: null, deployment: null } as const;
  return begin(worldOf(declared, idle, UNSEEN, at), idle, cause, "");
}

/** The release once a weight is committed, by whoever. */
export function moveTo(declared: Declared, state: RolloutState, { at, percent }: Move): RolloutState {
  const { steps } = declared.rollout;
  const exact = steps.findIndex(({ weight }) => weight === percent);
  const step = exact < 0 ? steps.findLastIndex(({ weight }) => weight <= percent) : exact;
  const effect = {
    kind: "set-weights",
    percent,
    step: Math.max(0, step),
    from: state.release?.expected ?? [],
    to: weightsAt(declared, percent),
    routes: [],
  } as const;
  const pending = { id: "", effect, head: "", bases: {}, at };
  const release = state.release && { ...state.release, hold: null };
  return settle({ ...state, release, pending }, { status: "committed", commit: "then", at }).state;
}

/** What the pass would have decided then. */
export function decideThen(
  declared: Declared,
  state: RolloutState,
  observed: Observed,
  now: number,
): Decision {
  return decide(worldOf(declared, state, observed, now));
}
