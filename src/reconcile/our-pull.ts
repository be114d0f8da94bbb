import { type FileReading, type Forge, ForgeError, type Priority, type PullFacts } from "../ports/forge.ts";
import type { Effect, EffectResult } from "../release/state.ts";
import { readTrailers, trailersOf, writeTrailers } from "../release/trailers.ts";
import { withdrawnBody } from "../views/proposal.ts";
import type { Act } from "./act.ts";
import type { Changes } from "./edits.ts";
import { logIsBehind } from "./log-is-behind.ts";
import { movedBase } from "./moved-base.ts";
import type { Opened } from "./ports.ts";
import { filesOf } from "./read.ts";
import type { StateReading } from "./stored-state.ts";
import { commitMessageOf, type Page, textsOf } from "./texts.ts";

/** A pull request that an effect opens. */
interface Ours {
  readonly branch: string;
  /** What its one commit changes in these files; null where it is not to be any more, as when `otherwise` is meant. */
  readonly changes: ((files: ReadonlyMap<string, FileReading>) => Promise<Changes | null>) | null;
  readonly otherwise: () => EffectResult;
  /** null: the words of the commit. */
  readonly page: () => Promise<Page | null>;
  readonly priority: Priority;
}

/**
 * The one pull request of an effect. Anybody who may push can make a branch or a PR of this name beforehand, so
 * only a commit and a PR that are provably ours are taken up; else a name that nobody could foresee is used.
 * What may be merged is pinned to the commit we made, whatever the branch says later.
 */
export async function openOurs(context: Act, ours: Ours): Promise<EffectResult> {
  const { ports, pending } = context;
  const branches = [ours.branch, `${ours.branch}-${pending.head.slice(0, 12)}`];
  for (const branch of branches) {
    // Whoever intended it may have seen it through by now, and cleaned up behind it.
    const known = context.recovering ? (await ourPulls(context, branch)).mine : undefined;
    if (known && known.state !== "open") {
      return { status: "opened", pull: known.number, head: known.head, at: ports.clock.now() };
    }
    if (ours.changes === null) {
      if (!known) continue;
      // To be closed, so that no head of it is one to merge.
      return { status: "opened", pull: known.number, head: pending.head, at: ports.clock.now() };
    }
    const tip = await tipOf(context, ours, ours.changes, branch);
    if (tip.status === "taken") {
      // Ours is there all the same where somebody pushed onto its branch: it is not opened twice.
      const made = known?.state === "open" ? await madeOn(context, branch) : null;
      if (known && made !== null)
        return { status: "opened", pull: known.number, head: made, at: ports.clock.now() };
      continue;
    }
    if (tip.status !== "ours") return tip;
    const pull = await pullOf(context, ours, branch);
    if (!pull) continue;
    if ("status" in pull) return pull;
    return { status: "opened", pull: pull.number, head: tip.oid, at: ports.clock.now() };
  }
  if (ours.changes === null) return ours.otherwise();
  const reason = `the branches ${branches.join(" and ")} hold what is not ours; delete them`;
  return { status: "blocked", reason, at: ports.clock.now() };
}

type Tip = { readonly status: "ours"; readonly oid: string } | { readonly status: "taken" };

/** Our commit at the tip of `branch`, made now if it is not there. */
async function tipOf(
  context: Act,
  wanted: Ours,
  changes: NonNullable<Ours["changes"]>,
  branch: string,
  again = true,
): Promise<Tip | EffectResult> {
  const { ports, pending, rollout, reading } = context;
  const { forge, clock } = ports;
  await forge.createBranch(branch, reading.head);
  const fresh = (await forge.snapshot([{ branch, paths: filesOf(rollout) }])).get(branch);
  // It is there, and another process may be at work on it: to give up would leave behind what that one opens.
  if (!fresh) throw new ForgeError("server", `GitHub does not show the branch ${branch} yet`);
  // Just made, or by a process that died before its commit.
  if (fresh.head !== reading.head && fresh.head !== pending.head) {
    const [tip] = await forge.history(fresh.head, { limit: 1 });
    const ours =
      tip?.ours === true &&
      readTrailers(tip.message)?.effect === pending.id &&
      (await pushedByUs(forge, branch, tip.oid));
    return ours ? { status: "ours", oid: tip.oid } : { status: "taken" };
  }
  const edited = await changes(fresh.files);
  if (edited === null) return wanted.otherwise();
  if (!edited.ok) return { status: "blocked", reason: edited.reason, at: clock.now() };
  const outcome = await forge.commit({
    branch,
    expectedHead: fresh.head,
    message: commitMessageOf(context),
    files: edited.changes,
    priority: wanted.priority,
  });
  if (outcome.status === "blocked") return { ...outcome, at: clock.now() };
  if (outcome.status === "committed") return { status: "ours", oid: outcome.oid };
  // Another process of ours may have been faster, and GitHub may not show yet what it did.
  if (again) return tipOf(context, wanted, changes, branch, false);
  throw new ForgeError("server", `GitHub does not show yet what moved ${branch}`);
}

