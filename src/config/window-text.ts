import { type Checked, quoted, refuse } from "./fields.ts";
import type { Window } from "./types.ts";
import { zoneFlaw } from "./zones.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const SHAPE = /^(\S+)\s+(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})\s+(\S+)$/;
const EXAMPLE = "`Mon-Fri 09:00-17:00 Europe/Berlin`";

/** `Mon-Fri 09:00-17:00 Europe/Berlin`; days may be a list such as `Mon,Wed-Fri`. */
export function parseWindow(text: string): Checked<Window> {
  const parts = text.length <= 200 ? SHAPE.exec(text.trim()) : null;
  if (parts === null)
    return refuse("bad-window", `${quoted(text)} is no window. Write days, hours and a zone: ${EXAMPLE}.`);
  const [, dayWords = "", fromHour, fromMinute, toHour, toMinute, zone = ""] = parts;

  const days = parseDays(dayWords);
  if (days === null) {
    return refuse(
      "bad-window",
      `${quoted(dayWords)} are no weekdays. Write such as \`Mon-Fri\` or \`Sat,Sun\`.`,
    );
  }
  const from = minutes(fromHour, fromMinute);
  const to = minutes(toHour, toMinute);
  if (from === null || to === null || from === 1440) {
    return refuse("bad-window", `The hours of ${quoted(text)} do not exist. Write 00:00 to 24:00.`);
  }
  if (from === to)
    return refuse("bad-window", "The window ends as it starts. Write `00:00-24:00` for a whole day.");
  const flaw = zoneFlaw(zone);
  if (flaw !== null) return refuse("bad-window", flaw);
  return { value: { days, from, to, zone, text } };
}

function parseDays(words: string): readonly number[] | null {
  const days = new Set<number>();
  for (const word of words.toLowerCase().split(",")) {
    const [first = "", last = first, ...rest] = word.split("-");
    const start = DAYS.indexOf(first);
    const end = DAYS.indexOf(last);
    if (start < 0 || end < 0 || rest.length > 0) return null;
    // `Fri-Mon` runs over the weekend.
    for (let day = start; ; day = (day + 1) % 7) {
      days.add(day + 1);
      if (day === end) break;
    }
  }
  return [...days].sort((a, b) => a - b);
}

function minutes(hour: string | undefined, minute: string | undefined): number | null {
  const total = Number(hour) * 60 + Number(minute);
  return Number(minute) < 60 && total <= 1440 ? total : null;
}
