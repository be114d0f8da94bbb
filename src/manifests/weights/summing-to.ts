import type { WeightFormat } from "../kind.ts";

/** Weights that are only legal when they make exactly `whole` together. */
export function summingTo(whole: number, format: WeightFormat): WeightFormat {
  return {
    ...format,
    sum: whole,
    refuse(weights) {
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return sum === whole ? null : `make ${sum} and must make exactly ${whole}`;
    },
  };
}
