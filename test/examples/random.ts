import { seeded } from "../seeded.ts";
/** Random numbers that are the same on every run. */
export interface Random {
  /** How many of `n` happen, each with probability `p`. */
  binomial(n: number, p: number): number;
}

/** Below so many expected cases they are counted one by one; above, the bell curve is as good. */
const FEW = 30;

export function random(seed: number): Random {
  const uniform = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const few = (n: number, p: number) => {
    let left = uniform();
    let chance = (1 - p) ** n;
    let count = 0;
    while (left > chance && count < n) {
      left -= chance;
      chance *= ((n - count) / (count + 1)) * (p / (1 - p));
      count += 1;
    }
    return count;
  };
  const binomial = (n: number, p: number): number => {
    if (n <= 0 || p <= 0) return 0;
    if (p >= 1) return n;
    if (p > 0.5) return n - binomial(n, 1 - p);
    if (n * p < FEW) return few(n, p);
    const drawn = Math.round(n * p + Math.sqrt(n * p * (1 - p)) * normal());
    return Math.min(n, Math.max(0, drawn));
  };
  return { binomial };
}
