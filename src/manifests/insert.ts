import { isMap, type Node, type Pair, type YAMLMap } from "yaml";
import type { Edit } from "./changes.ts";
import { columnOf, lineBreak, pairEnd } from "./ends.ts";
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
  const indent = " ".repeat(columnOf(text, startOf(map.items[0]?.key)));
  const line = `${indent}${key}: ${value}`;
  const end = pairEnd(last);
  // A block text's range takes in its line break: what follows is already the next line.
  if (text.charAt(end - 1) === "\n") return { from: end, to: end, text: `${line}${lineBreak(text, end)}` };
  const feed = text.indexOf("\n", end);
  const lineEnd = feed < 0 ? text.length : text.charAt(feed - 1) === "\r" ? feed - 1 : feed;
  return { from: lineEnd, to: lineEnd, text: `${lineBreak(text, end)}${line}` };
}
