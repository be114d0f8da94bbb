import { accessFor, type Command } from "../commands/grammar.ts";
import { parseCommand } from "../commands/parse.ts";
import type { Rollout } from "../config/types.ts";
import type { CommentFacts, Permission } from "../ports/forge.ts";
import type { RolloutState } from "../release/state.ts";
import { isHandled } from "../release/transitions.ts";
import type { Order, OrderCommand } from "../release/world.ts";
import { inertPlain } from "../views/inert.ts";
import type { Cause, Ports } from "./ports.ts";
import { releasedBy, rolloutsOf } from "./rollouts.ts";

const MAY_WRITE: readonly Permission[] = ["write", "maintain", "admin"];

/**
 * The next command to deal with: the comment that caused this look, or, while a release runs, whatever else was
 * said on its pull request, so that a lost delivery loses nothing. One at a time, oldest first: each is
 * authorised when its turn comes, not before.
 */
export async function nextOrder(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  branch: string,
  cause: Cause,
): Promise<readonly Order[]> {
  const found = new Set(cause.comment === undefined ? [] : [cause.comment]);
  const { release } = state;
  if (release?.cause.pull != null) {
    const { pull } = release.cause;
    const said = (await ports.forge.comments(pull, release.startedAt)).filter(
      ({ id }) => !isHandled(state, keyOf(id)),
    );
    // However many there are, GitHub is asked once.
    let only: Promise<boolean> | null = null;
    const isOnly = () => {
      only ??= releasedOnly(ports, rollout, pull);
      return only;
    };
    for (const comment of said) {
      if (await speaksTo(rollout, comment, isOnly)) found.add(comment.id);
    }
  }
  // GitHub numbers comments in the order they were made.
  for (const id of [...found].sort((a, b) => a - b)) {
    if (isHandled(state, keyOf(id))) continue;
    const order = await orderOf(ports, rollout, state, branch, id);
    if (order) return [order];
  }
  return [];
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

async function releasedOnly(ports: Ports, rollout: Rollout, pull: number): Promise<boolean> {
  const released = await releasedBy(ports, await rolloutsOf(ports), pull);
  return released.length === 1 && released[0] === rollout.name;
}

function keyOf(comment: number): string {
  return `comment:${comment}`;
}

async function orderOf(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  branch: string,
  id: number,
): Promise<Order | null> {
  const comment = await ports.forge.comment(id);
  // Bots are never obeyed, and an edited comment is no longer what was said when it was read.
  if (!comment || comment.authorIsBot || comment.edited) return null;
  // What was said before the release began was not said of it. GitHub's times are whole seconds.
  if (state.release && comment.createdAt < Math.floor(state.release.startedAt / 1000) * 1000) return null;
  const parsed = parseCommand(comment.body);
  if (parsed.kind === "none") return null;
  const base = {
    key: keyOf(comment.id),
    pull: comment.pull,
    by: comment.author,
    // It goes into commit messages, where GitHub would still notify and link.
    text: inertPlain(firstLine(comment.body), 200),
  };
  if (parsed.kind === "unclear") {
    return { ...base, command: { name: "help" }, allowed: { yes: false, reason: parsed.message } };
  }
  const { command } = parsed;
  if (command.rollout !== null && command.rollout !== rollout.name) return null;
  return {
    ...base,
    command: plain(command),
    allowed: await allowed(ports, rollout, state, branch, comment, command),
  };
}

/** By the author's role at this moment, the rollout's own list, and the commit named, if one is. */
async function allowed(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  branch: string,
  comment: CommentFacts,
  command: Command,
): Promise<Order["allowed"]> {
  if (accessFor(command) === "write") {
    const permission = await ports.forge.permission(comment.author);
    if (!MAY_WRITE.includes(permission)) {
      const reason = `this needs write access to the repository; ${comment.author} has ${permission === "none" ? "none" : `${permission} access`}.`;
      return { yes: false, reason };
    }
    const listed = rollout.approvers.some((login) => login.toLowerCase() === comment.author.toLowerCase());
    if (rollout.approvers.length > 0 && !listed) {
      return {
        yes: false,
        reason: `${rollout.name} takes commands from its approvers only: ${rollout.approvers.join(", ")}.`,
      };
    }
  }
  const sha = "sha" in command ? command.sha : null;
  if (sha !== null) {
    const commits = await meant(ports, rollout, state, branch);
    if (!commits.some((commit) => commit.startsWith(sha))) {
      const now = commits.map((commit) => commit.slice(0, 10)).join(" or ");
      return {
        yes: false,
        reason: `${sha} is not what is there now (${now}). Look again before you decide.`,
      };
    }
  }
  return { yes: true };
}

/** The commits a person may have looked at when naming one. */
async function meant(
  { forge }: Ports,
  rollout: Rollout,
  state: RolloutState,
  branch: string,
): Promise<readonly string[]> {
  const { release } = state;
  if (release) return [release.cause.commit, ...(release.shift.commit ? [release.shift.commit] : [])];
  return (await forge.history(branch, { path: rollout.workloads.canary, limit: 1 })).map(({ oid }) => oid);
}

function plain(command: Command): OrderCommand {
  return command.name === "weight" ? { name: "weight", percent: command.percent } : { name: command.name };
}

function firstLine(body: string): string {
  return (body.split(/\r?\n/, 1)[0] ?? "").trim().slice(0, 200);
}
