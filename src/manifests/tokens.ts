import { CST, Lexer } from "yaml";

/**
 * The tokens of YAML text as their bytes, in order, with marks of no width between them. What a document
 * means is a function of these alone.
 */
export type Tokens = readonly string[];

const MARKS: ReadonlySet<string> = new Set([CST.SCALAR, CST.DOCUMENT, CST.FLOW_END]);

/** An edit of a text, and of its tokens. */
export interface TokenEdit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /**
   * What comes in place of one whole token that is not a mark, or between two tokens where `from` is `to`;
   * null where that does not say what the edit means.
   */
  readonly tokens: Tokens | null;
}

export function tokensOf(text: string): Tokens {
  const tokens: string[] = [];
  for (const token of new Lexer().lex(text)) tokens.push(token);
  return tokens;
}

/** The text that tokens which a program made stand for: none of its scalars looks like a mark. */
export function textOfTokens(tokens: Tokens): string {
  return tokens.filter((token) => !MARKS.has(token)).join("");
}

/** Whether some node may say its type: another token that begins alike is taken for one too. */
export function mayHaveTag(tokens: Tokens): boolean {
  return tokens.some((token) => token.startsWith("!"));
}

/**
 * True when the tokens of a text are those of the text before, but for the edits. Offsets of the edits count
 * from where the tokens begin; in order, no two from the same.
 */
export function sameTokensBut(before: Tokens, text: string, edits: readonly TokenEdit[]): boolean {
  const wanted = edited(before, edits);
  if (wanted === null) return false;
  let index = 0;
  for (const token of new Lexer().lex(text)) {
    if (token !== wanted[index]) return false;
    index += 1;
  }
  return index === wanted.length;
}

/** The tokens after the edits; null when one of them does not fit between or in place of those there are. */
function edited(before: Tokens, edits: readonly TokenEdit[]): Tokens | null {
  const tokens: string[] = [];
  let offset = 0;
  let next = 0;
  for (let index = 0; index < before.length; index++) {
    const token = before[index] ?? "";
    // A mark and the text behind it are one, even if that text looks like a mark.
    const isScalar = token === CST.SCALAR;
    if (isScalar) index += 1;
    const own = isScalar ? (before[index] ?? "") : token;
    const width = isScalar || !MARKS.has(token) ? own.length : 0;
    let edit = edits[next];
    // Behind all that has no width: an empty scalar belongs to what comes before it.
    if (width > 0 && edit?.from === offset && edit.to === offset) {
      if (edit.tokens === null) return null;
      tokens.push(...edit.tokens);
      next += 1;
      edit = edits[next];
      // Of two pairs put in at one place it takes a reading to tell which map takes which.
      if (edit?.from === offset) return null;
    }
    if (isScalar) tokens.push(token);
    if (width > 0 && edit?.from === offset && edit.to === offset + width) {
      if (edit.tokens === null) return null;
      tokens.push(...edit.tokens);
      next += 1;
    } else {
      tokens.push(own);
    }
    offset += width;
  }
  const last = edits[next];
  if (last?.from === offset && last.to === offset && last.tokens !== null) {
    tokens.push(...last.tokens);
    next += 1;
  }
  return next === edits.length ? tokens : null;
}
