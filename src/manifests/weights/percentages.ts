import type { WeightFormat, Written } from "../kind.ts";

/** Hundredths of a percent in the whole. */
const WHOLE = 10_000;

/**
 * Percent with up to two decimals, as hundredths of a percent so that every weight is a whole number.
 * Zeros that somebody wrote behind the last decimal stay as many as they were: `90.0` becomes `25.250`
 * for a while, and `90.0` again.
 */
export const percentages: WeightFormat = {
  max: WHOLE,
  sum: WHOLE,
  read: (written) => written.map(readHundredths),
  write(weight, written, arm) {
    const decimals = trimmed(`${weight % 100}`.padStart(2, "0"));
    const digits = decimals + "0".repeat(zerosOf(written[arm] ?? null));
    return `${Math.floor(weight / 100)}${digits === "" ? "" : `.${digits}`}`;
  },
  refuse(weights) {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (sum !== WHOLE) return `make ${sum / 100} percent and must make exactly 100`;
    // The admission webhook adds them up as 32-bit floats.
    const floats = weights.reduce((total, weight) => Math.fround(total + Math.fround(weight / 100)), 0);
    return floats === 100
      ? null
      : "make 100 percent, but not when they are added as 32-bit floats, which Consul does: choose weights with fewer decimals";
  },
};

function readHundredths(written: Written): number | string {
  if (written === null) return 0;
  const { text, quoted } = written;
  if (quoted) return `is the text "${text}" and this kind takes a number: remove the quotes`;
  const found = /^(0|[1-9][0-9]{0,2})(?:\.([0-9]{1,6}))?$/.exec(text);
  const decimals = trimmed(found?.[2] ?? "");
  if (found === null || decimals.length > 2) {
    return `is ${text === "" ? "empty" : text} and must be percent from 0 to 100 with at most two decimals`;
  }
  const value = Number(found[1]) * 100 + Number(decimals.padEnd(2, "0"));
  return value <= WHOLE ? value : `is ${text} and the most is 100 percent`;
}

function trimmed(decimals: string): string {
  return decimals.replace(/0+$/, "");
}

/** Zeros behind the last decimal that means something. */
function zerosOf(written: Written): number {
  const decimals = /\.([0-9]+)$/.exec(written?.text ?? "")?.[1] ?? "";
  return decimals.length - trimmed(decimals).length;
}
