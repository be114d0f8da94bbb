import { isMap, isSeq, type Node, type YAMLMap } from "yaml";
import { columnOf } from "./ends.ts";
import { endOf, startOf } from "./graph.ts";
import type { Place } from "./place.ts";
import type { BlockStyle, FlowStyle } from "./write-tree.ts";

/** How the blocks under a place are indented; what it does not show, its document does. */
export function blockStyleOf(place: Place): BlockStyle {
  const { text } = place.source;
  const found: { dash?: number; map?: number; list?: number } = {};
  const stack: unknown[] = [place.document.root, place.node];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (found.dash !== undefined && found.map !== undefined && found.list !== undefined) break;
    if (isSeq(node) && node.flow !== true) {
      const [first] = node.items;
      if (isMap(first) && first.flow !== true && !text.slice(startOf(node), startOf(first)).includes("\n")) {
        found.dash ??= columnOf(text, startOf(first)) - columnOf(text, startOf(node));
      }
      stack.push(...[...node.items].reverse());
    } else if (isMap(node) && node.flow !== true) {
      for (const { key, value } of node.items) {
        const deeper = columnOf(text, startOf(value)) - columnOf(text, startOf(key));
        if (isMap(value) && value.flow !== true && value.items.length > 0) found.map ??= deeper;
        if (isSeq(value) && value.flow !== true && value.items.length > 0) found.list ??= deeper;
      }
      stack.push(...node.items.map(({ value }) => value).reverse());
    }
  }
  return { dash: found.dash ?? 2, map: Math.max(1, found.map ?? 2), list: Math.max(0, found.list ?? 2) };
}

/** How a value between brackets is written. */
export function flowStyleOf(text: string, node: Node): FlowStyle {
  const sample = firstMap(node);
  const [first, second] = sample?.items ?? [];
  if (sample === null || first === undefined) {
    return { json: false, inside: "", colon: ": ", comma: ", ", step: stepOf(text, node) };
  }
  const json = text.charAt(startOf(first.key)) === '"';
  const colon = text.slice(endOf(first.key), startOf(first.value));
  const inside = text.slice(startOf(sample) + 1, startOf(first.key));
  const between = second === undefined ? "" : text.slice(endOf(first.value), startOf(second.key));
  return {
    json,
    inside: /^ *$/.test(inside) ? inside : "",
    colon: /^: *$/.test(colon) && (json || colon !== ":") ? colon : ": ",
    comma: /^, *$/.test(between) ? between : colon === ":" ? "," : ", ",
    step: stepOf(text, node) ?? stepOf(text, sample),
  };
}

/** What is added before each line inside a bracket that has the rest of its line to itself. */
function stepOf(text: string, node: Node): string | null {
  const inside = /^[[{][ \t]*\r?\n([ \t]*)/.exec(text.slice(startOf(node)));
  if (inside === null) return null;
  const from = startOf(node);
  const own = /^[ \t]*/.exec(text.slice(from - columnOf(text, from)))?.[0] ?? "";
  const deeper = inside[1] ?? "";
  return deeper.startsWith(own) && deeper.length > own.length ? deeper.slice(own.length) : null;
}

function firstMap(node: unknown): YAMLMap | null {
  if (isMap(node)) return node;
  if (!isSeq(node)) return null;
  for (const item of node.items) {
    const found = firstMap(item);
    if (found !== null) return found;
  }
  return null;
}
