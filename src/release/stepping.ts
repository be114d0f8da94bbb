import type { Step } from "../config/types.ts";
import { nextOpening } from "../config/windows.ts";
import { asExpected, exposed, routeWords } from "./exposure.ts";
import { freezeHold } from "./freeze.ts";
import { asking, gateHold, gatesOf, gateWords } from "./gates.ts";
import {
  driftHold,
  hold,
  holdChanged,
  patience,
  removedHold,
  weightsHold,
  windowHold,
  wordHold,
  workloadHold,
} from "./holds.ts";
import { canaryFailure, liveWords, proofHold, unproven } from "./proof.ts";
import type { Hold, Release, RolloutState } from "./state.ts";
import { fail, intend, record, wait, withRelease } from "./transitions.ts";
import type { Decision, World } from "./world.ts";

/** Up the ladder: a step may be left only when it was live, has baked, and has verdict `pass`. */
export function stepping(world: World, state: RolloutState, release: Release): Decision {
  const failed = failure(world, release);
  if (failed) return fail(world, state, release, failed);
  const leaving = left(world, state, release);
  if (leaving) return leaving;

  // Whoever holds it, what runs is judged.
  if (becameLive(world, release)) return recordLive(world, state, release);

  const person =
    weightsHold(world, release) ??
    workloadHold(world, release) ??
    removedHold(world, release) ??
    wordHold(world, release) ??
    driftHold(world, release);
  const back = person ? null : retreat(world, state, release);
  if (back) return back;
  const waiting = person ?? evidenceHold(world, release) ?? permissionHold(world, release);
  // Asked last: nobody is asked for what something else keeps anyway.
  const ready = readyAt(world, release);
  const missing = unproven(world);
  const due = waiting === null && world.now >= ready && missing === null && allowed(world, release);
  const gates = gatesOf(world.rollout, release);
  if (due && gates.length > 0 && world.gates === null) return asking(gates, release);
  const holding = waiting ?? (due ? gateHold(world, release) : null);
  if (holdChanged(release.hold, holding)) return recordHold(world, state, release, holding);
  if (holding) return onHold(world, state, release, holding);

  if (world.now < ready) return wait(ready, "baking");
  if (missing) return wait(null, missing.words);
  return advance(world, state, release);
}

export function failure(world: World, release: Release): Release["failure"] {
  const { verdict } = world;
  const broken = canaryFailure(world, release);
  if (broken !== null) return { at: world.now, by: null, slos: [], words: broken };
  if (!release.shift.live || verdict?.verdict !== "fail") return null;
  const slos = verdict.slos.map(({ name, limit, canary, stable, requests, verdict: word }) => ({
    name,
    limit,
    canary,
    stable,
    requests,
    verdict: word,
  }));
  return { at: world.now, by: null, slos, words: `Failed at ${release.shift.percent} %: ${verdict.words}` };
}

/** Back to a step at which the two sides can be compared; from there the release climbs by its evidence again. */
function retreat(world: World, state: RolloutState, release: Release): Decision | null {
  const percent = world.verdict?.retreat;
  if (percent === undefined || !release.shift.live || percent >= release.shift.percent) return null;
  const index = world.rollout.steps.findLastIndex(({ weight }) => weight <= percent && weight > 0);
  if (index < 0 || index >= release.step) return null;
  const to = world.rollout.steps[index]?.weight ?? 0;
  const why = `${release.shift.percent} % → ${to} %, back: ${world.verdict?.words ?? ""}`;
  return shiftTo(world, state, release, index, why, null);
}

/** The canary workload was changed under the release: its own end, when that is what the change means. */
export function left(world: World, state: RolloutState, release: Release): Decision | null {
  const { version } = world.workloads.canary;
  if (version === release.version) return null;
  const back = version === state.rest.version;
  if (!back && world.rollout.supersede !== "restart") return null;
  const why = back
    ? `The canary workload was set back to version ${version}: the release is cancelled`
    : `Superseded by version ${version}`;
  // A weight by hand was for the version that is gone; a pause stops the way down too.
  const will = release.will?.kind === "paused" ? release.will : null;
  const ending = back ? "cancelled" : "superseded";
  const change = { phase: "returning", ending, will, blocked: null, hold: null } as const;
  return record(withRelease(state, release, change, entry(world, why)), why);
}

