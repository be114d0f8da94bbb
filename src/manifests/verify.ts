import type { Node } from "yaml";
import { type Change, type Edit, splice } from "./changes.ts";
import { sameBut } from "./same.ts";
import { readAgain, type Source } from "./source.ts";
import { sameTokensBut } from "./tokens.ts";

/** An edit, and whether by its token alone it can be told what it means. */
export interface PlainEdit extends Edit {
  readonly isToken: boolean;
}

/**
 * True when a text means what was asked for and nothing else: its documents are read again. Where each edit
 * replaces one token they are read into tokens alone, and no other token may differ; else in full.
 */
export function meansAsked(
  source: Source,
  text: string,
  edits: readonly PlainEdit[],
  changes: readonly Change[],
): boolean {
  if (edits.every(({ isToken }) => isToken)) return sameTokens(source, text, edits);
  const after = readAgain(source, text);
  return after?.ok === true && sameBut(source, after.value, askedOf(changes));
}

/** Each document that an edit is in, where it stands in the new text; the others are the same bytes. */
function sameTokens(source: Source, text: string, edits: readonly Edit[]): boolean {
  const sorted = [...edits].sort((a, b) => a.from - b.from);
  let seen = 0;
  let moved = 0;
  for (const { from, to, tokens } of source.chunks) {
    const inside = sorted.slice(seen).filter((edit) => edit.from >= from && edit.to <= to);
    if (inside.length === 0) continue;
    const growth = inside.reduce((sum, edit) => sum + edit.text.length - (edit.to - edit.from), 0);
    const again = text.slice(from + moved, to + moved + growth);
    const own = inside.map((edit) => ({ ...edit, from: edit.from - from, to: edit.to - from }));
    if (tokens === null || !sameTokensBut(tokens, again, own)) return false;
    seen += inside.length;
    moved += growth;
  }
  return seen === edits.length;
}

function askedOf(changes: readonly Change[]): ReadonlyMap<Node, ReadonlyMap<string, string>> {
  const asked = new Map<Node, ReadonlyMap<string, string>>();
  for (const { map, key, text, pieces } of changes) {
    const whole = pieces === null ? text : splice(text, pieces);
    asked.set(map.node, new Map([...(asked.get(map.node) ?? []), [key, whole]]));
  }
  return asked;
}
