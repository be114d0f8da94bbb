import { MOMENT_WORDS, parseMoment } from "../config/moment.ts";
import { isZone, zoneFlaw } from "../config/zones.ts";

/** A time and the words that are left, or what is wrong with it. */
export type TimeWords =
  | { readonly ok: true; readonly at: number; readonly rest: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** `2026-12-27`, `2026-12-01T09:00` or `2026-12-01 09:00`, with a time zone after it or in UTC. */
export function readTime(words: readonly string[]): TimeWords {
  const [date = "", ...others] = words;
  const apart = /^\d{1,2}:\d{2}$/.test(others[0] ?? "");
  const text = apart ? `${date}T${others[0]?.padStart(5, "0")}` : date;
  const after = apart ? others.slice(1) : others;
  const [word] = after;
  const zoned = word !== undefined && isZone(word);
  // What is no commit either was meant to be one.
  if (word !== undefined && !zoned && /[^0-9a-f]/i.test(word)) {
    return { ok: false, message: zoneFlaw(word) ?? "" };
  }
  const at = parseMoment(text.toUpperCase(), zoned ? word : "UTC");
  if (at === null) return { ok: false, message: `That is no time that exists. Write ${MOMENT_WORDS}.` };
  return { ok: true, at, rest: zoned ? after.slice(1) : after };
}

/** A line without the quoted text that ends it; phones type curly quotes. */
export function splitReason(line: string): { readonly bare: string; readonly reason: string | null } {
  const [, bare, reason] =
    /^([^"\u201c\u201d]*)\s["\u201c\u201d]([^"\u201c\u201d]*)["\u201c\u201d]\s*$/.exec(line) ?? [];
  return { bare: bare ?? line, reason: reason?.trim() ?? null };
}

/** Letters of any script, but nothing that is not seen or reorders what is. */
export function isReadable(reason: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u.test(reason);
}
