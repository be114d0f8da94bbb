import type { ManagedRoute, Rollout } from "../config/types.ts";
import { readWorkload, setImages } from "../manifests/index.ts";
import type { CommitFacts, FileChange, FileReading, Priority } from "../ports/forge.ts";
import { isProposed } from "../release/proposal.ts";
import type { Change, Effect, EffectResult, Pending, RolloutState, Weights } from "../release/state.ts";
import { readTrailers } from "../release/trailers.ts";
import { type Changes, leftIn, targetChanges, textOf, type Wanted } from "./edits.ts";
import { factsOf } from "./facts.ts";
import { logIsBehind, SHOWN_WITHIN } from "./log-is-behind.ts";
import { DEPTH, movedBase } from "./moved-base.ts";
import { closeProposal, closeRollback, mergeOurs, openOurs } from "./our-pull.ts";
import type { Ports } from "./ports.ts";
import { proposalPage } from "./proposal-page.ts";
import { blob, filesOf, type Reading } from "./read.ts";
import { rollbackPage } from "./rollback-page.ts";
import { commitMessageOf } from "./texts.ts";

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

type OpenRollback = Extract<Effect, { readonly kind: "open-rollback" }>;

/** Carries out a pending effect, or finds that it happened. Idempotent: an effect happens once, whoever looks and however often. */
export async function act(context: Act): Promise<EffectResult> {
  const { effect } = context.pending;
  switch (effect.kind) {
    case "set-weights":
      return isProposed(context.rollout, context.state) ? propose(context, effect) : commit(context, effect);
    case "copy-images":
      return withCopy(
        context,
        await (isProposed(context.rollout, context.state)
          ? propose(context, effect)
          : commit(context, effect)),
      );
    case "bring-image":
      return bring(context, effect);
    case "open-rollback":
      return openRollback(context, effect);
    case "merge-rollback":
    case "merge-proposal":
      return mergeOurs(context, effect);
    case "close-rollback":
      return closeRollback(context, effect.pull);
    case "close-proposal":
      return closeProposal(context, effect.pull, effect.reason);
  }
}

