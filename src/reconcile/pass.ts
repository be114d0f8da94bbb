import type { Rollout } from "../config/types.ts";
import { decide } from "../release/decide.ts";
import { newVersion } from "../release/news.ts";
import { settle } from "../release/settle.ts";
import type { RolloutState } from "../release/state.ts";
import { releaseNumber } from "../release/trailers.ts";
import type { Decision, World } from "../release/world.ts";
import { act } from "./act.ts";
import { answer, answerAside, refuseComment } from "./answer.ts";
import { askedBy } from "./asked.ts";
import { byTheClock, isRight } from "./clock-skew.ts";
import { besideKey, bypassWords, planStep } from "./edits.ts";
import { climbable } from "./facts.ts";
import { askGates } from "./gates.ts";
import { observe } from "./observe.ts";
import { type Aside, type Heard, nextOrder } from "./orders.ts";
import type { Cause, Ports, Remembered } from "./ports.ts";
import { proposalPull, rollbackPull } from "./pulls.ts";
import { CONFIG_FILE, type Reading, read } from "./read.ts";
import { anchorOf, record } from "./record.ts";
import { showRollback } from "./rollback-page.ts";
import { showFound, showLast, showProblems, showRelease, showUnreadable } from "./show.ts";
import { showWaiting } from "./show-apart.ts";
import { isFresh, standsBy } from "./stand-by.ts";
import { numberLeft, rememberRefusal, type StateReading } from "./stored-state.ts";
import { tell } from "./tell.ts";
import { templatesOf } from "./templates.ts";
import { tidy, tidyOpened, tidyProposal } from "./tidy.ts";
import { triggerOf } from "./trigger.ts";
import { type Understood, understand } from "./understand.ts";

/** What a look came to. `next` is when to look again (epoch ms); null: when something happens. */
export interface PassResult {
  readonly changed: boolean;
  /** A release began or ended. */
  readonly turned: boolean;
  readonly next: number | null;
  readonly why: string;
  /** What a person said, if that caused the look, was not dealt with: it must come again. */
  readonly unheard?: true;
}

const ELSEWHERE = "Another process carries on with it.";

function same(why: string, next: number | null = null): PassResult {
  return { changed: false, turned: false, next, why };
}

/** Nothing could be written, or not by us: at `next` it may be. */
function unheard(why: string, next: number | null): PassResult {
  return { ...same(why, next), unheard: true };
}

function moved(why: string, turned = false): PassResult {
  return { changed: true, turned, next: null, why };
}

function noLater(result: PassResult, others: number | null): PassResult {
  return others === null ? result : { ...result, next: Math.min(result.next ?? others, others) };
}

/** One look at one rollout: read everything, decide, change at most one thing, show it. */
export async function reconcile(ports: Ports, name: string, cause: Cause): Promise<PassResult> {
  const { clock, memory } = ports;
  const known = cause.kind === "timer" ? waitingOn(ports, name) : null;
  const stamped = known && (await hasMoved(ports, name, known));
  if (known && stamped?.moved === false) {
    memory.readings.set(name, { ...known, at: stamped.at });
    const remembered = await waitingLook(ports, name, known.reading);
    if (remembered) return remembered;
  }
  const reading = await read(ports, name);
  memory.readings.set(name, { at: clock.now(), reading, stamp: stamped?.stamp ?? null });
  tidyOpened(ports, name, reading);
  return pass(ports, name, cause, reading);
}

/** What was read of a release that waits, if that is enough to look at it. */
function waitingOn({ memory }: Ports, name: string): Remembered | null {
  const known = memory.readings.get(name);
  if (!known?.reading.rollout || known.reading.state.status !== "ok") return null;
  const { release, pending } = known.reading.state.state;
  return release && !pending ? known : null;
}

/**
 * Whether anything that a waiting release rests on has moved since it was read: asked when what is known gets old,
 * before it is read again, so that what moves meanwhile shows the next time.
 */
