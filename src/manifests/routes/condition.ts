import type { HeaderMatch } from "../../config/types.ts";

/** What a request header must hold: a cookie is a part of the header that all cookies share. */
export interface Condition {
  readonly header: string;
  readonly how: "exact" | "prefix" | "regex";
  readonly text: string;
}

export function conditionOf({ in: where, name, value }: HeaderMatch): Condition {
  if (where === "header") return { header: name, ...value };
  const inside = {
    exact: escaped(value.text),
    prefix: `${escaped(value.text)}[^;]*`,
    regex: `(?:${value.text})`,
  }[value.how];
  return { header: "cookie", how: "regex", text: `^(.*; ?)?${escaped(name)}=${inside}(;.*)?$` };
}

/** As a regular expression (RE2) for routers that ask whether it matches the whole of the header. */
export function wholeRegex({ how, text }: Condition): string {
  if (how === "regex") return text;
  return how === "prefix" ? `^${escaped(text)}.*` : `^${escaped(text)}$`;
}

/** The same for routers that look for it anywhere in the header. */
export function anchoredRegex({ how, text }: Condition): string {
  if (how === "prefix") return `^${escaped(text)}`;
  if (how === "exact") return `^${escaped(text)}$`;
  return text.startsWith("^") && text.endsWith("$") ? text : `^(?:${text})$`;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
