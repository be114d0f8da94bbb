import { parseCommand } from "../commands/parse.ts";
import { teamOf } from "../config/names.ts";
import type { Rollout } from "../config/types.ts";
import type { CommentFacts, Forge, Permission } from "../ports/forge.ts";
import { findMarker } from "../views/marker.ts";

const MAY_WRITE: readonly Permission[] = ["write", "maintain", "admin"];

/** A person's role at this moment: why it does not let them command, or null when it does. */
export async function withoutWrite(
  forge: Forge,
  login: string,
  repository = "the repository",
): Promise<string | null> {
  const permission = await forge.permission(login);
  if (MAY_WRITE.includes(permission)) return null;
  return `this needs write access to ${repository}; ${login} has ${permission === "none" ? "none" : `${permission} access`}.`;
}

/** Why the rollout's own list does not let somebody command at this moment, or null when it does. */
export async function notApprover(
  forge: Forge,
  { name, approvers }: Rollout,
  login: string,
): Promise<string | null> {
  if (approvers.length === 0) return null;
  // Whoever is listed by name needs no team to be asked for.
  if (approvers.some((approver) => approver.toLowerCase() === login.toLowerCase())) return null;
  const unreadable: string[] = [];
  for (const approver of approvers) {
    const team = teamOf(approver);
    const membership = team ? await forge.membership(team, login) : "none";
    if (membership === "member") return null;
    if (membership === "unreadable") unreadable.push(approver);
  }
  const only = `${name} takes commands from its approvers only: ${approvers.join(", ")}.`;
  if (unreadable.length === 0) return only;
  return `${only} Whether ${login} is in ${unreadable.join(", ")} cannot be read: the team must be of the organization that owns this repository, and the App needs its permission "Members: read".`;
}

/** Both. */
export async function notAllowed(forge: Forge, rollout: Rollout, login: string): Promise<string | null> {
  return (await withoutWrite(forge, login)) ?? (await notApprover(forge, rollout, login));
}

/** So many commands of one person who may not write get an answer on one pull request in an hour. */
const ANSWERS = 5;
/** So many answers of ours there in an hour, and nobody who may not write gets more. */
const ANSWERS_OF_ALL = 50;
const HOUR = 3_600_000;

/** What was said on a comment's pull request from an hour before it on: however long that is, it is read no further back. */
export function saidAround(
  forge: Forge,
  { pull, createdAt }: CommentFacts,
): Promise<readonly CommentFacts[]> {
  return forge.comments(pull, createdAt - HOUR);
}

/**
 * Whether a command of somebody who may not write is passed over in silence. `said` is what stands on its pull
 * request, so that no process has to remember how often whoever asked.
 */
export function isFlood(said: readonly CommentFacts[], comment: CommentFacts, self: string): boolean {
  const theirs = said.filter(
    ({ author, body }) => author === comment.author && parseCommand(body).kind !== "none",
  );
  const ours = said.filter(({ author, body }) => author === self && findMarker(body)?.kind === "reply");
  return theirs.findIndex(({ id }) => id === comment.id) >= ANSWERS || ours.length >= ANSWERS_OF_ALL;
}

/** Anybody can write our mark; only our own comment counts. */
export function hasAnswer(all: readonly CommentFacts[], self: string, comment: number): boolean {
  return all.some(({ author, body }) => {
    const marker = findMarker(body);
    return author === self && marker?.kind === "reply" && marker.comment === comment;
  });
}