async function commit(context: Act, effect: Change): Promise<EffectResult> {
  const { ports, pending, rollout, reading } = context;
  let { head, files } = reading;
  let look = context.recovering;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    if (look) {
      const done = await findCommit(context, head);
      if (done) return done;
    }
    const moved = await movedBase(context, { head, files });
    if (moved !== null) return abandoned(context, moved);
    const edited = changesOf(context, effect, files);
    // The same files give the same refusal: to decide again would change nothing.
    if (!edited.ok) return { status: "blocked", reason: edited.reason, at: ports.clock.now() };
    const outcome = await ports.forge.commit({
      branch: reading.branch,
      expectedHead: head,
      message: commitMessageOf(context),
      files: edited.changes,
      priority: priorityOf(context.state),
      restsOn: Object.keys(pending.bases),
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

/** Where a rule forbids the commit, a pull request carries it. */
async function bring(
  context: Act,
  effect: Extract<Effect, { readonly kind: "bring-image" }>,
): Promise<EffectResult> {
  if (isProposed(context.rollout, context.state)) return withVersion(context, await propose(context, effect));
  const result = await commit(context, effect);
  const refused = result.status === "blocked" && context.state.release === null;
  return withVersion(context, refused ? await propose(context, effect) : result);
}

/** With what the canary workload becomes by an image, by which a later edit of somebody's is told from it. */
async function withVersion({ ports, rollout }: Act, result: EffectResult): Promise<EffectResult> {
  if (result.status !== "committed" && result.status !== "opened") return result;
  const { canary } = rollout.workloads;
  const file = await ports.forge.file(result.status === "opened" ? result.head : result.commit, canary);
  const workload = file.status === "text" ? readWorkload(canary, file.text) : null;
  return workload?.ok ? { ...result, version: workload.value.version } : result;
}

/** With what the copy left in the stable workload's file, by which a later edit of somebody's is told from it. */
async function withCopy({ ports, rollout }: Act, result: EffectResult): Promise<EffectResult> {
  if (result.status !== "committed" && result.status !== "opened") return result;
  const commit = result.status === "opened" ? result.head : result.commit;
  const file = await ports.forge.file(commit, rollout.workloads.stable);
  return file.status === "text" ? { ...result, copy: file.oid } : result;
}

/** The effect by its trailer, among the commits since it was intended. */
async function findCommit(context: Act, head: string): Promise<EffectResult | null> {
  const { ports, pending, recovering } = context;
  const history = await ports.forge.history(head, { limit: DEPTH });
  const intended = history.findIndex(({ oid }) => oid === pending.head);
  const since = intended === -1 ? history : history.slice(0, intended);
  const done = since.find((commit) => carries(commit, pending));
  if (done) return committed(done);
  return recovering ? findForcedOut(context, head, new Set(history.map(({ oid }) => oid))) : null;
}

/** No clock of ours is further from GitHub's, ms. */
const CLOCKS = 15 * 60_000;

/** What somebody forced out of the branch happened all the same: to do it again would overrule them. */
async function findForcedOut(
  { ports, pending, reading }: Act,
  head: string,
  there: ReadonlySet<string>,
): Promise<EffectResult | null> {
  const { forge, clock } = ports;
  const log = await forge.moves(reading.branch, ({ at }) => at < pending.at - CLOCKS);
  if (log === null || log.moves.length === 0) return null;
  if (log.moves[0]?.after !== head && clock.now() < pending.at + SHOWN_WITHIN) {
    throw logIsBehind(reading.branch);
  }
  for (const { after, ours } of log.moves) {
    if (!ours || after === null || there.has(after)) continue;
    const [commit] = await forge.history(after, { limit: 1 });
    if (commit && carries(commit, pending)) return committed(commit);
  }
  return null;
}

function carries({ ours, message }: CommitFacts, { id }: Pending): boolean {
  return ours && readTrailers(message)?.effect === id;
}

function committed({ oid, committedAt }: CommitFacts): EffectResult {
  return { status: "committed", commit: oid, at: committedAt };
}

function changesOf(context: Act, effect: Change, files: ReadonlyMap<string, FileReading>): Changes {
  const { rollout } = context;
  if (effect.kind === "set-weights") {
    return targetChanges(rollout, wantedOf(context, effect.to, effect.routes, files), files);
  }
  const path = effect.kind === "bring-image" ? rollout.workloads.canary : rollout.workloads.stable;
  const text = textOf(files, path);
  const edited = setImages(path, text, new Map(Object.entries(effect.images)));
  return edited.ok
    ? { ok: true, changes: [{ path, text: edited.value }] }
    : { ok: false, reason: edited.problem.message };
}

/**
 * On the way down nothing that the ladder ever set is left, though an earlier release set it and somebody brought it
 * back. A failed release takes the team's own routes to the canary down with it, where they say so.
 */
function wantedOf(
  { rollout, state }: Act,
  weights: readonly Weights[],
  after: readonly ManagedRoute[],
  files: Reading["files"],
): Wanted {
  const { release } = state;
  const failed = release?.ending === "rolled-back";
  const down = weights.every(({ canary }) => canary === 0) && after.length === 0;
  const before = release?.routes ?? [];
  return {
    weights,
    routes: { before: down ? [...before, ...leftIn(rollout, files, release)] : before, after },
    removeBypasses: failed && rollout.rollback.bypass === "remove",
    atLeast: down ? "weights" : "everything",
  };
}

async function propose(context: Act, effect: Change): Promise<EffectResult> {
  const { pending, reading } = context;
  const moved = await movedBase(context, reading);
  const changes = async (files: Reading["files"]) => changesOf(context, effect, files);
  return openOurs(context, {
    branch: `sluice/release/${pending.id.replace("#", "-")}`,
    // What was opened before it moved is found all the same, and then closed.
    changes: moved === null ? changes : null,
    otherwise: () => abandoned(context, String(moved)),
    page: () => proposalPage(context, effect),
    priority: priorityOf(context.state),
  });
}

async function openRollback(context: Act, effect: OpenRollback): Promise<EffectResult> {
  const { ports, rollout, reading, state } = context;
  return openOurs(context, {
    branch: effect.branch,
    changes: async (files) => {
      const facts = factsOf(rollout, files, ports.memory.reader);
      if (!facts.ok) return null;
      const zero = facts.facts.weights.map(({ stable, canary }) => ({ stable: stable + canary, canary: 0 }));
      const edited = targetChanges(rollout, wantedOf(context, zero, [], files), files);
      if (!edited.ok) return edited;
      return { ok: true, changes: [...edited.changes, ...(await restore(context, effect.restore, files))] };
    },
    otherwise: () => abandoned(context, "the manifests cannot be read any more"),
    page: async () => state.release && rollbackPage(ports, reading, rollout, state, state.release),
    priority: "rollback",
  });
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

function priorityOf({ release }: RolloutState): Priority {
  return release?.phase === "rolling-back" || release?.ending === "rolled-back" ? "rollback" : "weight";
}

function abandoned({ ports }: Act, reason: string): EffectResult {
  return { status: "abandoned", reason, at: ports.clock.now() };
}
