const SHAPE = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;
const UNITS = [3_600_000, 60_000, 1_000, 1] as const;

/** Longer than any release should live, and within what a timer can wait. */
const LONGEST = 20 * 24 * 3_600_000;

/** Says the same as `parseDuration`, for editors. */
export const DURATION_PATTERN =
  "^(?=\\d)(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m(?!s))?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?$";

/** `30s`, `5m`, `1h30m`, `0.5s`, `500ms` to whole milliseconds; null for anything else or more than 20 days. */
export function parseDuration(text: string): number | null {
  if (text.length === 0 || text.length > 40) return null;
  const parts = SHAPE.exec(text);
  if (parts === null) return null;
  const total = UNITS.reduce((sum, unit, index) => sum + Number(parts[index + 1] ?? 0) * unit, 0);
  return total > LONGEST ? null : Math.round(total);
}