/** Commits on a branch of ours that are looked through for the one we made. */
const DEEP = 50;

/** The commit that this effect made on `branch`, whatever came after it. */
async function madeOn({ ports, pending }: Act, branch: string): Promise<string | null> {
  const commits = await ports.forge.history(branch, { limit: DEEP });
  const made = commits.find(({ ours, message }) => ours && readTrailers(message)?.effect === pending.id);
  return made?.oid ?? null;
}

/** A squash merge into the branch of a pull request that we opened has us as author and GitHub's signature too. */
async function pushedByUs(forge: Forge, branch: string, oid: string): Promise<boolean> {
  const log = await forge.moves(branch, ({ after }) => after === oid);
  const move = log?.moves.find(({ after }) => after === oid);
  if (log !== null && !move) {
    throw logIsBehind(branch);
  }
  return move?.ours ?? true;
}

/** Our PR from `branch`, opened now if it is not there; null when somebody else's stands in its place. */
async function pullOf(
  context: Act,
  ours: Ours,
  branch: string,
): Promise<{ readonly number: number } | EffectResult | null> {
  const { ports, pending, reading, state } = context;
  const { existing, mine, isMine } = await ourPulls(context, branch);
  if (mine) return mine;
  if (existing.some(({ state: now, base }) => now === "open" && base === reading.branch)) return null;
  const texts = textsOf(context);
  const page = (await ours.page()) ?? { title: texts.subject, body: texts.body };
  try {
    const opened = await ports.forge.openPull({
      branch,
      base: reading.branch,
      title: page.title,
      body: `${page.body}\n\n${writeTrailers(trailersOf(state, pending))}\n`,
    });
    return isMine(opened) ? opened : null;
  } catch (error) {
    // It would be refused for ever, and meanwhile users would be hurt.
    if (!(error instanceof ForgeError) || error.code !== "forbidden" || !FOR_GOOD.test(error.message))
      throw error;
    const reason = `the pull request from ${branch} could not be opened: ${error.message}`;
    return { status: "blocked", reason, at: ports.clock.now() };
  }
}

/** What GitHub says to a job whose repository lets none open pull requests, and to whoever lacks the permission. */
const FOR_GOOD = /not permitted to create|not accessible by (integration|personal access token)/i;

/** The pull requests from `branch`, and the one among them that this effect opened, wherever somebody has led it since. */
async function ourPulls({ ports, pending }: Act, branch: string) {
  const { login } = await ports.forge.identity();
  const isMine = (pull: PullFacts) => pull.author === login && readTrailers(pull.body)?.effect === pending.id;
  const existing = await ports.forge.pullsFrom(branch);
  return { existing, mine: existing.find(isMine), isMine };
}

type Merge = Extract<Effect, { readonly kind: "merge-rollback" | "merge-proposal" }>;

