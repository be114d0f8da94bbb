import type { Actor } from "./model.ts";

export interface Budget {
  readonly resource: "core" | "graphql";
  readonly limit: number;
  readonly used: number;
  readonly remaining: number;
  /** Epoch seconds. */
  readonly reset: number;
}

const hour = 3600;
/** What the token of a workflow's job may ask, for each repository. */
const OF_ACTIONS = 1000;

/** The primary rate limit: so many requests an hour for each installation or person and resource. */
export class RateLimits {
  readonly #limit: number;
  readonly #now: () => number;
  readonly #used = new Map<string, { used: number; reset: number }>();

  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  look(actor: Actor, resource: Budget["resource"]): Budget {
    const entry = this.#entry(actor, resource);
    const limit = this.#of(actor);
    const used = Math.min(entry.used, limit);
    return { resource, limit, used, remaining: limit - used, reset: entry.reset };
  }

  /** Counts one request. False when there was nothing left. */
  spend(actor: Actor, resource: Budget["resource"]): boolean {
    const entry = this.#entry(actor, resource);
    entry.used += 1;
    return entry.used <= this.#of(actor);
  }

  /** A request that turned out to be free, as a 304 is. */
  giveBack(actor: Actor, resource: Budget["resource"]): void {
    this.#entry(actor, resource).used -= 1;
  }

  #of(actor: Actor): number {
    return isOfActions(actor) ? Math.min(OF_ACTIONS, this.#limit) : this.#limit;
  }

  #entry(actor: Actor, resource: string): { used: number; reset: number } {
    const who =
      actor.kind === "app"
        ? "app"
        : actor.kind === "user"
          ? actor.account.login
          : isOfActions(actor)
            ? `actions ${[...(actor.repositories ?? [])].join()}`
            : String(actor.installation.id);
    const key = `${who} ${resource}`;
    const seconds = Math.floor(this.#now() / 1000);
    const existing = this.#used.get(key);
    if (existing !== undefined && existing.reset > seconds) return existing;
    const fresh = { used: 0, reset: seconds + hour };
    this.#used.set(key, fresh);
    return fresh;
  }
}

function isOfActions(actor: Actor): boolean {
  return actor.kind === "installation" && actor.app === "github-actions";
}

export function rateLimitHeaders(budget: Budget): Record<string, string> {
  return {
    "x-ratelimit-limit": String(budget.limit),
    "x-ratelimit-remaining": String(budget.remaining),
    "x-ratelimit-used": String(budget.used),
    "x-ratelimit-reset": String(budget.reset),
    "x-ratelimit-resource": budget.resource,
  };
}
