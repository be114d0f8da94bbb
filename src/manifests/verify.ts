import type { Node } from "yaml";
import { type Change, splice } from "./changes.ts";
import { sameBut } from "./same.ts";
import { readAgain, type Source } from "./source.ts";
import { mayHaveTag, sameTokensBut, type TokenEdit } from "./tokens.ts";

/**
 * True when a text means what was asked for and nothing else: its documents are read again. Where the tokens
 * of the edits say it all they are read into tokens alone, and no other token may differ; else in full.
 */
export function meansAsked(
  source: Source,
  text: string,
  edits: readonly TokenEdit[],
  changes: readonly Change[],
): boolean {
  if (tokensSay(source, text, edits)) return true;
  const after = readAgain(source, text);
  return after?.ok === true && sameBut(source, after.value, askedOf(changes));
}

/**
 * True when by its tokens alone a text surely differs by the edits and by what they mean. Each document that
 * an edit is in is read where it stands in the new text; the others are the same bytes.
 */
export function tokensSay(source: Source, text: string, edits: readonly TokenEdit[]): boolean {
  if (edits.some(({ tokens }) => tokens === null)) return false;
  const sorted = [...edits].sort((a, b) => a.from - b.from);
  let seen = 0;
  let moved = 0;
  for (const { from, to, tokens } of source.chunks) {
    const inside = sorted.slice(seen).filter((edit) => edit.from >= from && edit.to <= to);
    if (inside.length === 0) continue;
    const growth = inside.reduce((sum, edit) => sum + edit.text.length - (edit.to - edit.from), 0);
    const again = text.slice(from + moved, to + moved + growth);
    const own = inside.map((edit) => ({ ...edit, from: edit.from - from, to: edit.to - from }));
    // A tag can forbid a further key, even one on a list above.
    if (tokens === null || (inside.some(isInsertion) && mayHaveTag(tokens))) return false;
    if (!sameTokensBut(tokens, again, own)) return false;
    seen += inside.length;
    moved += growth;
  }
  return seen === edits.length;
}

function isInsertion({ from, to }: TokenEdit): boolean {
  return from === to;
}

function askedOf(changes: readonly Change[]): ReadonlyMap<Node, ReadonlyMap<string, string>> {
  const asked = new Map<Node, ReadonlyMap<string, string>>();
  for (const { map, key, text, pieces } of changes) {
    const whole = pieces === null ? text : splice(text, pieces);
    asked.set(map.node, new Map([...(asked.get(map.node) ?? []), [key, whole]]));
  }
  return asked;
}
