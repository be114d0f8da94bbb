import type { ManagedRoute, Rollout } from "../config/types.ts";
import { setImages } from "../manifests/index.ts";
import {
  type FileChange,
  type FileReading,
  type Forge,
  ForgeError,
  type Priority,
  type PullFacts,
} from "../ports/forge.ts";
import type { Effect, EffectResult, Pending, RolloutState, Weights } from "../release/state.ts";
import { readTrailers, trailersOf, writeTrailers } from "../release/trailers.ts";
import { type Changes, targetChanges, textOf, type Wanted } from "./edits.ts";
import { factsOf } from "./facts.ts";
import type { Ports } from "./ports.ts";
import { blob, filesOf, type Reading } from "./read.ts";
import { rollbackPage } from "./rollback-page.ts";
import { type Texts, textsOf } from "./texts.ts";

/** Commits looked through for an effect that may have happened. */
const DEPTH = 100;
const TRIES = 5;

/** What an effect is carried out with. */
export interface Act {
  readonly ports: Ports;
  readonly rollout: Rollout;
  /** As intended: `pending` is set. */
  readonly state: RolloutState;
  readonly pending: Pending;
  readonly reading: Reading;
  /** An earlier pass intended it and may have done it already. */
  readonly recovering: boolean;
}

type Commit = Extract<Effect, { readonly kind: "set-weights" | "copy-images" }>;
type OpenRollback = Extract<Effect, { readonly kind: "open-rollback" }>;

/** Carries out a pending effect, or finds that it happened. Idempotent: an effect happens once, whoever looks and however often. */
export async function act(context: Act): Promise<EffectResult> {
  const { effect } = context.pending;
  switch (effect.kind) {
    case "set-weights":
    case "copy-images":
      return commit(context, effect);
    case "open-rollback":
      return openRollback(context, effect);
    case "merge-rollback":
      return mergeRollback(context, effect.pull, effect.head);
    case "close-rollback":
      return closeRollback(context, effect.pull);
  }
}

async function commit(context: Act, effect: Commit): Promise<EffectResult> {
  const { ports, pending, rollout, reading } = context;
  let { head, files } = reading;
  let look = context.recovering;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (look) {
      const done = await findCommit(context, head);
      if (done) return done;
    }
    const moved = movedBase(pending, files);
    if (moved) return abandoned(context, `${moved} changed meanwhile`);
    const edited = changesOf(context, effect, files);
    // The same files give the same refusal: to decide again would change nothing.
    if (!edited.ok) return { status: "blocked", reason: edited.reason, at: ports.clock.now() };
    const outcome = await ports.forge.commit({
      branch: reading.branch,
      expectedHead: head,
      message: message(context, textsOf(context)),
      files: edited.changes,
      priority: priorityOf(context.state),
    });
    if (outcome.status === "committed") return { ...outcome, commit: outcome.oid, at: ports.clock.now() };
    if (outcome.status === "blocked") {
      return {
        status: "blocked",
        reason: `GitHub refused the write: ${outcome.reason}`,
        at: ports.clock.now(),
      };
    }
    const fresh = (await ports.forge.snapshot([{ branch: reading.branch, paths: filesOf(rollout) }])).get(
      reading.branch,
    );
    if (!fresh) return abandoned(context, `the branch ${reading.branch} is gone`);
    ({ head, files } = fresh);
    look = true;
  }
  return abandoned(context, `the head of ${reading.branch} moved ${TRIES} times`);
}

/** The effect by its trailer, among the commits since it was intended. */
async function findCommit({ ports, pending }: Act, head: string): Promise<EffectResult | null> {
  for (const commit of await ports.forge.history(head, { limit: DEPTH })) {
    if (commit.oid === pending.head) return null;
    if (commit.ours && readTrailers(commit.message)?.effect === pending.id) {
      return { status: "committed", commit: commit.oid, at: commit.committedAt };
    }
  }
  return null;
}

/** The configuration is pinned, so only the files that were decided upon count. */
function movedBase(pending: Pending, files: ReadonlyMap<string, FileReading>): string | null {
  for (const [path, oid] of Object.entries(pending.bases)) {
    const file = files.get(path);
    if (file?.status !== "text" || file.oid !== oid) return path;
  }
  return null;
}

