/**
 * One turn in which Prometheus scraped every target once. Targets are scraped at moments of their own,
 * so that a single timestamp often shows one side only; a round shows both over equally long stretches.
 */
export interface Round {
  /** Epoch ms of its first and of its last sample. */
  readonly start: number;
  readonly end: number;
  readonly targets: ReadonlySet<string>;
  /** How many targets of the round before it does not show. */
  readonly missing: number;
}

export interface Tick {
  /** Epoch ms. */
  readonly at: number;
  readonly target: string;
}

/**
 * A round ends when it shows all targets of the one before it, when a target comes round again, and at `from`: asked
 * from the end of a round on, those after it are the same whatever was read before. The last one may still be under
 * way. `before`: the round before these ticks.
 */
export function roundsOf(ticks: Iterable<Tick>, from: number, before?: Round): readonly Round[] {
  const rounds: { start: number; end: number; targets: Set<string>; missing: number }[] = [];
  let current: (typeof rounds)[number] | undefined;
  let due = before?.targets;
  const ordered = [...ticks].sort((a, b) => a.at - b.at || (a.target < b.target ? -1 : 1));
  for (const { at, target } of ordered) {
    const cut = current !== undefined && current.end <= from && at > from;
    const full = current !== undefined && due !== undefined && current.missing === 0 && at > current.end;
    if (!current || current.targets.has(target) || full || cut) {
      // One that was cut off need not show every target; the one before it does.
      if (current) due = cut ? new Set([...current.targets, ...(due ?? [])]) : current.targets;
      current = { start: at, end: at, targets: new Set(), missing: due?.size ?? 0 };
      rounds.push(current);
    }
    current.targets.add(target);
    current.end = at;
    if (due?.has(target)) current.missing -= 1;
  }
  return rounds;
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
