import type { RawSeries } from "./answer.ts";

/**
 * One turn in which Prometheus scraped every target once. Targets are scraped at moments of their own,
 * so that a single timestamp often shows one arm only; a round shows both over equally long stretches.
 */
export interface Round {
  /** Epoch ms of its first and of its last sample. */
  readonly start: number;
  readonly end: number;
  readonly targets: ReadonlySet<string>;
}

/** A round ends when a target comes round again. The last one counts only when nothing of the one before is missing. */
export function completeRounds(series: readonly RawSeries[]): readonly Round[] {
  const rounds: { start: number; end: number; targets: Set<string> }[] = [];
  let current: { start: number; end: number; targets: Set<string> } | undefined;
  for (const { at, target } of ticks(series)) {
    if (!current || current.targets.has(target)) {
      current = { start: at, end: at, targets: new Set() };
      rounds.push(current);
    }
    current.targets.add(target);
    current.end = at;
  }
  const before = rounds.at(-2)?.targets ?? new Set<string>();
  const last = rounds.at(-1);
  const complete = last && [...before].every((target) => last.targets.has(target));
  return complete ? rounds : rounds.slice(0, -1);
}

/** What Prometheus scrapes in one go: all its series share their timestamps. */
function targetOf(series: RawSeries): string {
  return `${series.labels["job"] ?? ""}\n${series.labels["instance"] ?? ""}`;
}

function ticks(series: readonly RawSeries[]): readonly { at: number; target: string }[] {
  const times = new Map<string, Set<number>>();
  for (const one of series) {
    const target = targetOf(one);
    const known = times.get(target) ?? new Set<number>();
    for (const sample of one.samples) known.add(sample.at);
    times.set(target, known);
  }
  return [...times]
    .flatMap(([target, known]) => [...known].map((at) => ({ at, target })))
    .sort((a, b) => a.at - b.at || (a.target < b.target ? -1 : 1));
}

/** Milliseconds from round to round, by the median, which a gap does not move; null with fewer than two rounds. */
export function roundInterval(rounds: readonly Round[]): number | null {
  const gaps = rounds
    .slice(1)
    .map((round, index) => round.end - (rounds[index]?.end ?? round.end))
    .sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? null;
}
