import { type Command, rowOf } from "../commands/grammar.ts";
import { firstLine } from "../commands/lines.ts";
import { parseCommand } from "../commands/parse.ts";
import type { Rollout } from "../config/types.ts";
import { type CommentFacts, ForgeError } from "../ports/forge.ts";
import { isBefore } from "../release/overtaken.ts";
import { stampOf } from "../release/stamp.ts";
import { type Release, type RolloutState, releaseName } from "../release/state.ts";
import { isHandled } from "../release/transitions.ts";
import type { Order, OrderCommand } from "../release/world.ts";
import { readButton } from "../views/buttons.ts";
import { inertPlain } from "../views/inert.ts";
import { hasAnswer, notApprover, withoutWrite } from "./access.ts";
import { certain } from "./clock-skew.ts";
import { movedSince } from "./moved-since.ts";
import type { Cause, Click, Ports } from "./ports.ts";
import type { Reading } from "./read.ts";
import { fullName } from "./repository-name.ts";
import { releasedBy, rolloutsOf } from "./rollouts.ts";

/** What people said to a rollout. */
export interface Heard {
  /** The next command to deal with. */
  readonly orders: readonly Order[];
  /** What changes nothing, whoever says it: answered beside the pass and not recorded, so that no reader can make us commit. */
  readonly asides: readonly Aside[];
}

export interface Aside {
  /** Where the comment is, if not beside the rollout. */
  readonly code?: Code;
  readonly comment: CommentFacts;
  readonly answer:
    | { readonly kind: "told"; readonly what: "status" | "plan" | "help" }
    | { readonly kind: "refused"; readonly reason: string };
}

/** The code's repository, where it is not the rollout's, and its name. */
interface Code {
  readonly name: string;
  readonly ports: Ports;
}

/** So many asides are found in one look. */
const ASIDES = 20;

/**
 * The next command to deal with: the comment that caused this look, or, while a release runs, whatever else was
 * said on its pull request, so that a lost delivery loses nothing. One at a time, oldest first: each is
 * authorised when its turn comes, not before.
 */
export async function nextOrder(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  reading: Reading,
  cause: Cause,
): Promise<Heard> {
  const clicked = cause.click ? await hearClick(ports, rollout, state, reading, cause.click) : null;
  if (clicked) return { orders: [clicked], asides: [] };
  const found = new Map<number, { readonly author: string | null; readonly code?: Code }>();
  const { release } = state;
  if (cause.comment !== undefined) {
    const code = await codeAt(ports, cause.repository);
    if (code !== null) found.set(cause.comment, { author: null, ...(code && { code }) });
  }
  const isNew = (id: number) =>
    !isHandled(state, keyOf(id)) && !ports.memory.answered.has(answeredKey(rollout.name, id));
  const { login } = await ports.forge.identity();
  for (const { pull, code } of release ? await placesOf(ports, release) : []) {
    const said = await saidThere(ports, pull, code, release?.startedAt ?? null);
    // However many there are, GitHub is asked once.
    let only: Promise<boolean> | null = null;
    const isOnly = () => {
      only ??= releasedOnly(ports, rollout, pull, code?.name);
      return only;
    };
    for (const comment of said.filter(({ id }) => isNew(id))) {
      // What was refused stays so, though whoever said it may say more by now.
      if (hasAnswer(said, login, comment.id)) continue;
      if (await speaksTo(rollout, comment, isOnly)) {
        found.set(comment.id, { author: comment.author, ...(code && { code }) });
      }
    }
  }
  const asides: Aside[] = [];
  const refusals = new Map<string, string | null>();
  // GitHub numbers comments in the order they were made.
  for (const [id, { author, code }] of [...found].sort(([a], [b]) => a - b)) {
    if (!isNew(id)) continue;
    // A flood of one person's is one question; whoever is obeyed is asked for at that moment.
    if (asides.length >= ASIDES && author !== null && refusals.get(author) != null) continue;
    const heard = await hear(ports, rollout, state, reading, id, refusals, code);
    if (!heard) continue;
    if ("command" in heard) return { orders: [heard], asides };
    asides.push(heard);
  }
  return { orders: [], asides };
}

