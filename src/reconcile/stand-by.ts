import { createHash } from "node:crypto";
import type { Ports } from "./ports.ts";
import type { StateReading } from "./stored-state.ts";

/**
 * Several processes may look at one rollout. Whoever wrote its state document last carries on with it; the others stand
 * by, and take over what is still not done `settings.standBy` after they first saw that document. Nothing of it is
 * needed for a write to be safe, which comparing and swapping sees to: it keeps what GitHub cannot compare, such as a
 * new comment, from being made twice, and those who would lose every race from trying.
 */

/** This process wrote the document. */
export function claim({ memory }: Ports, rollout: string, text: string): void {
  const bytes = Buffer.from(text);
  memory.own.set(rollout, createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex"));
}

/** Until when another process is left to carry on, epoch ms; null: it is for this one. */
export function standsBy(
  { memory, clock, settings }: Ports,
  rollout: string,
  state: StateReading,
): number | null {
  const { standBy = 0 } = settings;
  if (standBy === 0 || state.status !== "ok" || memory.own.get(rollout) === state.oid) return null;
  const known = memory.found.get(rollout);
  const since = known?.oid === state.oid ? known.since : clock.now();
  memory.found.set(rollout, { oid: state.oid, since });
  return clock.now() < since + standBy ? since + standBy : null;
}

/** Whether something said at `createdAt`, epoch ms, is so new that whoever was told of it may be about to answer. */
export function isFresh({ clock, settings }: Pick<Ports, "clock" | "settings">, createdAt: number): boolean {
  return clock.now() < createdAt + (settings.standBy ?? 0);
}