export function becameLive(world: World, release: Release): boolean {
  // Under other weights or another version the reading says nothing about this step.
  const ours = asExpected(world, release) && world.workloads.canary.version === release.version;
  return ours && release.shift.live === null && exposed(release) && world.live?.live === true;
}

export function recordLive(world: World, state: RolloutState, release: Release): Decision {
  if (!world.live?.live) return wait(null, "not live");
  const { how, detail, at: certain } = world.live;
  // Judge only what came after the scrape that proved it; by the clock, only what comes from now on.
  const at = how === "shares" ? (certain ?? world.asOf ?? world.now) : world.now;
  const why = `${release.shift.percent} % is live: ${liveWords(world.live)}`;
  const shift = { ...release.shift, live: { at, how, detail } };
  const hold = release.hold?.kind === "person" ? release.hold : null;
  return record(withRelease(state, release, { shift, hold }, entry(world, why)), why);
}

export function recordHold(
  world: World,
  state: RolloutState,
  release: Release,
  holding: Hold | null,
): Decision {
  const why = holding
    ? `Holding (${holding.reason}): ${holding.detail}`
    : `No longer holding (${release.hold?.reason})`;
  const change = { hold: holding, ...proveAgain(world, release) };
  return record(withRelease(state, release, change, entry(world, why)), why);
}

/** What was seen while other weights or another version were there proves nothing: the step begins anew. */
function proveAgain(world: World, release: Release): Partial<Release> {
  const { hold, shift, phase } = release;
  const rising = (phase === "stepping" || phase === "promoting") && exposed(release);
  const foreign = hold?.reason === "hand-edit" || hold?.reason === "superseded" || hold?.reason === "drift";
  if (!rising || !foreign) return {};
  // What was there meanwhile is no baseline either, and what the judge took in is not all of this version.
  return { shift: { ...shift, baseline: world.now, at: world.now, live: null }, judgement: null };
}

function onHold(world: World, state: RolloutState, release: Release, holding: Hold): Decision {
  if (holding.kind === "person") {
    return wait(
      holding.reason === "window" ? nextOpening(world.rollout.windows, world.now) : null,
      holding.detail,
    );
  }
  const { limit, then } = world.rollout.holds;
  const deadline = holding.since + limit;
  if (then === "stay" || world.now < deadline) return wait(then === "stay" ? null : deadline, holding.detail);
  const words = `No evidence for ${Math.round(limit / 60_000)} min at ${release.shift.percent} % (${holding.reason}): ${holding.detail}`;
  return fail(world, state, release, { at: world.now, by: null, slos: [], words });
}

function evidenceHold(world: World, release: Release): Hold | null {
  const { shift } = release;
  if (!exposed(release)) return unknownTraffic(world, release) ?? proofHold(world, release);
  if (shift.live === null) {
    if (world.now < shift.at + patience(world.rollout)) return null;
    const detail = world.live?.detail ?? "The data plane has not been seen to follow.";
    const down = world.cluster?.traffic?.status === "unavailable";
    return hold(world, release, {
      kind: "evidence",
      reason: down ? "cluster-unavailable" : "not-live",
      detail,
    });
  }
  if (world.now < readyAt(world, release)) return null;
  const verdict = world.verdict?.verdict ?? "unavailable";
  if (verdict === "inconclusive" || verdict === "unavailable") {
    const detail = world.verdict?.words ?? "Nothing was read from the metrics source.";
    return hold(world, release, { kind: "evidence", reason: verdict, detail });
  }
  return proofHold(world, release);
}

/** Before the first weight only the choice of one needs metrics, and only when it may be taken. */
function unknownTraffic(world: World, release: Release): Hold | null {
  const { rollout, verdict } = world;
  if (!rollout.auto || verdict?.verdict !== "unavailable") return null;
  if (freezeHold(world, release) || windowHold(world, release)) return null;
  const detail = `The first weight is chosen by the traffic: ${verdict.words}`;
  return hold(world, release, { kind: "evidence", reason: "unavailable", detail });
}

