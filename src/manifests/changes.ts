import { isScalar, type Scalar } from "yaml";
import { endOf, startOf } from "./graph.ts";
import { insertion } from "./insert.ts";
import { offsetsIn } from "./offsets.ts";
import { at, bytesOf, hasOwn, type Place } from "./place.ts";
import { failure, success } from "./result.ts";
import type { Source } from "./source.ts";
import { quoted } from "./template.ts";
import type { TokenEdit } from "./tokens.ts";
import type { Result } from "./types.ts";
import { meansAsked } from "./verify.ts";

/** Letters and digits, and what may stand between them without a meaning in YAML, in quotes or without. */
const WORD = /^[A-Za-z0-9](?:[A-Za-z0-9._:/@-]*[A-Za-z0-9])?$/;

/** Words that every version of YAML takes for text: a quantity such as `500m`, and what has a slash. */
const TEXT = /^[0-9]+m$|\//;

/** A new value for one key of one map. */
export interface Change {
  readonly map: Place;
  readonly key: string;
  /** The value's text, without quotes; the text before when `pieces` change it. */
  readonly text: string;
  /** A missing value is written as text. */
  readonly quote?: true;
  /** What changes inside the value's text, as offsets of it; null when all of it does. */
  readonly pieces: readonly Edit[] | null;
}

/** Some bytes of a text and what takes their place. */
export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The text with the changes and no other byte touched. The result is read again and compared with
 * what was asked for, so that an edit which means anything else is refused and never returned.
 */
export function applyChanges(source: Source, changes: readonly Change[]): Result<string> {
  const edits: TokenEdit[] = [];
  for (const change of changes) {
    const edit = editsOf(source, change);
    if (!edit.ok) return edit;
    edits.push(...edit.value);
  }
  if (edits.length === 0) return success(source.text);
  const text = splice(source.text, edits);
  if (meansAsked(source, text, edits, changes)) return success(text);
  return failure(
    source.problemAt(
      edits[0]?.from ?? 0,
      "unsafe-edit",
      "this place is written in a way that cannot be changed without changing something else: write it on a line of its own",
    ),
  );
}

function editsOf(
  source: Source,
  { map, key, text, quote: asText, pieces }: Change,
): Result<readonly TokenEdit[]> {
  const value = at(map, key);
  const shared = value?.shared ?? map.shared;
  if (shared !== null) {
    const anchor = `&${shared.alias.source}`;
    const anchorLine = source.lineOf(startOf(shared.anchor));
    const aliasLine = source.lineOf(startOf(shared.alias));
    const message = `the ${key} here comes from or is the anchor ${anchor} on line ${anchorLine}, used as *${shared.alias.source} on line ${aliasLine}: changing it would change every place that uses it; write it out instead`;
    return failure(source.problemAt(startOf((value ?? map).node), "shared", message));
  }
  if (value === null || !hasOwn(map, key)) {
    const edit = insertion(source.text, map.node, key, asText === true ? `"${text}"` : text);
    if (edit !== null) return success([edit]);
    const message = `there is no ${key} here and no safe place to write one: add it by hand first`;
    return failure(source.problemAt(startOf(map.node), "unsafe-edit", message));
  }
  if (pieces !== null) return embedded(value, text, pieces);
  const bytes = bytesOf(value);
  const quote = isScalar(value.node) && /^["']/.test(bytes) ? bytes.charAt(0) : "";
  const next = `${quote}${text}${quote}`;
  if (next === bytes) return success([]);
  const plain = isScalar(value.node) && (value.node.type === "PLAIN" || quote !== "") && bytes !== "";
  if (!plain) {
    const message = `the ${key} ${quoted(bytes.slice(0, 40))} is not written on one line: write it plainly first`;
    return failure(source.problemAt(startOf(value.node), "unsafe-edit", message));
  }
  const isToken = isScalar(value.node) && staysOneToken(value.node, bytes, text);
  const tokens = isToken ? [next] : null;
  return success([{ from: startOf(value.node), to: endOf(value.node), text: next, tokens }]);
}

/** Whether a scalar is one token of known type before and after, so that its tokens say all that can differ. */
function staysOneToken(node: Scalar, bytes: string, text: string): boolean {
  // Without quotes what was text may become a number.
  const staysType = node.type !== "PLAIN" || typeof node.value !== "string" || TEXT.test(text);
  return staysType && node.tag === undefined && !bytes.includes("\n") && WORD.test(text);
}

/** Pieces of a text, found again in the bytes that stand for it. */
function embedded(value: Place, text: string, pieces: readonly Edit[]): Result<readonly TokenEdit[]> {
  const start = startOf(value.node);
  const offsets = offsetsIn(bytesOf(value), text);
  const edits = pieces.flatMap((piece) => {
    const from = offsets?.[piece.from];
    const last = offsets?.[piece.to - 1];
    // A number that a line break divides is left alone.
    return from === undefined || last === undefined || last - from !== piece.to - piece.from - 1
      ? []
      : [{ from: start + from, to: start + last + 1, text: piece.text, tokens: null }];
  });
  if (edits.length === pieces.length) return success(edits);
  const message = "the weights in this text are written with escapes: write the text plainly first";
  return failure(value.source.problemAt(start, "unsafe-edit", message));
}

/** A text with edits made that do not overlap. */
export function splice(text: string, edits: readonly Edit[]): string {
  let result = "";
  let position = 0;
  for (const edit of [...edits].sort((a, b) => a.from - b.from)) {
    result += text.slice(position, edit.from) + edit.text;
    position = edit.to;
  }
  return result + text.slice(position);
}
