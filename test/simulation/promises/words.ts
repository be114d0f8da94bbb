import type { Violate } from "./sight.ts";

/** What no text of ours may do: notify, embed, or speak with our own voice in somebody else's words. */
const LOUD: readonly (readonly [string, RegExp])[] = [
  ["mentions somebody", /(^|[^\w`\u200b/])@(everyone|the-team)\b/],
  ["closes an issue", /fixes #1\b/],
];
const SHOWN: readonly (readonly [string, RegExp])[] = [...LOUD, ["shows a picture", /<img /]];

/** 9: nothing leaks, and text from outside is shown inert. */
export function checkWords(where: string, text: string, how: "plain" | "Markdown", violate: Violate): void {
  const outside = text.replaceAll(/`[^`\n]*`/g, "");
  for (const [what, pattern] of how === "plain" ? LOUD : SHOWN) {
    if (pattern.test(outside)) violate("9 nothing leaks", `${where} ${what}: ${outside.slice(0, 400)}`);
  }
  const markers = text.match(/<!-- sluice:/g)?.length ?? 0;
  if (markers > 1) violate("9 nothing leaks", `${where} has ${markers} markers: ${text.slice(0, 400)}`);
}