/** The pull requests on which a release takes commands: the one here that brought it, and the code's. */
async function placesOf(
  ports: Ports,
  { cause }: Release,
): Promise<readonly { readonly pull: number; readonly code?: Code }[]> {
  const { pull, source } = cause;
  const here = pull === null ? [] : [{ pull }];
  if (!source || source.pull === null) return here;
  const code = await codeAt(ports, source.repository).catch((error: unknown) => {
    if (!(error instanceof ForgeError)) throw error;
    ports.log.warn(`Commands in ${source.repository} cannot be read: ${error.message}`);
    return null;
  });
  return code ? [...here, { pull: source.pull, code }] : here;
}

/** undefined: the rollout's own repository is meant; null: the other one cannot be reached. */
async function codeAt(ports: Ports, name: string | undefined): Promise<Code | null | undefined> {
  if (name === undefined) return undefined;
  const there = await ports.beside(name);
  return there && { name, ports: there.ports };
}

/** What runs does not depend on the code's repository: if that cannot be read, nothing was said there. */
async function saidThere(
  { forge, log }: Ports,
  pull: number,
  code: Code | undefined,
  since: number | null,
): Promise<readonly CommentFacts[]> {
  if (!code) return forge.comments(pull, since);
  try {
    return await code.ports.forge.comments(pull, since);
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    log.warn(`Commands in ${code.name} cannot be read: ${error.message}`);
    return [];
  }
}

export function answeredKey(rollout: string, comment: number): string {
  return `${rollout}:${keyOf(comment)}`;
}

/** On a pull request that released several rollouts a command without a name is for none of them. */
async function speaksTo(
  rollout: Rollout,
  comment: CommentFacts,
  isOnly: () => Promise<boolean>,
): Promise<boolean> {
  if (comment.authorIsBot) return false;
  const parsed = parseCommand(comment.body);
  if (parsed.kind === "none") return false;
  const named = parsed.kind === "command" ? parsed.command.rollout : null;
  return named === null ? isOnly() : named === rollout.name;
}

async function releasedOnly(
  ports: Ports,
  rollout: Rollout,
  pull: number,
  repository: string | undefined,
): Promise<boolean> {
  const released = await releasedBy(ports, await rolloutsOf(ports), pull, repository);
  return released.length === 1 && released[0] === rollout.name;
}

/** Of a command, in its rollout's document. */
export function keyOf(comment: number): string {
  return `comment:${comment}`;
}

async function hear(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  reading: Reading,
  id: number,
  refusals: Map<string, string | null>,
  code?: Code,
): Promise<Order | Aside | null> {
  const heardIn = code && { code };
  const skew = certain(reading.repository.skew);
  const comment = await (code?.ports ?? ports).forge.comment(id);
  // Bots are never obeyed, and an edited comment is no longer what was said when it was read.
  if (!comment || comment.authorIsBot || comment.edited) return null;
  const parsed = parseCommand(comment.body);
  if (parsed.kind === "none") return null;
  // What was said before the release began was not said of it; a question, or a freeze, is about the rollout.
  const ofRelease = parsed.kind === "unclear" || rowOf(parsed.command).of === "release";
  if (ofRelease && saidBefore(state.release?.startedAt, comment, skew)) return null;
  // Which commands a lost state had dealt with is lost with it.
  if (saidBefore(state.anew, comment)) return null;
  if (parsed.kind === "unclear") {
    return { ...heardIn, comment, answer: { kind: "refused", reason: parsed.message } };
  }
  const { command } = parsed;
  if (command.rollout !== null && command.rollout !== rollout.name) return null;
  const aside = command.name === "status" || command.name === "plan" || command.name === "help";
  // In the code's repository a status is for those who may write here.
  const needsWrite = !aside || (code !== undefined && command.name === "status");
  if (needsWrite) {
    const refusal =
      refusals.get(comment.author) ??
      (await withoutWrite(ports.forge, comment.author, code && (await fullName(ports))));
    refusals.set(comment.author, refusal);
    if (refusal !== null) return { ...heardIn, comment, answer: { kind: "refused", reason: refusal } };
  }
  if (aside) return { ...heardIn, comment, answer: { kind: "told", what: command.name } };
  return {
    key: keyOf(comment.id),
    pull: comment.pull,
    ...(code && { repository: code.name }),
    by: comment.author,
    said: comment.createdAt,
    skew,
    // It goes into commit messages, where GitHub would still notify and link.
    text: inertPlain(typed(comment.body), 200),
    command: plain(command),
    allowed: await allowed(ports, rollout, state, reading, comment, command),
  };
}

