/** Made once: a formatter costs a hundred times what formatting does. */
const SMALL = new Intl.NumberFormat("en-US", { maximumFractionDigits: 4 });
const PLAIN = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const SIGNIFICANT = new Map<number, Intl.NumberFormat>();

function significant(digits: number): Intl.NumberFormat {
  const known = SIGNIFICANT.get(digits);
  if (known) return known;
  const made = new Intl.NumberFormat("en-US", { maximumSignificantDigits: digits });
  SIGNIFICANT.set(digits, made);
  return made;
}

/** Whole numbers with thousands separators, others with two digits after the point at most: `1,204`, `0.35`. */
export function number(value: number): string {
  return (Math.abs(value) < 1 ? SMALL : PLAIN).format(value);
}

/** A fraction as percent with three digits that count, unless asked for more: `5.2 %`, `0.05 %`, `100 %`. */
export function percent(fraction: number, digits = 3): string {
  const value = fraction * 100;
  return `${significant(digits).format(value)} %`;
}

/** The same, with as many digits as it takes to look different from a limit that it is not. */
export function percentBeside(fraction: number, limit: number): string {
  const digits = [3, 5, 8].find((few) => percent(fraction, few) !== percent(limit, few));
  return percent(fraction, fraction === limit ? 3 : (digits ?? 12));
}

/** Milliseconds as people say them: `480 ms`, `1.25 s`, `5 min`, `2 h`. */
export function duration(ms: number): string {
  const [size, unit] = (
    [
      [3_600_000, "h"],
      [60_000, "min"],
      [1_000, "s"],
    ] as const
  ).find(([least]) => ms >= least) ?? [1, "ms"];
  return `${significant(3).format(ms / size)} ${unit}`;
}

/** `1 request`, `1,204 requests`. */
export function counted(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** What is said of an objective: where nothing was measured nothing stands against it, and nothing speaks for it. */
export function rowWord({ verdict, canary }: { readonly verdict: string; readonly canary: string | null }) {
  return verdict === "pass" && canary === null ? "not judged" : verdict;
}