/** Merged by the SHA of the commit we made, or not at all. */
export async function mergeOurs(context: Act, { kind, pull: number, head }: Merge): Promise<EffectResult> {
  const { ports, state, pending, reading } = context;
  const { forge, clock } = ports;
  const at = clock.now();
  const pull = await forge.pull(number);
  if (pull.state === "closed" || (pull.state === "merged" && pull.base !== reading.branch)) {
    return { status: "abandoned", reason: `#${number} was closed`, at };
  }
  if (pull.state === "merged") return { status: "merged", commit: pull.mergeCommit ?? pull.head, at };
  // Whoever may write may give it another base: merged there it moves nothing.
  if (pull.base !== reading.branch) {
    return { status: "blocked", reason: `the base of #${number} was changed to ${pull.base}`, at };
  }
  // GitHub compares the head of a pull request alone, and the next look asks again what may be merged. Merged just now,
  // by a call whose answer was lost, it may be shown open still: to merge it again finds that out.
  const moved = kind === "merge-proposal" ? await movedBase(context, reading, head) : null;
  if (moved !== null) return { status: "abandoned", reason: moved, at };
  // Of a branch that was forced back the pull request would bring again what somebody took out.
  if ((pull.commits ?? 1) > 1) {
    const reason = `#${number} has ${pull.commits} commits by now, and one of them is ours: ${reading.branch} was moved back`;
    return { status: "blocked", reason, at };
  }
  const body = writeTrailers(trailersOf(state, pending));
  const title =
    kind === "merge-rollback" ? `Merge rollback PR #${number}` : `${textsOf(context).subject} (#${number})`;
  const outcome = await forge.mergePull(number, head, { title, body });
  if (outcome.status === "merged") return { status: "merged", commit: outcome.oid, at: clock.now() };
  if (outcome.status === "base-moved") return baseMoved(context, kind, number);
  if (outcome.status === "stale") {
    return { status: "blocked", reason: `the head of #${number} was moved by somebody`, at: clock.now() };
  }
  const { reason, queued = false } = outcome;
  return { status: "blocked", reason, at: clock.now(), ...(queued && { queued }) };
}

/**
 * The branch moved in the moment of the merge, which is nobody's word against it: what fails in passing stays pending,
 * and the next look tries again. Where it moves each time, a rollback has another way down once its deadline is over,
 * and a change is decided anew.
 */
function baseMoved(
  { ports, rollout, pending, reading }: Act,
  kind: Merge["kind"],
  number: number,
): EffectResult {
  const at = ports.clock.now();
  const reason = `the head of ${reading.branch} moved while #${number} was merged`;
  if (at < pending.at + rollout.rollback.deadline) throw new ForgeError("server", reason);
  const status = kind === "merge-rollback" ? "blocked" : "abandoned";
  return { status, reason: `${reason}, each time that it was tried`, at };
}

export async function closeRollback({ ports }: Act, number: number): Promise<EffectResult> {
  const pull = await ports.forge.pull(number);
  if (pull.state === "open") await ports.forge.updatePull(number, { state: "closed" });
  return { status: "closed", at: ports.clock.now() };
}

/** With the reason. A person may be faster: what they merged is merged, and what they closed is their word. */
export async function closeProposal(
  { ports, reading }: Pick<Act, "ports" | "reading">,
  number: number,
  reason: string,
): Promise<EffectResult> {
  const { forge, clock } = ports;
  const { login } = await forge.identity();
  const before = await forge.pull(number);
  if (before.state === "open") {
    await forge.updatePull(number, { state: "closed", body: withdrawnBody(before.body, reason) });
  }
  const { state, base, mergeCommit, head, closedBy } = await forge.pull(number);
  const at = clock.now();
  if (state === "open") throw new ForgeError("server", `GitHub does not show yet that #${number} is closed`);
  if (state === "merged" && base === reading.branch) {
    return { status: "merged", commit: mergeCommit ?? head, at };
  }
  return state === "closed" && (closedBy === null || closedBy === login)
    ? { status: "closed", at }
    : { status: "abandoned", reason: `#${number} was closed`, at };
}

/** Whether somebody waits for what we opened: not once its effect was settled otherwise. */
export function isAwaited(
  { pull, effect, effects }: Opened,
  now: StateReading,
): "yes" | "no" | "not known yet" {
  // GitHub may show for a moment what was there before the effect.
  if (now.status !== "ok" || now.state.effects < effects) return "not known yet";
  const { pending, proposal, release } = now.state;
  if (pending?.id === effect) return "not known yet";
  return [proposal?.pull, release?.rollback?.pull?.number].includes(pull) ? "yes" : "no";
}
