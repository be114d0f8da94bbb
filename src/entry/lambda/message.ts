import type { Waiting } from "../../ports/queue.ts";
import { keyId, type RolloutKey } from "../../ports/scheduler.ts";
import type { Happening } from "../../reconcile/happening.ts";
import type { Cause } from "../../reconcile/ports.ts";

/** What waits in the queue. `id` names it in the log and makes it once; `tries` that failed before. */
export type Message =
  /** For a repository; becomes one message for each rollout that it concerns. */
  | { readonly kind: "happening"; readonly id: string; readonly tries: number; readonly happening: Happening }
  /** For one rollout. */
  | {
      readonly kind: "look";
      readonly id: string;
      readonly tries: number;
      readonly key: RolloutKey;
      readonly cause: Cause;
    };

/** One thing at a time in each repository, and in each rollout; both beside each other. */
export function waiting(message: Message): Waiting {
  const { id, tries } = message;
  const group = message.kind === "look" ? keyId(message.key) : repositoryId(message.happening);
  return { id: tries === 0 ? id : `${id}/${tries}`, group, body: JSON.stringify(message) };
}

/** What a delivery means, one message each. `delivery`: GitHub's GUID, which a redelivery keeps. */
export function deliveredMessages(delivery: string, happenings: readonly Happening[]): readonly Message[] {
  // The signature does not cover it.
  const id = delivery.replace(/[^\w-]/g, "").slice(0, 64);
  return happenings.map((happening, at) => ({
    kind: "happening",
    id: at === 0 ? id : `${id}/${at}`,
    tries: 0,
    happening,
  }));
}

export function timerMessage(key: RolloutKey, id: string): Waiting {
  return waiting({ kind: "look", id, tries: 0, key, cause: { kind: "timer" } });
}

function repositoryId({ installation, repository }: Happening): string {
  return `${installation}/${repository.id}`;
}
