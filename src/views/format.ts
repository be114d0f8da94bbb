import { inert } from "./inert.ts";

export function percent(value: number): string {
  return `${Number(value.toFixed(2))} %`;
}

/** Milliseconds as `5 min`, `1 min 30 s`, `2 h`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const parts = [
    [Math.floor(seconds / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "min"],
    [seconds % 60, "s"],
  ] as const;
  const shown = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`);
  return shown.length === 0 ? "0 s" : shown.join(" ");
}

/** Epoch ms as `2026-05-04 10:04:12 UTC`. */
export function date(at: number): string {
  const text = new Date(at).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/** Epoch ms as `10:04:12 UTC`; with its date when that is not the day of `reference`. */
export function time(at: number, reference: number): string {
  const text = date(at);
  return text.slice(0, 10) === date(reference).slice(0, 10) ? text.slice(11) : text;
}

/** Epoch ms as `10:05 UTC`, to the next full minute. */
export function clock(at: number): string {
  return `${date(Math.ceil(at / 60_000) * 60_000).slice(11, 16)} UTC`;
}

const COUNT = new Intl.NumberFormat("en-US");

/** `1,234,567`. */
export function count(value: number): string {
  return COUNT.format(value);
}

export function plural(amount: number, word: string): string {
  return `${count(amount)} ${word}${amount === 1 ? "" : "s"}`;
}

/** A commit as a link on its first seven digits. */
export function commitLink(repositoryUrl: string, oid: string): string {
  return /^[0-9a-f]{7,64}$/.test(oid)
    ? `[\`${oid.slice(0, 7)}\`](${repositoryUrl}/commit/${oid})`
    : inert(oid, 64);
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[], last = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
