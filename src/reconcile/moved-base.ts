import { ForgeError } from "../ports/forge.ts";
import type { Act } from "./act.ts";
import { SHOWN_WITHIN } from "./log-is-behind.ts";
import type { Reading } from "./read.ts";

/** Commits looked through for an effect that may have happened. */
export const DEPTH = 100;

/**
 * Whether a file that was decided upon is not what it was, in words; null: each is, or is what the commit `brings`
 * makes of it. The configuration is pinned, so only those files count.
 */
export async function movedBase(
  context: Act,
  { head, files }: Pick<Reading, "head" | "files">,
  brings: string | null = null,
): Promise<string | null> {
  for (const [path, oid] of Object.entries(context.pending.bases)) {
    const file = files.get(path);
    if (file?.status === "text" && file.oid === oid) continue;
    const brought = brings === null ? null : await context.ports.forge.file(brings, path);
    if (file?.status === "text" && brought?.status === "text" && file.oid === brought.oid) continue;
    await notBehind(context, head);
    return `${path} changed meanwhile`;
  }
  return null;
}

/**
 * GitHub may show the branch as it was before the effect was intended. Then nothing of it changed since, and whoever
 * intended it may be carrying it out: to give it up would do it twice. Not so where the branch was moved back, and
 * stays so.
 */
async function notBehind({ ports, pending, reading, recovering }: Act, head: string): Promise<void> {
  const { forge, clock } = ports;
  if (!recovering || pending.head === head || clock.now() >= pending.at + SHOWN_WITHIN) return;
  const before = await forge.history(pending.head, { limit: DEPTH });
  if (!before.some(({ oid }) => oid === head)) return;
  throw new ForgeError("server", `GitHub shows ${reading.branch} as it was before ${pending.id} was decided`);
}
