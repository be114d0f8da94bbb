import type { Counts } from "../../analysis/types.ts";
import type { Side } from "./names.ts";

/** What one side counted in one stretch. */
export interface Draft {
  requests: number;
  errors: number;
  /** Those that came by mutual TLS. */
  secure: number;
  /** A counter began again at zero: what it had counted since its last sample is lost. */
  restarted: boolean;
  /** By the edge of the bucket, ms. */
  readonly latency: Map<number, number>;
}

export interface Pair extends Record<Side, Draft> {}

export function emptyPair(): Pair {
  return { stable: emptyDraft(), canary: emptyDraft() };
}

function emptyDraft(): Draft {
  return { requests: 0, errors: 0, secure: 0, restarted: false, latency: new Map() };
}

export function addTo(sum: Pair, more: Pair): void {
  for (const side of ["stable", "canary"] as const) {
    sum[side].requests += more[side].requests;
    sum[side].errors += more[side].errors;
    sum[side].secure += more[side].secure;
    sum[side].restarted ||= more[side].restarted;
    for (const [le, count] of more[side].latency) {
      sum[side].latency.set(le, (sum[side].latency.get(le) ?? 0) + count);
    }
  }
}

/** `edges` ascending: those that all pods have. */
export function settled(draft: Draft, edges: readonly number[]): Counts {
  const latency = edges.map((le) => ({ le, count: draft.latency.get(le) ?? 0 }));
  return { requests: draft.requests, errors: draft.errors, latency };
}

/** The edge of a bucket in milliseconds. */
export function edgeOf(le: string | undefined, unit: "ms" | "s"): number {
  if (le === "+Inf") return Infinity;
  // 0.3 s is 300 ms, not 299.99999999999994.
  return Number((Number(le ?? "") * (unit === "s" ? 1000 : 1)).toPrecision(12));
}
