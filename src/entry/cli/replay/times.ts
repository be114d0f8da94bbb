import { parseDuration } from "../../../config/duration.ts";

export type Told<T> =
  | { readonly ok: true; readonly value: T }
  /** For a person: what cannot be read, and how it is written. */
  | { readonly ok: false; readonly reason: string };

/** A weight that was committed. */
export interface Move {
  /** Epoch ms. */
  readonly at: number;
  /** Canary's percent. */
  readonly percent: number;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Epoch ms of `2026-05-04T10:00:00Z`, or of `+5m` and `-90s` from `base` where there is one. */
export function readTime(text: string, base: number | null): Told<number> {
  if (ISO.test(text)) {
    const at = Date.parse(text);
    if (Number.isFinite(at)) return { ok: true, value: at };
  }
  const sign = text.startsWith("+") ? 1 : text.startsWith("-") ? -1 : null;
  const length = sign === null ? null : parseDuration(text.slice(1));
  if (base !== null && sign !== null && length !== null) return { ok: true, value: base + sign * length };
  const relative = base === null ? "" : ", or from the beginning of the window on such as `+5m`";
  return {
    ok: false,
    reason: `"${text}" is no time: write it with its zone, such as \`2026-05-04T10:00:00Z\`${relative}`,
  };
}

/** `TIME=PERCENT,…`: which percent was committed when. */
export function readWeights(text: string, base: number): Told<readonly Move[]> {
  const moves: Move[] = [];
  for (const pair of text.split(",")) {
    const { time, percent } =
      /^\s*(?<time>[^=]+)=(?<percent>\d{1,3}(\.\d+)?)\s?%?\s*$/.exec(pair)?.groups ?? {};
    if (time === undefined || Number(percent) > 100) {
      const reason = `"${pair.trim()}" is no weight: write \`TIME=PERCENT\`, such as \`+5m=25\`, with commas between them`;
      return { ok: false, reason };
    }
    const at = readTime(time, base);
    if (!at.ok) return at;
    moves.push({ at: at.value, percent: Number(percent) });
  }
  return { ok: true, value: moves.sort((a, b) => a.at - b.at) };
}

/** Of one release: weights that come back after they were 0 belong to another one. */
export function oneRelease(moves: readonly Move[], from: number, to: number): Told<readonly Move[]> {
  const within = moves.filter(({ at }) => at <= to);
  const first = within.findIndex(({ percent }) => percent > 0);
  if (first < 0)
    return { ok: false, reason: "the canary has no weight in this window: nothing is to be judged" };
  const own = within.slice(first);
  const down = own.findIndex(({ percent }) => percent === 0);
  const again = own.find(({ percent }, index) => down >= 0 && index > down && percent > 0);
  if (again) {
    const at = offset(again.at - from);
    const reason = `the canary comes back at ${at} after it was at 0 %: that is another release, replay it by itself`;
    return { ok: false, reason };
  }
  if (down >= 0 && (own[down]?.at ?? 0) <= from) {
    return { ok: false, reason: "the canary is at 0 % when this window begins: nothing is to be judged" };
  }
  return { ok: true, value: down < 0 ? own : own.slice(0, down + 1) };
}

/** Milliseconds as they are written in options: `+1h5m`, `-30s`, `+0s`. */
export function offset(ms: number): string {
  const size = Math.abs(ms);
  const parts = [
    [Math.floor(size / 3_600_000), "h"],
    [Math.floor(size / 60_000) % 60, "m"],
    [(size % 60_000) / 1000, "s"],
  ] as const;
  const text = parts
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join("");
  return `${ms < 0 ? "-" : "+"}${text || "0s"}`;
}
