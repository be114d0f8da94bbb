import type { Counts, Scrape } from "./types.ts";

/** One side's counts over all scrapes. Histograms are added at the edges that all of them have. */
export function total(scrapes: readonly Scrape[], side: "stable" | "canary"): Counts {
  let requests = 0;
  let errors = 0;
  let latency: Map<number, number> | null = null;
  for (const scrape of scrapes) {
    const counts = scrape[side];
    requests += counts.requests;
    errors += counts.errors;
    if (counts.latency.length === 0) continue;
    const sums: Map<number, number> = new Map();
    for (const { le, count } of counts.latency) {
      const before: number | undefined = latency ? latency.get(le) : 0;
      if (before !== undefined) sums.set(le, before + count);
    }
    latency = sums;
  }
  const edges = [...(latency ?? [])].map(([le, count]) => ({ le, count })).sort((a, b) => a.le - b.le);
  return { requests, errors, latency: edges };
}