/** What a good step still waits for: the end of a freeze, an approval, a window. Missing evidence is no less missing meanwhile. */
function permissionHold(world: World, release: Release): Hold | null {
  const stopped = freezeHold(world, release);
  if (stopped) return stopped;
  if (world.now < readyAt(world, release) || (exposed(release) && release.shift.live === null)) return null;
  const step = world.rollout.steps[release.step];
  if (step?.approval && release.approved === null) {
    const detail = `${release.shift.percent} % is good; \`approve\` lets it go on.`;
    return hold(world, release, { kind: "person", reason: "approval", detail });
  }
  return windowHold(world, release);
}

/** When the present step has baked; before the first there is nothing to bake. */
function readyAt(world: World, release: Release): number {
  const { shift, step } = release;
  if (!exposed(release)) return shift.at;
  if (shift.live === null) return Number.POSITIVE_INFINITY;
  const rung = world.rollout.steps[Math.max(step, 0)];
  return shift.live.at + (rung?.bake ?? 0);
}

/** By its evidence; before the first step there is none, unless that chooses it. */
function allowed({ verdict, rollout }: World, release: Release): boolean {
  const judged = exposed(release) || rollout.auto;
  return !judged || verdict?.verdict === "pass";
}

function advance(world: World, state: RolloutState, release: Release): Decision {
  // Not live yet: `readyAt` is infinite, so this is only reached before the first step or with a verdict.
  const { rollout, verdict } = world;
  if (!allowed(world, release)) return wait(null, "no verdict");
  const judged = exposed(release) || rollout.auto;
  const evidence = `${verdict && judged ? `: ${verdict.words}` : ""}${gateWords(world.gates ?? [], release)}`;
  const index = following(world, release);
  const next = rollout.steps[index];
  if (!next) {
    const why = `${release.shift.percent} % passed${evidence}; promoting`;
    const promotion = { copiedAt: null, forcedBy: null };
    return record(
      withRelease(state, release, { phase: "promoting", promotion, hold: null }, entry(world, why)),
      why,
    );
  }
  const skipped = rollout.steps.slice(release.step + 1, index).map(({ weight }) => `${weight} %`);
  const over = skipped.length === 0 ? "" : `, skipping ${skipped.join(", ")}`;
  const why = `${stepWords(release, next)}${over}${evidence}`;
  return shiftTo(world, state, release, index, why, null);
}

/** Index of the step that comes next: the one after, or with `steps: auto` the highest that the evidence allows. */
function following({ rollout, verdict }: World, { step }: Release): number {
  const allowed = rollout.auto ? rollout.steps.findIndex(({ weight }) => weight === verdict?.advance) : -1;
  return Math.max(allowed, step + 1);
}

/** `First step: 10 %`, `10 % → 25 %, header route testers taken away`. */
function stepWords({ step, shift, routes }: Release, next: Step): string {
  const weight = shift.percent === next.weight ? `${next.weight} %` : `${shift.percent} % → ${next.weight} %`;
  const rerouted = routeWords(routes, next.routes);
  const words = step < 0 ? `First step: ${next.weight} %` : weight;
  return rerouted === null ? words : `${words}, ${rerouted}`;
}

/** Intends the weight and the routes of a step. */
export function shiftTo(
  world: World,
  state: RolloutState,
  release: Release,
  index: number,
  why: string,
  by: string | null,
): Decision {
  const step = world.rollout.steps[index];
  if (!step) return wait(null, "no such step");
  const plan = world.plan(step.weight, step.routes);
  if (!plan.ok) {
    const blocked = withRelease(state, release, { blocked: plan.reason }, entry(world, plan.reason));
    return record(blocked, `${step.weight} % cannot be written: ${plan.reason}`);
  }
  const effect = {
    kind: "set-weights",
    percent: step.weight,
    step: index,
    from: world.weights,
    to: plan.weights,
    routes: step.routes,
  } as const;
  const change = { hold: null, beside: world.beside };
  const changed = withRelease(state, release, change, { at: world.now, text: why, by });
  return intend(world, changed, effect, why);
}

export function entry(world: World, text: string): { at: number; text: string; by: null } {
  return { at: world.now, text, by: null };
}