async function hasMoved(
  { forge, clock, memory, settings }: Ports,
  name: string,
  { at, reading, stamp }: Remembered,
): Promise<{ readonly moved: boolean; readonly at: number; readonly stamp: string | null }> {
  const now = clock.now();
  if (now - at < settings.readEvery) return { moved: false, at, stamp };
  const wanted = memory.paths.get(name);
  const state = reading.state.status === "ok" ? reading.state.state : null;
  // Of these a stamp does not tell: pull requests of ours, gates, and people who speak in another repository.
  const more = state?.proposal || memory.gates.has(name) || reading.rollout?.from;
  if (!wanted || !state?.release || more || state.release.phase === "rolling-back") {
    return { moved: true, at, stamp: null };
  }
  const seen = await forge.stamp(wanted, state.release.cause.pull, { since: now - settings.readEvery, now });
  return { moved: seen.stamp === null || seen.stamp !== stamp, ...seen };
}

/** A release that only waits is judged on the files as they are known; GitHub is read again before anything is written. */
async function waitingLook(ports: Ports, name: string, reading: Reading): Promise<PassResult | null> {
  if (reading.state.status !== "ok" || !reading.rollout) return null;
  const { files } = reading;
  const { state } = reading.state;
  const seen = understand(ports.memory, reading.rollout, files, state.release);
  if (!seen.ok) return null;
  const rollout = climbable(reading.rollout, seen.understood.facts);
  const others = standsBy(ports, name, reading.state);
  const { decision, world } = await decideOn(ports, reading, rollout, seen.understood, {
    cause: null,
    others,
  });
  if (decision.kind !== "wait") return null;
  const result = resultOf(ports, decision, state);
  if (others !== null) return noLater(result, others);
  if (worthShowing(ports, name, world, reading.state)) show(ports, reading, rollout, state, false);
  return result;
}

async function pass(ports: Ports, name: string, cause: Cause, reading: Reading): Promise<PassResult> {
  const { state } = reading;
  if (reading.config.status === "broken")
    showProblems(ports, await configCommit(ports, reading), reading.config.problems);
  if (state.status === "refused") {
    const problem = {
      file: `sluice/state:${name}`,
      line: 1,
      column: 1,
      code: "foreign-state",
      message: state.reason,
    };
    showProblems(ports, reading.head, [problem]);
    await rememberRefusal(ports, name, state);
    const there = cause.repository === undefined ? ports : (await ports.beside(cause.repository))?.ports;
    if (cause.comment !== undefined && there) await refuseComment(there, cause.comment, state.reason);
    return same(state.reason);
  }
  if (!reading.rollout) {
    const why = `${name} is not in the configuration.`;
    // One that cannot be read may have it.
    return reading.config.status === "broken" ? unheard(why, null) : same(why);
  }
  const release = state.status === "ok" ? state.state.release : null;
  const seen = understand(ports.memory, reading.rollout, reading.files, release);
  if (!seen.ok) {
    showProblems(ports, reading.head, seen.problems);
    if (state.status === "ok" && standsBy(ports, name, state) === null)
      showUnreadable(ports, reading, reading.rollout, state.state, seen.problems);
    const why = seen.problems[0]?.message ?? "The manifests cannot be read.";
    return unheard(why, again(ports, reading));
  }
  const { facts } = seen.understood;
  const rollout = climbable(reading.rollout, facts);
  // A dispatch was told to this process alone, and waits for no other.
  const others = cause.dispatch ? null : standsBy(ports, name, state);
  if (state.status === "ok" && others === null) showFound(ports, reading, rollout, state.state);
  if (state.status === "ok" && state.state.pending) {
    if (others !== null) return unheard(ELSEWHERE, others);
    return recover(ports, reading, rollout, state.state);
  }

  const { decision, world, asides } = await decideOn(ports, reading, rollout, seen.understood, {
    cause,
    others,
  });
  for (const aside of asides) {
    // Whoever was told of it answers.
    if (aside.comment.id !== cause.comment && isFresh(ports, aside.comment.createdAt)) continue;
    answerAside(ports, aside, { reading, rollout, state: world.state, facts });
  }
  if (decision.kind === "wait") {
    const result = resultOf(ports, decision, world.state);
    if (others !== null) return noLater(result, others);
    if (worthShowing(ports, name, world, reading.state)) show(ports, reading, rollout, world.state, false);
    return result;
  }
  // Only a person's word does not wait for whoever carries on with the release.
  if (others !== null && world.commands.length === 0) return same(ELSEWHERE, others);
  const anchor = anchorOf(state);
  const recorded = await record(
    ports,
    anchor,
    decision.state,
    decision.why,
    decision.kind === "record" && decision.ended,
  );
  ports.memory.readings.delete(name);
  if (recorded.status === "lost-race") return moved("Somebody else was faster: looking again.");
  if (recorded.status === "blocked") return stuck(ports, reading, recorded.reason);
  say(ports, reading, decision.why);
  const over = decision.kind === "record" && decision.ended ? decision.state.last : null;
  tell(ports, reading, rollout, world.state, decision.state, over);
  tidyProposal(ports, world.state, decision.state);
  if (decision.kind === "record") {
    show(ports, reading, rollout, decision.state, decision.ended);
    return moved(decision.why, (world.state?.release ?? null) === null || decision.ended);
  }
  return carryOut(ports, reading, rollout, decision.state, false);
}