/** What may have been said since is not passed over without a word: by a clock that is behind nothing is taken from it. */
function saidBefore(at: number | undefined, { createdAt }: CommentFacts, skew = 0): boolean {
  return at !== undefined && isBefore(createdAt, at + Math.min(0, skew));
}

/**
 * A button is a command too, of whoever pressed it: they are authorised now, whatever GitHub showed them. Of somebody
 * who may not write nothing is recorded.
 */
async function hearClick(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  reading: Reading,
  { run, release: of, action, by }: Click,
): Promise<Order | null> {
  const { release } = state;
  const button = readButton(action);
  const key = `click:${run}:${action}`;
  if (!button || !release || of !== releaseName(rollout.name, release.number) || isHandled(state, key)) {
    return null;
  }
  const refusal = await withoutWrite(ports.forge, by);
  if (refusal !== null) {
    ports.log.info(`A click on "${button.name}" of ${of} is not followed: ${refusal}`);
    return null;
  }
  const said = { author: by, createdAt: ports.clock.now() };
  // Approving and resuming are about what was looked at; whoever pauses or rolls back means whatever is there.
  const pinned = button.name === "approve" || button.name === "resume";
  const stale = pinned && button.stamp !== stampOf(release);
  const reason = `${of} moved on after this button was shown. Look again before you decide.`;
  return {
    key,
    pull: release.cause.pull ?? 0,
    by,
    said: null,
    text: `button ${button.name}`,
    command: { name: button.name },
    allowed: stale
      ? { yes: false, reason }
      : await allowed(ports, rollout, state, reading, said, { name: button.name, rollout: null, sha: null }),
  };
}

/** By the rollout's own list, the commit named, if one is, and what has changed since. That they may write is known. */
async function allowed(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  reading: Reading,
  comment: Pick<CommentFacts, "author" | "createdAt">,
  command: Command,
): Promise<Order["allowed"]> {
  const unlisted = await notApprover(ports.forge, rollout, comment.author);
  if (unlisted !== null) return { yes: false, reason: unlisted };
  const sha = "sha" in command ? command.sha : null;
  if (sha !== null) {
    const commits = await meant(ports, rollout, state, reading.branch);
    if (!commits.some((commit) => commit.startsWith(sha))) {
      const now = commits.map((commit) => commit.slice(0, 10)).join(" or ");
      return {
        yes: false,
        reason: `${sha} is not what is there now (${now}). Look again before you decide.`,
      };
    }
  }
  const moved = await movedSince(ports, reading, spokenOf(rollout, state, command, sha), comment);
  return moved === null ? { yes: true } : { yes: false, reason: moved };
}

/** The files that a command speaks of as they are: those that nobody may exchange under it. */
function spokenOf(
  { targets, workloads }: Rollout,
  { release }: RolloutState,
  { name }: Command,
  sha: string | null,
): readonly string[] {
  switch (name) {
    case "start":
    case "retry":
      return sha === null ? [workloads.canary] : [];
    case "approve":
      // One step's approval is not the next one's.
      return sha !== null && release?.shift.commit?.startsWith(sha)
        ? []
        : [...targets.map(({ file }) => file), workloads.canary];
    default:
      return [];
  }
}

/** The commits a person may have looked at when naming one. */
async function meant(
  { forge }: Ports,
  rollout: Rollout,
  state: RolloutState,
  branch: string,
): Promise<readonly string[]> {
  const { release } = state;
  if (release) {
    const { commit, source } = release.cause;
    return [commit, release.shift.commit, source?.commit].filter((oid) => typeof oid === "string");
  }
  return (await forge.history(branch, { path: rollout.workloads.canary, limit: 1 })).map(({ oid }) => oid);
}

function plain(command: Exclude<Command, { name: "status" | "plan" | "help" }>): OrderCommand {
  switch (command.name) {
    case "weight":
      return { name: command.name, percent: command.percent };
    case "start":
      return { name: command.name, at: command.at };
    case "freeze":
      return { name: command.name, until: command.until, reason: command.reason };
    default:
      return { name: command.name };
  }
}

/** The line that speaks to us, as it was typed. */
export function typed(body: string): string {
  return firstLine(body).trim().slice(0, 200);
}
