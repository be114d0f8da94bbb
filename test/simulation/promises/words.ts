import { findMarker } from "../../../src/views/marker.ts";
import { hasSecret } from "../planted.ts";
import type { Violate } from "./sight.ts";

const PROMISE = "9 nothing leaks";

/** What no text of ours may do: notify, close, link, embed, or speak with our own voice in somebody else's words. */
const LOUD: readonly (readonly [string, RegExp])[] = [
  ["mentions somebody", /(^|[^\w`\u200b/])@(everyone|the-team|alice|bob|mallory)\b/],
  ["closes an issue", /fixes #1\b/],
  ["links elsewhere", /https?:\/\/evil\b/],
  ["has a trailer of somebody's", /^Sluice-\w+: forged/m],
];
const SHOWN: readonly (readonly [string, RegExp])[] = [...LOUD, ["shows a picture", /<img /]];

/** 9: nothing leaks, and text from outside is shown inert. */
export function checkWords(where: string, text: string, how: "plain" | "Markdown", violate: Violate): void {
  checkSecrets(where, text, violate);
  const outside = text.replaceAll(/`[^`\n]*`/g, "");
  for (const [what, pattern] of how === "plain" ? LOUD : SHOWN) {
    if (pattern.test(outside)) violate(PROMISE, `${where} ${what}: ${outside.slice(0, 400)}`);
  }
  const markers = text.match(/<!-- sluice:/g)?.length ?? 0;
  if (markers > (how === "plain" ? 0 : 1))
    violate(PROMISE, `${where} has ${markers} markers: ${text.slice(0, 400)}`);
}

/** A comment without whom a reminder calls on, at its very beginning: no other text of ours calls anybody. */
export function withoutCall(body: string): string {
  const called = /^(?:@(?:alice|bob|team\/payments) )+/;
  return findMarker(body)?.kind === "reminder" ? body.replace(called, "") : body;
}

export function checkSecrets(where: string, text: string, violate: Violate): void {
  if (hasSecret(text)) violate(PROMISE, `${where} has a secret: ${text.slice(0, 400)}`);
}
