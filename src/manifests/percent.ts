import type { Limits, Weights } from "./types.ts";

/** A percentage in an object's own units, or why the object cannot say it. */
export type WeightsOutcome =
  | { readonly ok: true; readonly value: Weights }
  | {
      readonly ok: false;
      readonly code: "bad-percent" | "no-sum" | "not-whole";
      /** What is wrong and what would do. */
      readonly message: string;
      /** Closest legal weights, the lower canary first. */
      readonly nearest: readonly Weights[];
      /** Legal sums of stable and canary that can say it, ascending. */
      readonly sums: readonly number[];
    };

/** Percentages are exact to six decimals. */
const PARTS = 1_000_000;

const ANY: Limits = { max: Number.MAX_SAFE_INTEGER, sum: null };

/** Canary at `percent` (0 to 100) of stable + canary, whose sum stays. Where it cannot, only what `limits` allow is suggested. */
export function toWeights(percent: number, current: Weights, limits: Limits = ANY): WeightsOutcome {
  const sum = current.stable + current.canary;
  const parts = Math.round(percent * PARTS);
  if (!(percent >= 0 && percent <= 100) || parts / PARTS !== percent) {
    return refuse("bad-percent", `${percent} is no percentage from 0 to 100 with at most six decimals`);
  }
  if (!(sum > 0)) {
    return refuse("no-sum", "stable and canary both have weight 0, so there is no sum to share out");
  }
  const share = BigInt(parts) * BigInt(sum);
  const whole = BigInt(100 * PARTS);
  const canary = Number(share / whole);
  if (share % whole === 0n) return { ok: true, value: { stable: sum - canary, canary } };

  const nearest = [canary, canary + 1].map((weight) => ({ stable: sum - weight, canary: weight }));
  // At 100 % the canary has the whole sum.
  const sums =
    limits.sum === null ? sumsFor(BigInt(parts), BigInt(sum)).filter((one) => one <= limits.max) : [];
  const near = nearest.map(words).join(" or ");
  const other =
    sums.length > 0 ? `a sum of ${orList(sums)} would do` : "no other sum would do that is legal here";
  const message = `${percent} % of ${sum} is not a whole number; nearest are ${near}; ${other}`;
  return refuse("not-whole", message, nearest, sums);
}

/** The canary's percent of stable + canary; null when both are 0. */
export function toPercent({ stable, canary }: Weights): number | null {
  const sum = stable + canary;
  return sum > 0 ? (canary * 100) / sum : null;
}

/** The smallest sum, the smallest multiple of the present one, and 100 where it works. */
function sumsFor(parts: bigint, sum: bigint): readonly number[] {
  const whole = BigInt(100 * PARTS);
  const smallest = whole / gcd(parts, whole);
  const multiple = (sum / gcd(sum, smallest)) * smallest;
  const candidates = [smallest, multiple, 100n].filter((one) => one % smallest === 0n).map(Number);
  return [...new Set(candidates)].sort((a, b) => a - b);
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

function words(weights: Weights): string {
  const percent = Number((toPercent(weights) ?? 0).toFixed(2));
  return `canary ${weights.canary} with stable ${weights.stable} (${percent} %)`;
}

function orList(numbers: readonly number[]): string {
  const [last, ...others] = [...numbers].reverse();
  return others.length === 0 ? `${last}` : `${others.reverse().join(", ")} or ${last}`;
}

function refuse(
  code: "bad-percent" | "no-sum" | "not-whole",
  message: string,
  nearest: readonly Weights[] = [],
  sums: readonly number[] = [],
): WeightsOutcome {
  return { ok: false, code, message, nearest, sums };
}
