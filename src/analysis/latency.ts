import type { Counts, SloVerdict, VerdictWord } from "./types.ts";
import { counted, duration, number, percent } from "./words.ts";

type Histogram = Counts["latency"];

/**
 * A latency quantile against a limit, from a cumulative histogram.
 *
 * Where an edge of the histogram decides, the answer is exact: enough requests below an edge at or under the
 * limit is `pass`, too few below an edge at or over it is `fail`. In between the quantile is interpolated
 * inside its bucket, as Prometheus's `histogram_quantile` does, and the words say so.
 * Below `minRequests` it fails only when more requests are surely too slow than `minRequests` would allow.
 */
export function judgeLatency(
  slo: { readonly quantile: number; readonly max: number },
  minRequests: number,
  canary: Counts,
  stable: Counts,
): SloVerdict {
  const requests = canary.latency.at(-1)?.count ?? 0;
  const name = `p${number(slo.quantile * 100)} latency`;
  const limit = duration(slo.max);
  const answer = (verdict: VerdictWord, words: string): SloVerdict => ({
    verdict,
    name,
    limit,
    canary: shown(canary.latency, slo.quantile),
    stable: shown(stable.latency, slo.quantile),
    requests,
    words,
  });

  if (canary.latency.every(({ le }) => le === Infinity) && canary.requests > 0) {
    return answer("inconclusive", `${name}: the source has no histogram of the canary's latency`);
  }
  if (canary.latency.some(({ count }) => !Number.isFinite(count))) {
    return answer("unavailable", `${name}: the histogram's counts are not numbers`);
  }
  const allowed = 1 - slo.quantile;
  const over = canary.latency.find(({ le }) => le >= slo.max) ?? { le: Infinity, count: requests };
  const slow = requests - over.count;
  if (requests < minRequests) {
    if (slow > allowed * minRequests) {
      return answer(
        "fail",
        `${number(slow)} of ${counted(requests, "request")} took over ${duration(over.le)}: over ${percent(allowed)} of the ${number(minRequests)} that are needed, even if no other is slow; ${name} limit ${limit}`,
      );
    }
    const missing = counted(minRequests - requests, "more request");
    return answer("inconclusive", `${name}: ${counted(requests, "request")} timed; ${missing} needed`);
  }
  if (requests === 0) return answer("inconclusive", `${name}: no request yet`);

  // 0.55 * 100 is 55.00000000000001 in floating point; 55 of 100 are enough all the same.
  const needed = slo.quantile * requests * (1 - 1e-12);
  const under = canary.latency.findLast(({ le }) => le <= slo.max);
  const told = `${name} ${shown(canary.latency, slo.quantile)} of ${counted(requests, "request")}, limit ${limit}`;
  if (under && under.count >= needed) return answer("pass", told);
  if (over.count < needed) return answer("fail", told);
  if (over.le === Infinity) {
    const last = duration(canary.latency.at(-2)?.le ?? 0);
    return answer("inconclusive", `${name}: the histogram ends at ${last} and cannot tell about ${limit}`);
  }
  const value = quantile(canary.latency, slo.quantile);
  return answer(
    value > slo.max ? "fail" : "pass",
    `${told}; interpolated: the histogram only tells that it is between ${duration(under?.le ?? 0)} and ${duration(over.le)}`,
  );
}

/** Milliseconds, linear inside the bucket; Infinity when it lies beyond the last finite edge; NaN without requests. */
export function quantile(histogram: Histogram, q: number): number {
  const rank = q * (histogram.at(-1)?.count ?? Number.NaN);
  const index = histogram.findIndex(({ count }) => count >= rank && count > 0);
  const bucket = histogram[index];
  if (!bucket) return Number.NaN;
  if (bucket.le === Infinity) return Infinity;
  const lower = histogram[index - 1] ?? { le: 0, count: 0 };
  return lower.le + (bucket.le - lower.le) * ((rank - lower.count) / (bucket.count - lower.count));
}

function shown(histogram: Histogram, q: number): string | null {
  const value = quantile(histogram, q);
  if (Number.isNaN(value)) return null;
  return value === Infinity ? `over ${duration(histogram.at(-2)?.le ?? 0)}` : `about ${duration(value)}`;
}
