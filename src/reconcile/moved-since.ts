import type { CommentFacts } from "../ports/forge.ts";
import { inertPlain } from "../views/inert.ts";
import type { Ports } from "./ports.ts";
import type { Reading } from "./read.ts";

/**
 * What a person spoke of may have changed between the comment and the act: which of `paths` on the deployment branch
 * is not what it was, by the times of GitHub's own clock, and who pushed last; null when none is, or nobody can tell.
 */
export async function movedSince(
  { forge }: Ports,
  { branch, head, files }: Reading,
  paths: readonly string[],
  comment: Pick<CommentFacts, "createdAt">,
): Promise<string | null> {
  if (paths.length === 0) return null;
  // Both times are whole seconds: what was pushed in the same one was not looked at before it was spoken of.
  const log = await forge.moves(branch, ({ at }) => at < comment.createdAt);
  if (!log) return null;
  if (log.cut)
    return `There were too many pushes since this was said, to ${branch}. Look at what is there now, then say it again.`;
  const then = log.moves.find(({ at }) => at < comment.createdAt)?.after;
  if (!then || then === head) return null;
  for (const path of paths) {
    const now = files.get(path);
    const before = await forge.file(then, path);
    if (now?.status === "text" && before.status === "text" && now.oid === before.oid) continue;
    return `What this is about changed after it was said: ${path} on ${branch}; the last push there is by ${inertPlain(log.moves[0]?.by ?? "somebody")}. Look at what is there now, then say it again.`;
  }
  return null;
}
