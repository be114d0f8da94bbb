import { z } from "zod";
import type { Code } from "./codes.ts";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";
import { didYouMean } from "./nearest.ts";

/** What a field's own check says: the value, or why not. */
export type Checked<T> = { readonly value: T } | { readonly code: Code; readonly message: string };

export function refuse(code: Code, message: string): Checked<never> {
  return { code, message };
}

/** What the JSON Schema and the reference say besides the type; `title` is the reference's word for the format. */
interface Meta {
  readonly title: string;
  readonly pattern?: string;
  readonly enum?: string[];
}

/** No value is longer. What is proposed by anybody meets no pattern before it is known to be short. */
const LONGEST = 4096;

/** A field written as text with a meaning of its own. `hint` answers a value that is no text. */
export function written<T>(meta: Meta, hint: string, check: (text: string) => Checked<T>) {
  return z
    .string({ error: (issue) => (issue.input === undefined ? undefined : hint) })
    .meta({ ...meta })
    .transform((text, context) => settle(text.length > LONGEST ? tooLong(LONGEST) : check(text), context));
}

export function settle<T>(
  result: Checked<T>,
  context: { addIssue: (issue: { code: "custom"; params: { code: Code }; message: string }) => void },
): T {
  if ("value" in result) return result.value;
  context.addIssue({ code: "custom", params: { code: result.code }, message: result.message });
  return z.NEVER;
}

/** One of some words. `refused` names words that have a meaning elsewhere, each with its reason. */
export function choice<const T extends string>(
  values: readonly T[],
  refused: Readonly<Record<string, Checked<never>>> = {},
) {
  const known = values.map((value) => `\`${value}\``).join(", ");
  return written<T>({ title: "word", enum: [...values] }, `Write one of ${known}.`, (text) => {
    const value = values.find((candidate) => candidate === text);
    if (value !== undefined) return { value };
    if (Object.hasOwn(refused, text)) return refused[text] ?? refuse("unknown-value", text);
    const guess = didYouMean(text, values);
    return refuse("unknown-value", `${quoted(text)} is not known here.${guess} Known: ${known}.`);
  });
}

/** A key with a meaning that this version does not have. In the JSON Schema it may not appear. */
export function refusedKey(reason: string) {
  return z.never({ error: reason }).optional().describe(reason);
}

/** Milliseconds, over zero unless `zero` is said. */
export function duration(options: { readonly zero?: boolean } = {}) {
  const hint = "A bare number has no unit. Write a duration such as `30s`, `5m` or `1h30m`.";
  return written<number>({ title: "duration", pattern: DURATION_PATTERN }, hint, (text) => {
    const value = parseDuration(text);
    if (value === null) {
      const message = `${quoted(text)} is no duration. Write \`500ms\`, \`30s\`, \`5m\` or \`1h30m\`; at most \`480h\`, and no days.`;
      return refuse("bad-duration", message);
    }
    if (value === 0 && options.zero !== true)
      return refuse("out-of-range", "It must be longer than nothing.");
    return { value };
  });
}

/** Text of another system's making, kept as it is. */
export function text(title: string, longest: number) {
  return written<string>({ title }, "Text belongs here. Put quotes around it.", (value) => {
    if (value.trim() === "") return refuse("out-of-range", "It may not be empty.");
    if (value.length > longest) return tooLong(longest);
    if (/\p{Cc}/u.test(value.replaceAll(/[\n\t]/g, " "))) {
      return refuse("bad-name", "It has a control character. Remove it.");
    }
    return { value };
  });
}

function tooLong(longest: number): Checked<never> {
  return refuse("out-of-range", `It has more than ${longest} characters.`);
}

/** Text that must match `pattern`. */
export function pattern(title: string, expression: RegExp, advice: (text: string) => string) {
  return written<string>(
    { title, pattern: expression.source },
    "Text belongs here. Put quotes around it.",
    (value) =>
      expression.test(value)
        ? { value }
        : refuse("bad-name", `${quoted(value)} is no ${title}. ${advice(value)}`),
  );
}

/** A word from the file inside a message: short, on one line, inert in Markdown. */
export function quoted(value: string): string {
  const inert = value.replaceAll(/[`\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
  return `\`${inert.length > 60 ? `${inert.slice(0, 59)}…` : inert}\``;
}
