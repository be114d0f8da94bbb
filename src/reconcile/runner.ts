import { isDeepStrictEqual } from "node:util";
import PQueue from "p-queue";
import { ForgeError, isPassing } from "../ports/forge.ts";
import { keyId, type RolloutKey, type Scheduler } from "../ports/scheduler.ts";
import { says } from "./happening.ts";
import { type PassResult, reconcile } from "./pass.ts";
import type { Cause, Ports } from "./ports.ts";
import { wordsOf } from "./words-of.ts";

/** A release that changes more often than this in one go is looked at again a little later. */
const CHANGES_IN_A_ROW = 25;
const BACKOFF = { first: 2_000, longest: 300_000 };

/** Looks at rollouts, one look at a time for each, until nothing changes; then sets the timer for the next. */
export class Runner {
  readonly #queues = new Map<string, PQueue>();
  readonly #waiting = new Map<string, Promise<Looked>>();
  readonly #failures = new Map<string, Failures>();
  readonly #scheduler: Scheduler;
  #stopped = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Resolves when the rollout came to rest; rejects only when no timer can be set. */
  look(key: RolloutKey, ports: Ports, cause: Cause): Promise<Looked> {
    if (this.#stopped) return Promise.resolve(NOT_LOOKED);
    const id = keyId(key);
    // A look that has not begun yet will see whatever this one would; only a command must be named.
    const waiting = this.#waiting.get(id);
    if (waiting && !says(cause)) return waiting;
    const look = this.#enqueue(id, key, ports, cause);
    if (!says(cause)) this.#waiting.set(id, look);
    return look;
  }

  async #enqueue(id: string, key: RolloutKey, ports: Ports, cause: Cause): Promise<Looked> {
    const queue = this.#queues.get(id) ?? new PQueue({ concurrency: 1 });
    this.#queues.set(id, queue);
    try {
      const looked = await queue.add(async () => {
        // An idle queue begins within `add`: whoever calls must have noted this look before it is struck out.
        await Promise.resolve();
        this.#waiting.delete(id);
        return this.#look(id, key, ports, cause);
      });
      return looked ?? NOT_LOOKED;
    } catch (error) {
      // Cleared away by `stop`: whoever starts next looks again.
      if (this.#stopped) return NOT_LOOKED;
      // Nothing would look again: whoever asked must know that what was said is not dealt with.
      throw error;
    } finally {
      if (queue.size === 0 && queue.pending === 0) this.#queues.delete(id);
    }
  }

  /** Lets the looks in hand finish and starts no more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const queues = [...this.#queues.values()];
    for (const queue of queues) queue.clear();
    await Promise.all(queues.map((queue) => queue.onIdle()));
  }

  async #look(id: string, key: RolloutKey, ports: Ports, cause: Cause): Promise<Looked> {
    // What failed before is tried again with what caused it, so that no command is forgotten, nor comes after what it
    // was said to stop.
    const failed = this.#failures.get(id);
    let next = says(cause) ? cause : (failed?.causes[0] ?? cause);
    let turned = false;
    try {
      for (let i = 0; i < CHANGES_IN_A_ROW && !this.#stopped; i++) {
        const result = await reconcile(ports, key.rollout, next);
        turned ||= result.turned;
        if (!result.changed) {
          const again = await this.#rest(id, key, ports, next, result);
          return { turned, failed: false, again };
        }
        next = { ...next, kind: next.kind === "timer" ? "again" : next.kind };
      }
      await this.#scheduler.schedule(key, ports.clock.now() + ports.settings.lookEvery);
    } catch (error) {
      const again = await this.#retry(id, key, ports, next, error);
      return { turned, failed: isPassing(error), again };
    }
    return { turned, failed: false, again: null };
  }

  /** For when a timer was set for what somebody said and was not heard; null: nothing was left over. */
  async #rest(
    id: string,
    key: RolloutKey,
    ports: Ports,
    cause: Cause,
    { next, unheard }: PassResult,
  ): Promise<number | null> {
    // This look saw all there is to see, but each word that could not be dealt with must be named again.
    const causes = others(this.#failures.get(id), cause).filter(says);
    if (unheard && says(cause)) {
      this.#failures.set(id, { count: 0, causes: [...causes, cause] });
      const again = next ?? ports.clock.now() + ports.settings.readEvery;
      await this.#scheduler.schedule(key, again);
      return again;
    }
    if (causes.length > 0) {
      this.#failures.set(id, { count: 0, causes });
      await this.#scheduler.schedule(key, ports.clock.now());
      return null;
    }
    this.#failures.delete(id);
    if (next === null) await this.#scheduler.cancel(key);
    else await this.#scheduler.schedule(key, next);
    return null;
  }

  async #retry(id: string, key: RolloutKey, ports: Ports, cause: Cause, error: unknown): Promise<number> {
    const failed = this.#failures.get(id);
    const count = (failed?.count ?? 0) + 1;
    this.#failures.set(id, { count, causes: [...others(failed, cause), cause] });
    ports.memory.readings.delete(key.rollout);
    const backoff = Math.min(BACKOFF.first * 2 ** (count - 1), BACKOFF.longest);
    const at = Math.max(
      (error instanceof ForgeError ? error.retryAt : null) ?? 0,
      ports.clock.now() + backoff,
    );
    const reason = wordsOf(error);
    ports.log.warn(
      `${key.repository.owner}/${key.repository.name} ${key.rollout}: ${reason}; looking again at ${new Date(at).toISOString()}`,
    );
    await this.#scheduler.schedule(key, at);
    return at;
  }
}

/** Looks of one rollout that could not be carried through. */
interface Failures {
  /** In a row. */
  readonly count: number;
  /** What they are tried again with, oldest first: each command and click, and the latest of what else there was. */
  readonly causes: readonly Cause[];
}

function others(failures: Failures | undefined, cause: Cause): readonly Cause[] {
  return (failures?.causes ?? []).filter((failed) => !isDeepStrictEqual(wordOf(failed), wordOf(cause)));
}

/** Whose word it is belongs to it: one who may not press a button must not strike out another who may. */
function wordOf({ comment, click, dispatch }: Cause) {
  return { comment, click, dispatch };
}

export interface Looked {
  /** A release began or ended, so that what open pull requests show may have changed. */
  readonly turned: boolean;
  /** It could not be carried through, for a reason that passes. */
  readonly failed: boolean;
  /** Epoch ms for which a timer was set to try again, whatever the reason; this process alone knows with what cause. */
  readonly again: number | null;
}

const NOT_LOOKED: Looked = { turned: false, failed: false, again: null };