/** An earlier pass intended something and did not live to see it through. */
async function recover(
  ports: Ports,
  reading: Reading,
  rollout: Rollout,
  state: RolloutState,
): Promise<PassResult> {
  return carryOut(ports, reading, rollout, state, true);
}

/** The effect, then its settlement. */
async function carryOut(
  ports: Ports,
  reading: Reading,
  rollout: Rollout,
  state: RolloutState,
  recovering: boolean,
): Promise<PassResult> {
  const { pending } = state;
  if (!pending) return same("nothing pending");
  const result = await act({ ports, rollout, state, pending, reading, recovering });
  const { opened } = ports.memory;
  const pull = result.status === "opened" ? result.pull : null;
  if (pull !== null) {
    opened.set(pull, { rollout: rollout.name, pull, effect: pending.id, effects: state.effects });
  }
  const settled = settle(state, result);
  const now = await read(ports, rollout.name);
  const mine = now.state.status === "ok" && now.state.state.pending?.id === pending.id;
  if (!mine) return moved("Somebody else settled it.");
  const recorded = await record(ports, anchorOf(now.state), settled.state, settled.why, false);
  if (recorded.status === "blocked") return stuck(ports, reading, recorded.reason);
  if (recorded.status === "lost-race") return moved("Somebody else was faster: looking again.");
  if (pull !== null) opened.delete(pull);
  say(ports, reading, settled.why);
  tell(ports, reading, rollout, state, settled.state, null);
  tidyProposal(ports, state, settled.state);
  show(ports, now, rollout, settled.state, false);
  return moved(settled.why);
}

async function decideOn(
  ports: Ports,
  reading: Reading,
  rollout: Rollout,
  { facts, bypasses, standing, left }: Understood,
  // `others` as `standsBy` says.
  { cause, others }: { readonly cause: Cause | null; readonly others: number | null },
): Promise<{ readonly decision: Decision; readonly world: World; readonly asides: readonly Aside[] }> {
  const state = reading.state.status === "ok" ? reading.state.state : null;
  const release = state?.release ?? null;
  const observed = byTheClock(
    await observe(ports, rollout, state, facts, bypasses, reading.head),
    reading.repository.skew,
  );
  if (observed.verdict) ports.memory.verdicts.set(rollout.name, observed.verdict);
  // Without a cause nothing of GitHub is read: such a look can only find that it is time for a real one.
  const { orders, asides }: Heard =
    state && cause ? await nextOrder(ports, rollout, state, reading, cause) : { orders: [], asides: [] };
  const world: World = {
    ...observed,
    now: ports.clock.now(),
    clockRight: isRight(reading.repository.skew),
    rollout,
    state,
    config: reading.config.status === "ok" ? reading.config.oid : "",
    declared: reading.declared,
    head: reading.head,
    weights: facts.weights,
    routes: standing,
    left,
    bypasses: bypasses.map(bypassWords),
    beside: besideKey(bypasses),
    plan: (percent, after) =>
      planStep(rollout, facts, reading.files, percent, { before: release?.routes ?? [], after }),
    bases: facts.bases,
    workloads: {
      stable: { ...facts.stable, oid: facts.bases[rollout.workloads.stable] ?? "" },
      canary: { ...facts.canary, oid: facts.bases[rollout.workloads.canary] ?? "" },
    },
    templates: await templatesOf(ports, rollout, state, facts),
    commands: orders,
    rollbackPull: await rollbackPull(ports, reading.branch, state),
    proposalPull: await proposalPull(ports, reading.branch, state, cause),
    gates: null,
    highestRelease: state ? 0 : await highestRelease(ports, reading, rollout),
    removedBy: reading.state.status === "none" ? reading.state.removedBy : null,
    source: state === null ? null : ((await askedBy(ports, rollout, state, reading, cause)) ?? null),
    trigger: { waiting: "A release runs." },
  };
  if (state && !state.release && newVersion(world, state, { retry: true }).yes) {
    const trigger = await triggerOf(ports, rollout, reading.branch, facts.canary.version, state);
    return { world, asides, decision: decide({ ...world, trigger }) };
  }
  const decision = decide(world);
  if (decision.kind !== "wait" || !decision.asks || !release) return { world, asides, decision };
  // Whoever carries on with it asks, unless somebody says something here: a hook is told once of what waits.
  if (others !== null && orders.length === 0) return { world, asides, decision };
  const { repository } = reading;
  const { asks } = decision;
  const gates = await askGates(ports, { rollout, release, repository, asks, anew: cause !== null });
  return { world, asides, decision: decide({ ...world, gates }) };
}