function changesOf(context: Act, effect: Commit, files: ReadonlyMap<string, FileReading>): Changes {
  const { rollout } = context;
  if (effect.kind === "set-weights") {
    return targetChanges(rollout, wantedOf(context, effect.to, effect.routes), files);
  }
  const path = rollout.workloads.stable;
  const text = textOf(files, path);
  const edited = setImages(path, text, new Map(Object.entries(effect.images)));
  return edited.ok
    ? { ok: true, changes: [{ path, text: edited.value }] }
    : { ok: false, reason: edited.problem.message };
}

/** A failed release takes the team's own routes to the canary down with it, where they say so. */
function wantedOf(
  { rollout, state }: Act,
  weights: readonly Weights[],
  after: readonly ManagedRoute[],
): Wanted {
  const failed = state.release?.ending === "rolled-back";
  const down = weights.every(({ canary }) => canary === 0) && after.length === 0;
  return {
    weights,
    routes: { before: state.release?.routes ?? [], after },
    removeBypasses: failed && rollout.rollback.bypass === "remove",
    atLeast: down ? "weights" : "everything",
  };
}

/**
 * The one rollback PR of a release. Anybody who may push can make a branch or a PR of this name beforehand, so
 * only a commit and a PR that are provably ours are taken up; else a name that nobody could foresee is used.
 * What may be merged is pinned to the commit we made, whatever the branch says later.
 */
async function openRollback(context: Act, effect: OpenRollback): Promise<EffectResult> {
  const { ports, pending } = context;
  const branches = [effect.branch, `${effect.branch}-${pending.head.slice(0, 12)}`];
  for (const branch of branches) {
    // Whoever intended it may have seen it through by now, and cleaned up behind it.
    const over = context.recovering ? (await ourPulls(context, branch)).mine : undefined;
    if (over && over.state !== "open") {
      return { status: "opened", pull: over.number, head: over.head, at: ports.clock.now() };
    }
    const tip = await rollbackTip(context, effect, branch);
    if (tip.status === "taken") continue;
    if (tip.status !== "ours") return tip;
    const pull = await rollbackPull(context, branch);
    if (!pull) continue;
    return { status: "opened", pull: pull.number, head: tip.oid, at: ports.clock.now() };
  }
  const reason = `the branches ${branches.join(" and ")} hold what is not ours; delete them`;
  return { status: "blocked", reason, at: ports.clock.now() };
}

type Tip = { readonly status: "ours"; readonly oid: string } | { readonly status: "taken" };

/** Our commit at the tip of `branch`, made now if it is not there. */
async function rollbackTip(
  context: Act,
  effect: OpenRollback,
  branch: string,
  again = true,
): Promise<Tip | EffectResult> {
  const { ports, pending, rollout, reading } = context;
  const { forge, clock } = ports;
  await forge.createBranch(branch, reading.head);
  const fresh = (await forge.snapshot([{ branch, paths: filesOf(rollout) }])).get(branch);
  if (!fresh) return { status: "blocked", reason: `the branch ${branch} could not be made`, at: clock.now() };
  // Just made, or by a process that died before its commit.
  if (fresh.head !== reading.head && fresh.head !== pending.head) {
    const [tip] = await forge.history(fresh.head, { limit: 1 });
    const ours =
      tip?.ours === true &&
      readTrailers(tip.message)?.effect === pending.id &&
      (await pushedByUs(forge, branch, tip.oid));
    return ours ? { status: "ours", oid: tip.oid } : { status: "taken" };
  }
  const facts = factsOf(rollout, fresh.files, ports.memory.reader);
  if (!facts.ok) return abandoned(context, "the manifests cannot be read any more");
  const zero = facts.facts.weights.map(({ stable, canary }) => ({ stable: stable + canary, canary: 0 }));
  const edited = targetChanges(rollout, wantedOf(context, zero, []), fresh.files);
  if (!edited.ok) return { status: "blocked", reason: edited.reason, at: clock.now() };
  const outcome = await forge.commit({
    branch,
    expectedHead: fresh.head,
    message: message(context, textsOf(context)),
    files: [...edited.changes, ...(await restore(context, effect.restore, fresh.files))],
    priority: "rollback",
  });
  if (outcome.status === "blocked") return { ...outcome, at: clock.now() };
  if (outcome.status === "committed") return { status: "ours", oid: outcome.oid };
  // Another process of ours may have been faster.
  return again ? rollbackTip(context, effect, branch, false) : { status: "taken" };
}

