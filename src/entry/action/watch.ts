import { setTimeout as sleep } from "node:timers/promises";
import type { Said } from "../../adapters/github/said.ts";
import { parseCommand } from "../../commands/parse.ts";
import { isPassing } from "../../ports/forge.ts";
import type { RepositoryId } from "../../ports/scheduler.ts";
import type { Happening } from "../../reconcile/happening.ts";
import { wordsOf } from "../../reconcile/words-of.ts";
import { exposed } from "../../release/exposure.ts";
import type { RolloutState } from "../../release/state.ts";
import { findMarker } from "../../views/marker.ts";
import type { Assembled } from "../assemble.ts";
import type { Log } from "../parts.ts";
import { INSTALLATION } from "./errand.ts";

/** How far back the first reading of what people said goes, ms: runs that GitHub dropped are no older. */
const BACK = 3_600_000;
/** As often as the schedule would look at everything, ms. */
const SWEEP = 5 * 60_000;
/** Commands of one person that are heard in one reading: a flood of theirs keeps nobody else waiting. */
const EACH = 5;
/** Failures in a row after which the next run may have better luck. */
const TRIES = 5;

export interface Watch {
  readonly bot: Pick<Assembled, "bot" | "recover" | "idle">;
  readonly repository: RepositoryId;
  /** Our own login. */
  readonly self: string;
  /** Comments that this job was started for. */
  readonly told: readonly number[];
  /** Comments of the whole repository since a time (epoch ms), as many as are read at once. */
  readonly said: (since: number) => Promise<Said>;
  /** The states as they stand. */
  readonly states: () => Promise<readonly RolloutState[]>;
  /** ms */
  readonly watch: number;
  readonly readEvery: number;
  readonly now: () => number;
  readonly stopped: AbortSignal;
  readonly log: Log;
}

/**
 * Looks at everything, and stays for as long as a release needs somebody beside it: its timers run, what people say
 * anywhere is read each `readEvery`, and everything is looked at as often as the schedule would. Resolves to false
 * when GitHub could not be read to the end.
 */
export async function watchOver(watch: Watch): Promise<boolean> {
  const { bot, now, stopped, log } = watch;
  const until = now() + watch.watch;
  const ears = new Ears(watch);
  let [swept, failures] = [Number.NEGATIVE_INFINITY, 0];
  for (;;) {
    let close = true;
    try {
      await ears.listen();
      if (now() - swept >= SWEEP) {
        await bot.recover();
        swept = now();
      }
      await bot.idle();
      close = ears.behind || (await watch.states()).some(needsWatching);
      failures = 0;
    } catch (error) {
      failures += 1;
      log.warn(`GitHub could not be read: ${wordsOf(error)}`);
    }
    if (!close || failures === TRIES || stopped.aborted || now() >= until) return failures === 0;
    await sleep(Math.min(watch.readEvery, until - now()), undefined, { signal: stopped }).catch(
      () => undefined,
    );
  }
}

/** Something is on its way, or users meet the canary; what only waits for a person with the canary at 0 can wait. */
export function needsWatching({ pending, release }: RolloutState): boolean {
  if (pending !== null) return true;
  return release !== null && (exposed(release) || release.hold?.kind !== "person");
}

/**
 * Hears commands by reading, as a run of their own may wait behind this one, or have been dropped by GitHub. Who was
 * answered is known by our answer, so that each costs one look at most.
 */
class Ears {
  readonly #watch: Watch;
  readonly #told: Set<number>;
  readonly #heard = new Set<number>();
  /** Whose commands were read and not heard yet. */
  readonly #waiting = new Map<number, string>();
  /** Not all that was said has been read yet: whoever began anew would begin with what this one read. */
  behind = false;
  #since: number;

  constructor(watch: Watch) {
    this.#watch = watch;
    this.#told = new Set(watch.told);
    this.#since = watch.now() - BACK;
  }

  async listen(): Promise<void> {
    for (const id of this.#told) {
      if (!(await this.#hear(id))) continue;
      this.#told.delete(id);
      this.#heard.add(id);
    }
    await this.#read();
    const turns = new Map<string, number>();
    // GitHub numbers comments in the order they were made.
    for (const [id, author] of [...this.#waiting].sort(([a], [b]) => a - b)) {
      const turn = (turns.get(author) ?? 0) + 1;
      turns.set(author, turn);
      if (turn > EACH || !(await this.#hear(id))) continue;
      this.#waiting.delete(id);
      this.#heard.add(id);
    }
  }

  async #read(): Promise<void> {
    const { self, said, now, readEvery } = this.#watch;
    const asked = now();
    const { comments, until } = await said(this.#since);
    for (const { id, author, body, authorIsBot, edited } of comments) {
      if (authorIsBot || edited || this.#heard.has(id) || this.#told.has(id)) continue;
      if (parseCommand(body).kind !== "none") this.#waiting.set(id, author);
    }
    for (const { author, body } of comments) {
      for (const id of author === self ? answeredIn(body) : []) this.#waiting.delete(id);
    }
    // Clocks differ, and lists lag behind; what was not read is read on from there.
    this.#since = Math.min(asked - readEvery - 60_000, until ?? Number.POSITIVE_INFINITY);
    this.behind = until !== null;
  }

  /** Whether it need not be tried again. */
  async #hear(comment: number): Promise<boolean> {
    const { bot, repository, log } = this.#watch;
    try {
      const what: Happening["what"] = { kind: "comment", comment };
      await bot.bot.happened({ installation: INSTALLATION, repository, what, by: null });
      return true;
    } catch (error) {
      log.warn(`comment ${comment}: ${wordsOf(error)}`);
      return !isPassing(error);
    }
  }
}

function answeredIn(body: string): readonly number[] {
  const marker = findMarker(body);
  return marker?.kind === "reply" ? [marker.comment] : [];
}