/** What there was, should the state branch be lost: by the trailers on the branch, and by what we had left there. */
async function highestRelease(ports: Ports, { head, state }: Reading, rollout: Rollout): Promise<number> {
  const { forge } = ports;
  // One that failed before its first weight took back the canary workload alone.
  const paths = [...rollout.targets.slice(0, 1).map(({ file }) => file), rollout.workloads.canary];
  const histories = await Promise.all(paths.map((path) => forge.history(head, { path, limit: 100 })));
  const ours = histories.flat().filter((commit) => commit.ours);
  const left = state.status === "none" ? await numberLeft(ports, state.head, rollout.name) : 0;
  return Math.max(left, ...ours.map(({ message }) => releaseNumber(message, rollout.name) ?? 0));
}

function show(
  ports: Ports,
  reading: Reading,
  rollout: Rollout,
  state: RolloutState | null,
  ended: boolean,
): void {
  if (!state) return;
  if (!state.release) showLast(ports, reading, rollout, state);
  if (state.release) showRelease(ports, reading, rollout, state, state.release, ended ? state.last : null);
  if (state.release) tidy(ports, rollout.name, state.release);
  showRollback(ports, reading, rollout, state);
  showWaiting(ports, state);
  answer(ports, rollout, ended ? { ...state, release: null } : state);
  if (ended)
    for (const known of [ports.memory.verdicts, ports.memory.judgements, ports.memory.gates])
      known.delete(rollout.name);
}

/** Without its state Sluice does nothing, so it says so where the team looks. */
function stuck(ports: Ports, reading: Reading, reason: string): PassResult {
  showProblems(ports, reading.head, [
    { file: CONFIG_FILE, line: 1, column: 1, code: "state-blocked", message: reason },
  ]);
  return unheard(reason, ports.clock.now() + ports.settings.readEvery);
}

function say({ log }: Ports, { repository, rollout }: Reading, why: string): void {
  log.info(`${repository.owner}/${repository.name} ${rollout?.name ?? ""}: ${why}`);
}

/** Numbers that creep along are shown now and then; a new verdict or an end at once. Of another process' release, once. */
function worthShowing(
  { memory, clock, settings }: Ports,
  name: string,
  { verdict }: World,
  state: StateReading,
): boolean {
  const shown = memory.showings.get(name);
  const elsewhere = settings.standBy && state.status === "ok" && memory.own.get(name) !== state.oid;
  const runs = state.status === "ok" && state.state.release !== null;
  const word = elsewhere ? state.oid : runs ? (verdict?.verdict ?? null) : "over";
  if (shown && shown.word === word && (elsewhere || clock.now() - shown.at < settings.showEvery))
    return false;
  memory.showings.set(name, { at: clock.now(), word });
  return true;
}

function resultOf(
  ports: Ports,
  decision: Extract<Decision, { kind: "wait" }>,
  state: RolloutState | null,
): PassResult {
  if (!state?.release) return same(decision.why, decision.until);
  const soon = ports.clock.now() + ports.settings.lookEvery;
  return same(decision.why, Math.min(decision.until ?? soon, soon));
}

/** A release whose files cannot be read is looked at again: a person is mending them. */
function again(ports: Ports, { state }: Reading): number | null {
  const runs = state.status === "ok" && state.state.release !== null;
  return runs ? ports.clock.now() + ports.settings.readEvery : null;
}

async function configCommit(ports: Ports, { repository }: Reading): Promise<string> {
  const [commit] = await ports.forge.history(repository.defaultBranch, { limit: 1 });
  return commit?.oid ?? "";
}
