import type { WeightFormat, Written } from "../kind.ts";

/** Thousandths of the largest quantity that stays exact. */
const MOST_MILLI = 1_000_000_000_000;

/**
 * Kubernetes quantities, plain (`900`, `0.5`) or in thousandths (`900m`), quoted or not.
 * A split is in thousandths as soon as one of its arms needs them; each arm keeps the unit it was written in.
 */
export const quantities: WeightFormat = {
  max: MOST_MILLI,
  read(written) {
    const milli = written.map(readMilli);
    const factor = inMilli(written) ? 1 : 1000;
    return milli.map((value) => (typeof value === "number" ? value / factor : value));
  },
  write(weight, written, arm) {
    if (!inMilli(written)) return String(weight);
    const own = written[arm] ?? null;
    const plain = own !== null && !own.text.endsWith("m");
    return plain ? String(weight / 1000) : `${weight}m`;
  },
};

function inMilli(written: readonly Written[]): boolean {
  return written.some((one) => one !== null && !/^[0-9]+$/.test(one.text));
}

function readMilli(written: Written): number | string {
  if (written === null) return "is missing and this kind needs one";
  const { text } = written;
  const found = /^(?<whole>0|[1-9][0-9]{0,8})(?:\.(?<part>[0-9]{1,3}))?(?<milli>m?)$/.exec(text);
  if (found?.groups === undefined || (found.groups["milli"] === "m" && found.groups["part"] !== undefined)) {
    return `is ${text === "" ? "empty" : text} and must be a quantity of 0 or more such as 900 or 900m`;
  }
  const whole = Number(found.groups["whole"]);
  if (found.groups["milli"] === "m") return whole;
  return whole * 1000 + Number((found.groups["part"] ?? "").padEnd(3, "0"));
}
