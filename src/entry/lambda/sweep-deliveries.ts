import type { DeliveryLog } from "../../adapters/github/deliveries.ts";
import type { Queue } from "../../ports/queue.ts";
import { EVENTS, happeningsOf } from "../happenings.ts";
import type { Log } from "../parts.ts";
import { deliveredMessages, waiting } from "./message.ts";

/** Three sweeps see each, so that one that fails loses none. ms */
const WINDOW = 15 * 60_000;

const LISTENED: ReadonlySet<string> = new Set(EVENTS.map((name) => name.split(".")[0] ?? ""));

/**
 * What GitHub could not deliver is sent again, once. What fails then too (it may be larger than AWS takes) is read
 * from GitHub's log and handed over from there: by each sweep that sees it, as twice has the effect of one.
 */
export async function redeliver(
  deliveries: DeliveryLog,
  queue: Queue,
  now: number,
  log: Log,
): Promise<{ readonly repeated: number; readonly handedOver: number }> {
  const { found: all, whole } = await deliveries.undelivered(now - WINDOW);
  const found = all.filter(({ event }) => LISTENED.has(event));
  if (!whole)
    log.warn("GitHub's log of deliveries is longer than a sweep reads; its oldest part was left out");
  const again = found.filter(({ repeated }) => repeated);
  for (const { id, guid, repeated } of found) {
    if (!repeated) await deliveries.repeat(id);
    else {
      const { event, payload } = await deliveries.sent(id);
      await queue.send(deliveredMessages(guid, happeningsOf(event, payload)).map(waiting));
    }
  }
  return { repeated: found.length - again.length, handedOver: again.length };
}
