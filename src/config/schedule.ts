import { Cron } from "croner";
import { type Checked, quoted, refuse } from "./fields.ts";
import type { Schedule } from "./types.ts";

/** Numbers, names, ranges and steps in five fields, as everybody reads them; no seconds, no `L`, `W` or `#`. */
const VALUE = "(\\d{1,2}|[a-z]{3})";
const ITEM = `(\\*|${VALUE}(-${VALUE})?)(/\\d{1,2})?`;
const FIELD = `${ITEM}(,${ITEM})*`;
const FIELDS = new RegExp(`^${FIELD}( ${FIELD}){4}$`, "i");
const EXAMPLE = "`0 9 * * 1-5` (minute, hour, day, month, weekday)";

/** Five fields of cron. */
export function parseCron(text: string): Checked<string> {
  const cron = text.trim().replace(/\s+/g, " ");
  const flaw = (why: string) => refuse("bad-schedule", `${quoted(text)} ${why}. Write such as ${EXAMPLE}.`);
  if (text.length > 100 || !FIELDS.test(cron)) return flaw("is no schedule of five fields");
  try {
    if (nextTime({ cron, zone: "UTC" }, 0) === null) return flaw("never comes");
  } catch {
    return flaw("is no schedule");
  }
  return { value: cron };
}

/**
 * The first time of a schedule after `after` (both epoch ms); null when there is none. A local time that daylight
 * saving skips counts as the first moment after it, one that exists twice as the first of the two.
 */
export function nextTime({ cron, zone }: Schedule, after: number): number | null {
  // Given no function to call it sets no timer, and given a date it reads no clock.
  const next = new Cron(cron, { mode: "5-part", timezone: zone }).nextRun(new Date(after));
  return next?.getTime() ?? null;
}
