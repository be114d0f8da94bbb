import type { HeaderMatch } from "../../config/types.ts";

/** What a request header must hold: a cookie is a part of the header that all cookies share. */
export interface Condition {
  readonly header: string;
  readonly how: "exact" | "prefix" | "regex";
  /** For routers that hold a regular expression against the whole of the header. */
  readonly text: string;
  /** True for a regular expression that says itself where the header begins and ends. */
  readonly isWhole: boolean;
}

export function conditionOf({ in: where, name, value }: HeaderMatch): Condition {
  if (where === "header") return { header: name, ...value, isWhole: false };
  const inside = {
    exact: escaped(value.text),
    prefix: `${escaped(value.text)}[^;]*`,
    regex: `(?:${value.text})`,
  }[value.how];
  const text = `^(.*; ?)?${escaped(name)}=${inside}(;.*)?$`;
  return { header: "cookie", how: "regex", text, isWhole: true };
}

/**
 * As a regular expression (RE2) that means the same to routers which hold it against the whole of the header
 * and to those which look for it anywhere in it.
 */
export function anchoredRegex({ how, text, isWhole }: Condition): string {
  if (how === "regex") return isWhole ? text : `^(?:${text})$`;
  return how === "prefix" ? `^${escaped(text)}.*` : `^${escaped(text)}$`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
