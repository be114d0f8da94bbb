import { ForgeError, isPassing } from "../../ports/forge.ts";
import type { Queue, Waiting } from "../../ports/queue.ts";
import { says } from "../../reconcile/happening.ts";
import type { Assembled } from "../assemble.ts";
import type { Log } from "../parts.ts";
import { type Message, waiting } from "./message.ts";

/** After that it is for people: the message goes where those go that cannot be worked on. */
const TRIES = 10;
/** A schedule of AWS' is carried out within a minute. ms */
const FIRST = 60_000;
const LONGEST = 15 * 60_000;

export interface Bench {
  readonly bot: Pick<Assembled["bot"], "route" | "look">;
  readonly queue: Queue;
  readonly defer: (message: Waiting, at: number) => Promise<void>;
  /** Our own login, such as `sluice[bot]`. */
  readonly self: string;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Works on one message to its end. What GitHub could not answer is put off, so that nothing waits behind it; what is
 * wrong with the message, or with us, rejects.
 */
export async function work(bench: Bench, message: Message): Promise<void> {
  if (message.kind === "happening") await route(bench, message);
  else await look(bench, message);
}

async function route(bench: Bench, message: Extract<Message, { kind: "happening" }>): Promise<void> {
  const { happening, id } = message;
  const { repository, by } = happening;
  if (by === bench.self) return;
  try {
    const errands = await bench.bot.route(happening);
    const looks = errands.map(({ where, rollout, cause }): Message => {
      const key = { ...where, rollout };
      return { kind: "look", id: `${id}/${rollout}`, tries: 0, key, cause };
    });
    await bench.queue.send(looks.map(waiting));
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
    const what = `${repository.owner}/${repository.name}: ${happening.what.kind}: ${error.message}`;
    if (!isPassing(error)) bench.log.warn(what);
    else await putOff(bench, message, what, error.retryAt);
  }
}

async function look(bench: Bench, message: Extract<Message, { kind: "look" }>): Promise<void> {
  const { key, cause } = message;
  const { again } = await bench.bot.look(key, cause);
  // The timer that was set says only when. A person's word must be there then too.
  if (again === null || !says(cause)) return;
  const { owner, name } = key.repository;
  await putOff(bench, message, `${owner}/${name} ${key.rollout}: ${cause.kind}`, again);
}

async function putOff(bench: Bench, message: Message, what: string, retryAt: number | null): Promise<void> {
  const tries = message.tries + 1;
  if (tries >= TRIES) throw new Error(`${what}: tried ${TRIES} times`);
  const at = Math.max(retryAt ?? 0, bench.now() + Math.min(FIRST * 2 ** message.tries, LONGEST));
  bench.log.warn(`${what}; trying again at ${new Date(at).toISOString()}`);
  await bench.defer(waiting({ ...message, tries }), at);
}
