import { isMap, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import type { Edit } from "./changes.ts";
import { endOf, startOf } from "./graph.ts";

/** A new key at the end of a map, in the map's own style; null when the map is empty or not a map. */
export function insertion(text: string, map: Node, key: string, value: string): Edit | null {
  const last = isMap(map) ? map.items.at(-1) : undefined;
  if (!isMap(map) || last === undefined) return null;
  return map.flow === true ? intoFlow(text, map, last, key, value) : intoBlock(text, map, last, key, value);
}

/** `{name: a, port: 80}` → `{name: a, port: 80, weight: 5}`, with the separators that are there. */
function intoFlow(text: string, map: YAMLMap, last: Pair, key: string, value: string): Edit {
  const before = map.items.at(-2);
  const between = before === undefined ? "" : text.slice(pairEnd(before), startOf(last.key));
  const colon = text.slice(endOf(last.key), startOf(last.value ?? last.key));
  const comma = /^,\s*$/.test(between) ? between : ", ";
  const written = /^"/.test(text.slice(startOf(last.key))) ? `"${key}"` : key;
  const at = pairEnd(last);
  return { from: at, to: at, text: `${comma}${written}${/^\s*:\s*$/.test(colon) ? colon : ": "}${value}` };
}

/** A line of its own below the last one, as deep as the map's first key. */
function intoBlock(text: string, map: YAMLMap, last: Pair, key: string, value: string): Edit {
  const first = startOf(map.items[0]?.key);
  const indent = " ".repeat(first - (text.lastIndexOf("\n", first - 1) + 1));
  const line = `${indent}${key}: ${value}`;
  const end = pairEnd(last);
  // A block text's range takes in its line break: what follows is already the next line.
  if (text.charAt(end - 1) === "\n") return { from: end, to: end, text: `${line}${lineBreak(text, end)}` };
  const feed = text.indexOf("\n", end);
  const lineEnd = feed < 0 ? text.length : text.charAt(feed - 1) === "\r" ? feed - 1 : feed;
  return { from: lineEnd, to: lineEnd, text: `${lineBreak(text, end)}${line}` };
}

/** Offset after the last character of a pair's innermost last value. */
function pairEnd(pair: Pair): number {
  return innerEnd(pair.value) ?? endOf(pair.key);
}

function innerEnd(node: unknown): number | null {
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? endOf(node) : pairEnd(last);
  }
  if (isSeq(node) && node.flow !== true && node.items.length > 0) return innerEnd(node.items.at(-1));
  return node === null || (isScalar(node) && node.range === undefined) ? null : endOf(node);
}

/** The line break that ends the line of an offset; on the last line, the one before it. */
function lineBreak(text: string, offset: number): string {
  const after = text.indexOf("\n", offset);
  const feed = after < 0 ? text.lastIndexOf("\n") : after;
  return feed > 0 && text.charAt(feed - 1) === "\r" ? "\r\n" : "\n";
}
