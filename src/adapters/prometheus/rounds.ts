/**
 * One turn in which Prometheus scraped every target once. Targets are scraped at moments of their own,
 * so that a single timestamp often shows one side only; a round shows both over equally long stretches.
 */
export interface Round {
  /** Epoch ms of its first and of its last sample. */
  readonly start: number;
  readonly end: number;
  readonly targets: ReadonlySet<string>;
}

export interface Tick {
  /** Epoch ms. */
  readonly at: number;
  readonly target: string;
}

/** A round ends when a target comes round again. The last one may still be under way. */
export function roundsOf(ticks: Iterable<Tick>): readonly Round[] {
  const rounds: { start: number; end: number; targets: Set<string> }[] = [];
  let current: { start: number; end: number; targets: Set<string> } | undefined;
  const ordered = [...ticks].sort((a, b) => a.at - b.at || (a.target < b.target ? -1 : 1));
  for (const { at, target } of ordered) {
    if (!current || current.targets.has(target)) {
      current = { start: at, end: at, targets: new Set() };
      rounds.push(current);
    }
    current.targets.add(target);
    current.end = at;
  }
  return rounds;
}

/** Whether a round misses nothing that the one before it had. */
export function isComplete(round: Round, before: Round | undefined): boolean {
  return [...(before?.targets ?? [])].every((target) => round.targets.has(target));
}

/** What Prometheus scrapes in one go: all its series share their timestamps. */
export function targetOf(labels: Readonly<Record<string, string>>): string {
  return `${labels["job"] ?? ""}\n${labels["instance"] ?? ""}`;
}

/** The median of the distances between ends, which a gap does not move; null with fewer than two. */
export function medianGap(ends: readonly number[]): number | null {
  const gaps = ends
    .slice(1)
    .map((end, index) => end - (ends[index] ?? end))
    .sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? null;
}
