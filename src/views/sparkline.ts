const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/**
 * One bar a value: the lowest for `min` and below, the highest for `max` and above, a space for null.
 * Where `max` is not above `min` every bar is the lowest.
 */
export function sparkline(
  values: readonly (number | null)[],
  { min = 0, max }: { readonly min?: number; readonly max: number },
): string {
  const bar = (value: number) => {
    const part = max > min ? (value - min) / (max - min) : 0;
    const index = Math.round(Math.max(0, Math.min(1, part)) * (BARS.length - 1));
    return BARS[index] ?? " ";
  };
  return values.map((value) => (value === null || Number.isNaN(value) ? " " : bar(value))).join("");
}
