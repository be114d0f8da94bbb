import { isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { endOf } from "./graph.ts";

/** Offset after the last character of what a node holds; null for one that was not in the text. */
export function contentEnd(node: unknown): number | null {
  if (isMap(node) && node.flow !== true && node.items.length > 0) return pairEnd(node.items.at(-1));
  if (isSeq(node) && node.flow !== true && node.items.length > 0) return contentEnd(node.items.at(-1));
  return node === null || node === undefined || !hasRange(node) ? null : endOf(node);
}

export function pairEnd(pair: Pair | undefined): number {
  return contentEnd(pair?.value) ?? endOf(pair?.key);
}

function hasRange(node: unknown): node is Node {
  return !isScalar(node) || node.range !== undefined;
}

/** Offset of the first character of an offset's line. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Offset behind the line break that ends the line of what ends at `end`; the text's length where there is none. */
export function nextLine(text: string, end: number): number {
  // A block text's range takes in its line break: what follows is already the next line.
  if (text.charAt(end - 1) === "\n") return end;
  const feed = text.indexOf("\n", end);
  return feed < 0 ? text.length : feed + 1;
}

/** Columns before an offset on its line. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** The line break in use around an offset. */
export function lineBreak(text: string, offset: number): string {
  const after = text.indexOf("\n", offset);
  const feed = after < 0 ? text.lastIndexOf("\n") : after;
  return feed > 0 && text.charAt(feed - 1) === "\r" ? "\r\n" : "\n";
}
