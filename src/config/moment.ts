import { nextTime } from "./schedule.ts";

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}))?$/;
const DAY = 86_400_000;

/** How a moment is written, for messages. */
export const MOMENT_WORDS = "a date such as `2026-12-27`, or with a time `2026-12-27T09:00`";

/**
 * A date, or a date with a time, on the wall clock of `zone`, as epoch ms; a date alone is its beginning. null for
 * anything else. Skipped and doubled hours as in a schedule.
 */
export function parseMoment(text: string, zone: string): number | null {
  const [, year, month, day, hour = "00", minute = "00"] = SHAPE.exec(text) ?? [];
  const near = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute));
  // 30 February would be a day of March.
  const written = `${year}-${month}-${day}T${hour}:${minute}`;
  if (Number.isNaN(near) || !new Date(near).toISOString().startsWith(written)) return null;
  // No zone is a whole day away from UTC.
  const at = nextTime({ cron: `${minute} ${hour} ${day} ${month} *`, zone }, near - DAY);
  return at !== null && at <= near + DAY ? at : null;
}
