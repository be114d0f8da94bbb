import { setTimeout as sleep } from "node:timers/promises";
import { createParts } from "../parts.ts";
import { connectAws } from "./aws.ts";
import { eachOf, type SqsAnswer, type SqsEvent } from "./batch.ts";
import { createLog } from "./log.ts";
import { readMessage } from "./read-message.ts";
import { once, started } from "./start.ts";
import { work } from "./work.ts";

/** AWS carries a schedule out within the minute that follows. ms */
const LATE = 60_000;
/** For channels that do not answer: whatever waits in the same group waits with them. ms */
const PATIENCE = 15_000;
const log = createLog(process.env["LOG_LEVEL"]);

const start = once(async () => {
  const { env, environment } = await started();
  // What a look needs is most of it: loaded while GitHub says who we are.
  const [{ queue, timers }, { parts, notifications }, { assemble }] = await Promise.all([
    connectAws(env),
    createParts(environment, log),
    import("../assemble.ts"),
  ]);
  const { bot, forget, idle } = assemble({
    ...parts,
    settings: { ...parts.settings, late: LATE },
    schedulerFor: () => ({ ...timers, stop() {} }),
  });
  const bench = { bot, queue, defer: timers.defer, self: parts.login, now: Date.now, log };
  const told = () => Promise.race([notifications.idle(), sleep(PATIENCE, undefined, { ref: false })]);
  return { bench, forget, idle: () => idle().then(told) };
});

/** Messages of the queue. AWS stops the process as soon as there is an answer, so all is done and shown before. */
export async function handler(event: SqsEvent): Promise<SqsAnswer> {
  const { bench, forget, idle } = await start();
  // Other processes may have acted since the last call.
  forget();
  const answer = await eachOf(
    event,
    (body) => work(bench, readMessage(body)),
    (error) => log.warn(error instanceof Error ? error.message : "A message could not be worked on."),
  );
  await idle();
  return answer;
}