/** A squash merge into the branch of a pull request that we opened has us as author and GitHub's signature too. */
async function pushedByUs(forge: Forge, branch: string, oid: string): Promise<boolean> {
  const log = await forge.moves(branch, ({ after }) => after === oid);
  const move = log?.find(({ after }) => after === oid);
  if (log !== null && !move) {
    throw new ForgeError("server", `GitHub's log of pushes does not show yet who moved ${branch}`);
  }
  return move?.ours ?? true;
}

/** Our PR from `branch`, opened now if it is not there; null when somebody else's stands in its place. */
async function rollbackPull(context: Act, branch: string): Promise<{ readonly number: number } | null> {
  const { ports, pending, reading, state } = context;
  const { existing, mine, isMine } = await ourPulls(context, branch);
  if (mine) return mine;
  if (existing.some(({ state: now, base }) => now === "open" && base === reading.branch)) return null;
  const { release } = state;
  const page = release && (await rollbackPage(ports, reading, context.rollout, state, release));
  const texts = textsOf(context);
  const opened = await ports.forge.openPull({
    branch,
    base: reading.branch,
    title: page?.title ?? texts.subject,
    body: `${page?.body ?? texts.body}\n\n${writeTrailers(trailersOf(state, pending))}\n`,
  });
  return isMine(opened) ? opened : null;
}

/** The pull requests from `branch`, and the one among them that this effect opened. */
async function ourPulls({ ports, pending, reading }: Act, branch: string) {
  const { login } = await ports.forge.identity();
  const isMine = (pull: PullFacts) =>
    pull.author === login && pull.base === reading.branch && readTrailers(pull.body)?.effect === pending.id;
  const existing = await ports.forge.pullsFrom(branch);
  return { existing, mine: existing.find(isMine), isMine };
}

/** The files as they were, except those that somebody changed since it was decided. */
async function restore(
  { ports, pending }: Act,
  wanted: Readonly<Record<string, string>>,
  files: ReadonlyMap<string, FileReading>,
): Promise<readonly FileChange[]> {
  const changes: FileChange[] = [];
  for (const [path, oid] of Object.entries(wanted)) {
    const present = files.get(path);
    if (present?.status !== "text" || present.oid !== pending.bases[path]) continue;
    const text = await blob(ports, oid);
    if (text !== textOf(files, path)) changes.push({ path, text });
  }
  return changes;
}

async function mergeRollback(context: Act, number: number, head: string): Promise<EffectResult> {
  const { ports, state, pending, reading } = context;
  const { forge, clock } = ports;
  const at = clock.now();
  const pull = await forge.pull(number);
  if (pull.state === "merged") return { status: "merged", commit: pull.mergeCommit ?? pull.head, at };
  if (pull.state === "closed") return { status: "abandoned", reason: `#${number} was closed`, at };
  // Whoever may write may give it another base: merged there it takes nothing back.
  if (pull.base !== reading.branch) {
    return { status: "blocked", reason: `the base of #${number} was changed to ${pull.base}`, at };
  }
  const body = writeTrailers(trailersOf(state, pending));
  const outcome = await forge.mergePull(number, head, { title: `Merge rollback PR #${number}`, body });
  if (outcome.status === "merged") return { status: "merged", commit: outcome.oid, at: clock.now() };
  const reason =
    outcome.status === "blocked" ? outcome.reason : `the head of #${number} was moved by somebody`;
  return { status: "blocked", reason, at: clock.now() };
}

async function closeRollback({ ports }: Act, number: number): Promise<EffectResult> {
  const pull = await ports.forge.pull(number);
  if (pull.state === "open") await ports.forge.updatePull(number, { state: "closed" });
  return { status: "closed", at: ports.clock.now() };
}

function message({ state, pending }: Act, { subject, body }: Texts): string {
  return `${subject}\n\n${body}\n\n${writeTrailers(trailersOf(state, pending))}\n`;
}

function priorityOf({ release }: RolloutState): Priority {
  return release?.phase === "rolling-back" || release?.ending === "rolled-back" ? "rollback" : "weight";
}

function abandoned({ ports }: Act, reason: string): EffectResult {
  return { status: "abandoned", reason, at: ports.clock.now() };
}
