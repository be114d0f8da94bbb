import type { Judgement } from "../../../analysis/judgement.ts";
import { isSequential, optionsOf } from "../../../analysis/judgement.ts";
import { SLOW_BUDGET } from "../../../analysis/sequential/slow-limit.ts";
import { type SequentialVerdict, verdictOf } from "../../../analysis/sequential/verdict.ts";
import type { Observation, Scrape, Verdict } from "../../../analysis/types.ts";
import type { Metrics } from "../../../ports/metrics.ts";
import { judgingOf, measure, rungsOf } from "../../../reconcile/observe.ts";
import { emptyMemory, type Ports } from "../../../reconcile/ports.ts";
import type { RolloutState } from "../../../release/state.ts";
import type { Decision } from "../../../release/world.ts";
import { beginAgain, decideThen, moveTo } from "./past.ts";
import type { Declared } from "./rollout.ts";
import type { Move, Told } from "./times.ts";

export interface Window {
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  /** Between two looks, ms. */
  readonly every: number;
}

/** What a pass saw and would have said. */
export interface Look {
  readonly at: number;
  readonly percent: number;
  /** Null while the weight is not seen live. */
  readonly verdict: Verdict | null;
  readonly evidence: Evidence | null;
  readonly words: string;
}

/** Of harm, as natural logarithms; at `needed` it fails. Null where all objectives are plain limits. */
interface Evidence {
  readonly log: number;
  readonly needed: number;
  readonly channels: SequentialVerdict["channels"];
}

/** What would have been done, the first time at each weight. */
export interface Deed {
  readonly at: number;
  readonly percent: number;
  readonly kind: "live" | "hold" | "go-on" | "promote" | "roll-back";
  readonly words: string;
}

export interface Replayed {
  readonly looks: readonly Look[];
  /** Up to the rollback, if there is one. */
  readonly deeds: readonly Deed[];
  /** Within the window, ascending. */
  readonly scrapes: readonly Scrape[];
}

/** What a source may say of the past; anything else is trouble of today, and no verdict. */
const OF_THE_PAST: readonly string[] = ["stale", "empty"];
/** Each record makes the pass look again at once: live, then a hold or the judge's first knowledge. */
const LOOKS_AT_ONCE = 6;

/** Looks at a window of the past as the pass would have, with the weights there were. */
export async function replay(
  metrics: Metrics,
  declared: Declared,
  moves: readonly Move[],
  { from, to, every }: Window,
): Promise<Told<Replayed>> {
  const scrapes = new Map<number, Scrape>();
  const looks: Look[] = [];
  const deeds: Deed[] = [];
  let state = beginAgain(declared, moves[0]?.at ?? from);
  let moved = 0;
  let seen = false;
  let missing = "";
  let trouble: string | null = null;
  const memory = emptyMemory();
  const tapped: Metrics = {
    ...metrics,
    async observe(question) {
      const observation = await metrics.observe(question);
      if (observation.status === "ok") {
        seen = true;
        for (const scrape of observation.evidence.scrapes) scrapes.set(scrape.at, scrape);
      } else if (OF_THE_PAST.includes(observation.code)) missing = observation.detail;
      else trouble = told(observation);
      return observation;
    },
  };
  // What ended the release was decided on what was seen under its last weight, at the moment it went to 0.
  const end = moves.find(({ percent }) => percent === 0)?.at ?? to;
  for (const now of times(from, end, every)) {
    for (let next = moves[moved]; next && next.at <= now && next.percent > 0; next = moves[moved]) {
      state = moveTo(declared, state, next);
      moved += 1;
    }
    const percent = state.release?.shift.percent ?? 0;
    if (percent === 0) continue;
    const { look, after, done } = await lookAt({ metrics: tapped, memory }, declared, state, now);
    if (trouble !== null) return { ok: false, reason: trouble };
    looks.push(look);
    state = after;
    const over = deeds.some(({ kind }) => kind === "roll-back");
    const fresh = done.filter(
      (deed) =>
        !deeds.some((one) => one.percent === deed.percent && one.kind === deed.kind && deed.kind !== "hold"),
    );
    if (!over) deeds.push(...fresh);
  }
  if (!seen) return { ok: false, reason: `${missing}. Is this window within what the source keeps?` };
  const within = [...scrapes.values()].filter(({ at }) => at > from && at <= to).sort((a, b) => a.at - b.at);
  return { ok: true, value: { looks, deeds, scrapes: within } };
}

