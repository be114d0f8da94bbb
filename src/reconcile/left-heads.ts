import { SHOWN_WITHIN } from "./log-is-behind.ts";
import { doubt, type Left, type Ports } from "./ports.ts";

/** Heads that are remembered. */
const MOST = 1000;

/** The state branch stood at `head` (null: there was none), and a write of ours made `next` of it; null: no answer came. */
export function leave({ clock, memory: { left } }: Ports, head: string | null, next: string | null): void {
  // The newest stands last.
  left.delete(head);
  left.set(head, { next, at: clock.now() });
  const [oldest] = left.keys();
  if (left.size > MOST && oldest !== undefined) left.delete(oldest);
}

/** What a write of ours made of `head`: where the branch is there once more, what was known of it is not believed. */
export function madeOf({ clock, memory }: Ports, head: string | null): Left | null {
  const left = memory.left.get(head);
  if (left?.next !== null || clock.now() < left.at + SHOWN_WITHIN) return left ?? null;
  // It came to nothing, or somebody brought the branch back: that is asked once more, and then known.
  memory.left.delete(head);
  doubt(memory);
  return null;
}
