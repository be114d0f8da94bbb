import { accessFor, type Command } from "../commands/grammar.ts";
import { parseCommand } from "../commands/parse.ts";
import type { Rollout } from "../config/types.ts";
import type { CommentFacts, Permission } from "../ports/forge.ts";
import type { RolloutState } from "../release/state.ts";
import { isHandled } from "../release/transitions.ts";
import type { Order, OrderCommand } from "../release/world.ts";
import type { Cause, Ports } from "./ports.ts";

const MAY_WRITE: readonly Permission[] = ["write", "maintain", "admin"];

/**
 * Commands not dealt with yet, oldest first: the comment that caused this look, and, while a release runs,
 * whatever else was said on its pull request, so that a lost delivery loses nothing.
 */
export async function ordersFor(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  branch: string,
  cause: Cause,
): Promise<readonly Order[]> {
  const found = new Map<number, CommentFacts>();
  const { release } = state;
  if (release?.cause.pull != null) {
    for (const comment of await ports.forge.comments(release.cause.pull, release.startedAt)) {
      if (comment.createdAt >= release.startedAt) found.set(comment.id, comment);
    }
  }
  if (cause.comment !== undefined && !found.has(cause.comment)) {
    const comment = await ports.forge.comment(cause.comment);
    if (comment) found.set(comment.id, comment);
  }
  const fresh = [...found.values()]
    .filter(({ id }) => !isHandled(state, keyOf(id)))
    .sort((a, b) => a.createdAt - b.createdAt || a.id - b.id);
  const orders: Order[] = [];
  for (const comment of fresh) {
    const order = await orderOf(ports, rollout, state, branch, comment);
    if (order) orders.push(order);
  }
  return orders;
}

function keyOf(comment: number): string {
  return `comment:${comment}`;
}

async function orderOf(
  ports: Ports,
  rollout: Rollout,
  state: RolloutState,
  branch: string,
  comment: CommentFacts,
): Promise<Order | null> {
  // Bots are never obeyed, and an edited comment is no longer what was said when it was read.
  if (comment.authorIsBot || comment.edited) return null;
  const parsed = parseCommand(comment.body);
  if (parsed.kind === "none") return null;
  const base = {
    key: keyOf(comment.id),
    pull: comment.pull,
    by: comment.author,
    text: firstLine(comment.body),
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
