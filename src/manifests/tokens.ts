import { CST, Lexer } from "yaml";
import type { Edit } from "./changes.ts";

/**
 * The tokens of YAML text as their bytes, in order, with marks of no width between them. What a document
 * means is a function of these alone.
 */
export type Tokens = readonly string[];

const MARKS: ReadonlySet<string> = new Set([CST.SCALAR, CST.DOCUMENT, CST.FLOW_END]);

export function tokensOf(text: string): Tokens {
  const tokens: string[] = [];
  for (const token of new Lexer().lex(text)) tokens.push(token);
  return tokens;
}

/**
 * True when the tokens of a text are those of the text before, but for the edits, each of which replaces one
 * whole token. Offsets of the edits count from where the tokens begin; in order.
 */
export function sameTokensBut(before: Tokens, text: string, edits: readonly Edit[]): boolean {
  let index = 0;
  let offset = 0;
  let edited = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    const old = before[index];
    if (old === undefined) return false;
    const width: number = isScalar || !MARKS.has(old) ? old.length : 0;
    const edit = edits[edited];
    const isEdited = edit !== undefined && width > 0 && edit.from === offset && edit.to === offset + width;
    if (token !== (isEdited ? edit.text : old)) return false;
    if (isEdited) edited += 1;
    // What follows this mark is text, even if it looks like a mark.
    isScalar = !isScalar && old === CST.SCALAR;
    offset += width;
    index += 1;
  }
  return index === before.length && edited === edits.length;
}
