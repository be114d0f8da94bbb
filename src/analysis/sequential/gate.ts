import { evidenceBelow } from "./bound.ts";
import { warming } from "./evidence.ts";
import type { Options, Summary } from "./types.ts";

/** ln(1/0.05): harm is excluded at 95 %, at all looks together. */
const EXCLUDED = Math.log(20);
/** Largest factor from one weight to the next beyond the ladder's own, and the weight up to which rungs are skipped. */
const STRIDE = 5;
const SKIPPED_UP_TO = 50;
/** What the whole service may lose at a step, and at the last one, unnoticed. */
const LOSS = { step: 0.005, last: 0.01, slow: 0.02, patient: 0.25 } as const;

/** The highest rung that the evidence allows from here; null when even the next one is too high. */
export function allowedRung(
  summary: Summary,
  rungs: readonly number[],
  patient: boolean,
  options: Options,
): number | null {
  const { percent, peak } = summary;
  const above = rungs.filter((rung) => rung > percent);
  const next = above[0];
  const within = Math.min(percent * STRIDE, SKIPPED_UP_TO);
  const reachable = above.filter((rung) => rung <= peak || rung === next || rung <= within);
  return reachable.findLast((rung) => allowed(summary, rung, patient, options)) ?? null;
}

/** Harm that would cost the whole service too much, or more failures than are risked, is excluded. */
function allowed(summary: Summary, rung: number, patient: boolean, options: Options): boolean {
  if (rung <= summary.peak) return true;
  const harm = excludable(summary, rung, patient, options);
  if (harm.errors < 1 && evidenceBelow(summary.errors.bound, harm.errors) < EXCLUDED) return false;
  if (!summary.tail || warming(summary) || harm.slow >= 1) return true;
  return evidenceBelow(summary.tail.bound, harm.slow) >= EXCLUDED;
}

/** The harm to exclude before a weight, as fractions of canary requests. */
export function excludable(
  summary: Summary,
  rung: number,
  patient: boolean,
  options: Options,
): { readonly errors: number; readonly slow: number } {
  const share = rung / 100;
  const risked = options.risk / Math.max(1e-9, summary.recent.rate * 60 * share);
  const errors = patient ? LOSS.patient : Math.max(LOSS.last, LOSS.step / share);
  const slow = patient ? LOSS.patient : LOSS.slow / share;
  return { errors: Math.max(errors, risked), slow: Math.max(slow, risked) };
}

/** At least this is known before a release is done, however little traffic there is. */
export function excludesGross(summary: Summary): boolean {
  return evidenceBelow(summary.errors.bound, LOSS.patient) >= EXCLUDED;
}

/** Milliseconds until the errors' bound excludes `harm` if everything goes on as it did; null when nobody can say. */
export function timeToExclude(summary: Summary, harm: number): number | null {
  const { bound } = summary.errors;
  const known = evidenceBelow(bound, harm);
  const perSecond = summary.recent.rate * (summary.percent / 100);
  if (known <= 0 || perSecond <= 0 || bound.requests === 0) return null;
  const spread = Math.max(1, summary.step.canary.requests / bound.requests);
  return Math.max(0, (((bound.requests * EXCLUDED) / known - bound.requests) * spread * 1000) / perSecond);
}
