import type { Bound } from "./types.ts";

const PARTS = [0.03, 0.08, 0.2, 0.4, 0.65, 0.85, 0.96] as const;
const LOG_REST = PARTS.map((u) => Math.log(1 - u));
/** The relative harm that counts as none. */
const SAME = 1.25;

export function newBound(): Bound {
  return { bets: PARTS.map(() => 0), requests: 0 };
}

/**
 * The test turned round: evidence against "the canary's rate is over 1.25 times the stable side's by `harm`".
 * For u in (0,1): ln G(harm) = [e_c ln(1-u) + e_s ln(1 + n_c 1.25 u / n_s)] / phi + n_c harm u / phi, averaged over u.
 */
export function addToBound(
  bound: Bound,
  canary: { requests: number; events: number },
  stable: { requests: number; events: number },
  phi: number,
): void {
  if (canary.requests === 0) return;
  for (let j = 0; j < PARTS.length; j++) {
    const u = PARTS[j] ?? 0;
    const control =
      stable.requests > 0 ? stable.events * Math.log(1 + (canary.requests * SAME * u) / stable.requests) : 0;
    bound.bets[j] = (bound.bets[j] ?? 0) + (canary.events * (LOG_REST[j] ?? 0) + control) / phi;
  }
  bound.requests += canary.requests / phi;
}

/** ln of the evidence that harm is below `harm`, a fraction of requests. */
export function evidenceBelow(bound: Bound, harm: number): number {
  let top = -Infinity;
  const logs = bound.bets.map((bet, j) => bet + bound.requests * harm * (PARTS[j] ?? 0));
  for (const log of logs) top = Math.max(top, log);
  const sum = logs.reduce((all, log) => all + Math.exp(log - top), 0);
  return top + Math.log(sum / PARTS.length);
}

/**
 * The anytime-valid upper bound of harm at error `risk`: the least harm the evidence excludes, at most 1
 * (a confidence sequence; Howard, Ramdas, McAuliffe & Sekhon 2021).
 */
export function upperBound(bound: Bound, risk: number): number {
  const need = Math.log(1 / risk);
  if (evidenceBelow(bound, 1) < need) return 1;
  let low = 0;
  let high = 1;
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (evidenceBelow(bound, middle) >= need) high = middle;
    else low = middle;
  }
  return high;
}

/** Older evidence counts half at a new weight. */
export function agedBound(bound: Bound): Bound {
  return { bets: bound.bets.map((bet) => bet / 2), requests: bound.requests / 2 };
}