/** The last look is at the end, wherever the others fall. */
function* times(from: number, to: number, every: number): Iterable<number> {
  for (let now = from; now < to; now += every) yield now;
  yield to;
}

function told(observation: Exclude<Observation, { readonly status: "ok" }>): string {
  return `${observation.code}: ${observation.detail}`;
}

async function lookAt(
  ports: Pick<Ports, "metrics" | "memory">,
  declared: Declared,
  before: RolloutState,
  now: number,
) {
  const { rollout, facts, bypasses } = declared;
  const clock = { now: () => now };
  const done: Deed[] = [];
  let state = before;
  for (let again = 0; ; again += 1) {
    const { release } = state;
    const percent = release?.shift.percent ?? 0;
    const observed = await measure({ ...ports, clock }, rollout, release, facts, bypasses);
    const decision = decideThen(declared, state, observed, now);
    const deed = deedOf(state, decision, now);
    if (deed) done.push(deed);
    state = afterwards(state, decision);
    if (decision.kind === "record" && deed?.kind !== "promote" && again < LOOKS_AT_ONCE) continue;
    const { verdict, live, judgement } = observed;
    const words = verdict?.words ?? live?.detail ?? "";
    const evidence = judgement && evidenceOf(declared, judgement, percent, now);
    return { look: { at: now, percent, verdict, evidence, words }, after: state, done };
  }
}

/** The weights are those of the past: what would have been done is said, and only what is known is kept. */
function afterwards(before: RolloutState, decision: Decision): RolloutState {
  if (decision.kind === "wait" || !decision.state.release || !before.release) return before;
  const { judgement, hold, shift } = decision.state.release;
  return decision.kind === "record" && decision.state.release.phase === "stepping"
    ? { ...before, release: { ...before.release, judgement, hold, shift } }
    : { ...before, release: { ...before.release, judgement } };
}

function deedOf({ release }: RolloutState, decision: Decision, at: number): Deed | null {
  if (decision.kind === "wait" || !release) return null;
  const { percent } = release.shift;
  const deed = (kind: Deed["kind"]): Deed => ({ at, percent, kind, words: decision.why });
  if (decision.kind === "effect") {
    return deed(decision.state.pending?.effect.kind === "open-rollback" ? "roll-back" : "go-on");
  }
  const after = decision.state.release;
  if (after?.phase === "promoting") return deed("promote");
  if (after?.phase === "rolling-back") return deed("roll-back");
  if (after?.shift.live && !release.shift.live) return deed("live");
  return after?.hold?.reason === release.hold?.reason ? null : deed("hold");
}

function evidenceOf(
  { rollout }: Declared,
  judgement: Judgement,
  percent: number,
  now: number,
): Evidence | null {
  const judging = judgingOf(rollout);
  if (!isSequential(judging)) return null;
  const { summary, slow } = judgement;
  const ladder = { rungs: rungsOf(rollout), committed: percent, fresh: true, now };
  const { evidence, needed, channels } = verdictOf(summary, ladder, optionsOf(judging));
  // Limits of latency have a part of the budget to themselves: the same scale where they fail.
  const part = Math.log((judging.falseRollback * SLOW_BUDGET) / Math.max(1, slow.length));
  const limits = slow.map(({ process }) => process.log + part + needed);
  return { log: Math.max(evidence, ...limits), needed, channels };
}
