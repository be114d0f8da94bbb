import type { Window } from "./types.ts";

const MINUTE = 60_000;
const DAY = 1_440;
/** A weekly window that falls into the hour that daylight saving skips opens a week later, so two weeks hold one. */
const HORIZON = 15 * DAY * MINUTE;

/** Whether a step may be taken at `at` (epoch ms). No windows means always. */
export function isOpen(windows: readonly Window[], at: number): boolean {
  return windows.length === 0 || windows.some((window) => opens(window, localTime(window.zone, at)));
}

/** The first moment from `at` on (epoch ms) at which a window is open; `at` itself when one is; null when none ever opens. */
export function nextOpening(windows: readonly Window[], at: number): number | null {
  if (isOpen(windows, at)) return at;
  const openings = windows.map((window) => firstOpening(window, at)).filter((time) => time !== null);
  return openings.length === 0 ? null : Math.min(...openings);
}

interface LocalTime {
  /** 1 = Monday .. 7 = Sunday. */
  readonly day: number;
  /** Minutes after midnight on the wall clock. */
  readonly minute: number;
}

function opens(window: Window, now: LocalTime): boolean {
  const today = window.days.includes(now.day);
  if (window.from < window.to) return today && now.minute >= window.from && now.minute < window.to;
  const yesterday = window.days.includes(now.day === 1 ? 7 : now.day - 1);
  return (today && now.minute >= window.from) || (yesterday && now.minute < window.to);
}

/**
 * Walks from one wall-clock boundary (midnight, opening) to the next. Where the clock is changed on the way,
 * it walks minute by minute, so that a skipped or repeated hour moves no opening.
 */
function firstOpening(window: Window, at: number): number | null {
  let time = at;
  while (time <= at + HORIZON) {
    const now = localTime(window.zone, time);
    if (opens(window, now)) return time;
    const boundary = now.minute < window.from ? window.from : DAY;
    const start = time - mod(time, MINUTE);
    const leap = start + (boundary - now.minute) * MINUTE;
    const then = localTime(window.zone, leap);
    time = then.minute === boundary % DAY ? leap : start + MINUTE;
  }
  return null;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const NAMES: Readonly<Record<string, number>> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };

function localTime(zone: string, at: number): LocalTime {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    clocks.set(zone, clock);
  }
  let day = 0;
  let minute = 0;
  for (const { type, value } of clock.formatToParts(at)) {
    if (type === "weekday") day = NAMES[value] ?? 0;
    else if (type === "hour") minute += Number(value) * 60;
    else if (type === "minute") minute += Number(value);
  }
  return { day, minute };
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
