import { z } from "zod";
import { type Checked, quoted, refuse, settle } from "./fields.ts";

const WRITTEN = /^(\d{1,3}(?:\.\d+)?)\s?%$/;
const PATTERN = "^\\d{1,3}(\\.\\d+)?\\s?%$";

/**
 * A share of requests as a fraction, 0.05 for `5%`. A bare number is the fraction itself and must be under 1:
 * nobody can tell whether `1` means 1 % or all of them. `all`: it may be 100%.
 */
export function fraction(options: { readonly all?: boolean } = {}) {
  const hint = "Write a percentage such as `5%`.";
  return z
    .union([z.number().meta({ minimum: 0, exclusiveMaximum: 1 }), z.string().meta({ pattern: PATTERN })], {
      error: (issue) => said(issue.input, hint),
    })
    .meta({ title: "percentage" })
    .transform((value, context) => settle(readFraction(value, options.all === true), context));
}

/** Percent, 25 for `25` and for `25%`. */
export function weight() {
  return percent(100, "Write a percentage such as `25`.", readWeight);
}

/** From this weight on no less harm is excluded before the next, so that none of it is new to those who follow. */
export const MOST_HELD_BACK = 50;

/** Percent that the old version keeps, 5 for `5` and for `5%`. */
export function holdback() {
  return percent(MOST_HELD_BACK, "Write a percentage such as `5%`.", readHoldback);
}

function percent(maximum: number, hint: string, read: (value: number | string) => Checked<number>) {
  return z
    .union([z.number().meta({ exclusiveMinimum: 0, maximum }), z.string().meta({ pattern: PATTERN })], {
      error: (issue) => said(issue.input, hint),
    })
    .meta({ title: "percent" })
    .transform((value, context) => settle(read(value), context));
}

function said(input: unknown, hint: string): string | undefined {
  return input === undefined ? undefined : hint;
}

function readFraction(value: number | string, all: boolean): Checked<number> {
  const percent = percentOf(value);
  if (typeof value === "string" && percent === null) {
    return refuse("bad-percentage", `${quoted(value)} is no percentage. Write \`5%\`.`);
  }
  const share = typeof value === "number" ? value : (percent ?? 0) / 100;
  if (typeof value === "number" && value >= 1) {
    const message = `A number without % is a fraction under 1. Write \`${value}%\` if you mean ${value} percent.`;
    return refuse("bad-percentage", message);
  }
  if (all && share > 1) return refuse("out-of-range", "It must be at least 0% and at most 100%.");
  if (share < 0 || (share >= 1 && !all))
    return refuse("out-of-range", "It must be at least 0% and under 100%.");
  return { value: share };
}

function readWeight(value: number | string): Checked<number> {
  const percent = percentOf(value);
  if (percent === null) {
    return refuse("bad-percentage", `${quoted(String(value))} is no percentage. Write \`25\`.`);
  }
  if (percent === 0)
    return refuse("bad-steps", "A step sets more than 0: between releases the canary is at 0 anyway.");
  if (percent < 0 || percent > 100) {
    return refuse("out-of-range", `${percent} is not a percentage over 0 and at most 100.`);
  }
  return { value: percent };
}

function readHoldback(value: number | string): Checked<number> {
  const percent = percentOf(value);
  if (percent === null) {
    return refuse("bad-percentage", `${quoted(String(value))} is no percentage. Write \`5%\`.`);
  }
  if (percent > 0 && percent <= MOST_HELD_BACK) return { value: percent };
  const message = `It must be over 0% and at most ${MOST_HELD_BACK}%: only a small part of the old version is held back.`;
  return refuse("out-of-range", message);
}

function percentOf(value: number | string): number | null {
  if (typeof value === "number") return value;
  const digits = WRITTEN.exec(value)?.[1];
  return digits === undefined ? null : Number(digits);
}
