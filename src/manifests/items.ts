import { isMap, isSeq, type Pair, type YAMLMap, type YAMLSeq } from "yaml";
import type { Block } from "./blocks.ts";
import { columnOf, contentEnd, lineBreak, lineStart, nextLine, pairEnd } from "./ends.ts";
import { endOf, keyOf, startOf } from "./graph.ts";
import type { Place } from "./place.ts";
import { failure, success } from "./result.ts";
import { blockStyleOf, flowStyleOf } from "./style-of.ts";
import type { Tree } from "./tree.ts";
import type { Result } from "./types.ts";
import { flowText, itemLines, keyLines, pairText } from "./write-tree.ts";

/** A new item before the one at `index`, or behind the last; in the style of its neighbours. */
export function insertItem(list: Place, index: number, item: Tree): Result<Block> {
  const seq = list.node;
  const why = "the list is empty or no list: write its first item by hand";
  if (!isSeq(seq) || seq.items.length === 0) return refuse(list, why);
  if (list.shared !== null) return refuse(list, sharedWords(list), "shared");
  const what = { is: "added", key: null, tree: item } as const;
  const edit =
    seq.flow === true ? insertFlowItem(list, seq, index, item) : insertBlockItem(list, seq, index, item);
  return edit === null ? refuse(list, UNSAFE) : success({ parent: seq, edit, what });
}

/** Without an item; the list must have another one. Comments above it stay. */
export function removeItem(item: Place): Result<Block> {
  if (item.shared !== null) return refuse(item, sharedWords(item), "shared");
  const seq = parentOf(item);
  if (seq === null || seq.items.length < 2) {
    return refuse(item, "it is the only one of its list: take the list away by hand");
  }
  const { text } = item.source;
  const index = seq.items.indexOf(item.node);
  const what = { is: "removed", node: item.node } as const;
  if (seq.flow === true) {
    const starts = seq.items.map((_, at) => flowStart(text, seq, at));
    const edit = flowRemoval(text, starts, seq.items.map(endOf), index);
    return edit === null ? refuse(item, UNSAFE) : success({ parent: seq, edit, what });
  }
  const dash = dashOf(text, seq, index);
  if (dash === null) return refuse(item, UNSAFE);
  const end = Math.max(contentEnd(item.node) ?? dash + 1, dash + 1);
  return success({ parent: seq, edit: lineRemoval(text, lineStart(text, dash), end), what });
}

/** A new key at the end of a map that has others, in the map's style. */
export function insertKey(map: Place, key: string, value: Tree): Result<Block> {
  const { node, source } = map;
  const last = isMap(node) ? node.items.at(-1) : undefined;
  if (!isMap(node) || last === undefined) return refuse(map, "it is empty or no map: write a key by hand");
  if (map.shared !== null) return refuse(map, sharedWords(map), "shared");
  const what = { is: "added", key, tree: value } as const;
  const { text } = source;
  const first = startOf(node.items[0]?.key);
  if (node.flow !== true) {
    const column = columnOf(text, first);
    const lines = keyLines(key, value, column, blockStyleOf(map));
    return success({ parent: node, edit: linesBehind(text, pairEnd(last), column, lines), what });
  }
  const before = node.items.at(-2);
  const opening = text.slice(startOf(node) + 1, first);
  const style = flowStyleOf(text, node);
  const separator = separatorOf(
    before === undefined ? null : text.slice(pairEnd(before), startOf(last.key)),
    opening,
    style.comma,
  );
  const at = pairEnd(last);
  const base = indentOf(text, startOf(last.key));
  const written = pairText(key, value, style, base).replaceAll("\n", lineBreak(text, at));
  return success({ parent: node, edit: { from: at, to: at, text: `${separator}${written}` }, what });
}

/** Without a key of its own; the map must have another one. Comments above it stay. */
export function removeKey(map: Place, key: string): Result<Block> {
  const { node, source } = map;
  if (map.shared !== null) return refuse(map, sharedWords(map), "shared");
  const index = isMap(node) ? node.items.findIndex((pair) => keyOf(pair) === key) : -1;
  const pair = isMap(node) ? node.items[index] : undefined;
  if (!isMap(node) || pair === undefined || node.items.length < 2) {
    return refuse(map, `there is no ${key} that can be taken away: do it by hand`);
  }
  const edit = node.flow === true ? flowKey(source.text, node, index) : blockKey(source.text, node, index);
  return edit === null
    ? refuse(map, UNSAFE)
    : success({ parent: node, edit, what: { is: "removed", node: pair } });
}

type Cut = Block["edit"];

const UNSAFE =
  "this place is written in a way that cannot be changed without changing something else: write each item on lines of its own";

function insertBlockItem(list: Place, seq: YAMLSeq, index: number, item: Tree): Cut | null {
  const { text } = list.source;
  const column = columnOf(text, startOf(seq));
  const lines = itemLines(item, column, blockStyleOf(list));
  if (index >= seq.items.length) {
    const last = dashOf(text, seq, seq.items.length - 1);
    if (last === null) return null;
    return linesBehind(text, Math.max(contentEnd(seq.items.at(-1)) ?? last + 1, last + 1), column, lines);
  }
  const dash = dashOf(text, seq, index);
  if (dash === null) return null;
  let from = lineStart(text, dash);
  // Comments right above an item stay with it.
  for (let above = from; above > 0; from = above) {
    above = lineStart(text, above - 1);
    const depth = commentColumn(text, above);
    if (depth === null || depth > column) break;
  }
  const feed = lineBreak(text, dash);
  return { from, to: from, text: lines.map((line) => line + feed).join("") };
}

/** Lines below what ends at `end`, and below the comments there that are deeper than `column`. */
function linesBehind(text: string, end: number, column: number, lines: readonly string[]): Cut {
  let from = nextLine(text, end);
  while ((commentColumn(text, from) ?? 0) > column) from = nextLine(text, from + 1);
  const feed = lineBreak(text, end);
  const isOpen = text.charAt(from - 1) !== "\n";
  const written = isOpen ? lines.map((line) => feed + line) : lines.map((line) => line + feed);
  return { from, to: from, text: written.join("") };
}

/** Where the comment begins that has a line to itself; null where there is none. */
function commentColumn(text: string, line: number): number | null {
  return /^([ \t]*)#/.exec(text.slice(line, nextLine(text, line + 1)))?.[1]?.length ?? null;
}

/** Whole lines from the start of one to the end of another's content. */
function lineRemoval(text: string, from: number, end: number): Cut {
  const to = nextLine(text, end);
  if (text.charAt(to - 1) === "\n" || from === 0) return { from, to, text: "" };
  // The last line has no line break of its own: the one before it goes.
  const before = text.charAt(from - 2) === "\r" ? from - 2 : from - 1;
  return { from: before, to, text: "" };
}

function insertFlowItem(list: Place, seq: YAMLSeq, index: number, item: Tree): Cut | null {
  const { text } = list.source;
  const isLast = index >= seq.items.length;
  const near = isLast ? seq.items.length - 1 : index;
  const start = flowStart(text, seq, near);
  const neighbour = seq.items[near];
  if (start === null || neighbour === undefined) return null;
  const [one, other] = near > 0 ? [near - 1, near] : [0, 1];
  const next = flowStart(text, seq, other);
  const between = seq.items.length < 2 || next === null ? null : text.slice(endOf(seq.items[one]), next);
  const opening = text.slice(startOf(seq) + 1, flowStart(text, seq, 0) ?? startOf(seq) + 1);
  const style = flowStyleOf(text, isMap(neighbour) || isSeq(neighbour) ? neighbour : seq);
  const separator = separatorOf(between, opening, style.comma);
  const written = flowText(item, style, indentOf(text, start)).replaceAll("\n", lineBreak(text, start));
  const at = isLast ? endOf(neighbour) : start;
  return { from: at, to: at, text: isLast ? `${separator}${written}` : `${written}${separator}` };
}

/** What stands between two items; without two of them, what the opening bracket is followed by says it. */
function separatorOf(between: string | null, opening: string, comma: string): string {
  if (between !== null && /^\s*,\s*$/.test(between)) return between.trimStart();
  return /^\s*\n\s*$/.test(opening) ? `,${opening.replace(/^[ \t]*/, "")}` : comma;
}

/** The spaces a line begins with. */
function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? "";
}

/** Where a flow item begins; null where something else than a comma stands before it. */
function flowStart(text: string, seq: YAMLSeq, index: number): number | null {
  const item = seq.items[index];
  const start = startOf(item);
  const after = index === 0 ? startOf(seq) + 1 : endOf(seq.items[index - 1]);
  return item !== undefined && /^\s*,?\s*$/.test(text.slice(after, start)) ? start : null;
}

/** One of several values between brackets and the separator beside it; null where a comment is in the way. */
function flowRemoval(
  text: string,
  starts: readonly (number | null)[],
  ends: readonly number[],
  index: number,
): Cut | null {
  const isLast = index === starts.length - 1;
  const from = isLast ? ends[index - 1] : starts[index];
  const to = isLast ? ends[index] : starts[index + 1];
  const gap = isLast ? text.slice(from ?? 0, starts[index] ?? 0) : text.slice(ends[index], to ?? 0);
  if (from === undefined || from === null || to === undefined || to === null) return null;
  return /^\s*,\s*$/.test(gap) ? { from, to, text: "" } : null;
}

function flowKey(text: string, map: YAMLMap, index: number): Cut | null {
  return flowRemoval(
    text,
    map.items.map((pair) => startOf(pair.key)),
    map.items.map((pair) => pairEnd(pair)),
    index,
  );
}

function blockKey(text: string, map: YAMLMap, index: number): Cut | null {
  const pair: Pair | undefined = map.items[index];
  const from = startOf(pair?.key);
  const isOwnLine = /^ *$/.test(text.slice(lineStart(text, from), from));
  if (isOwnLine) return lineRemoval(text, lineStart(text, from), pairEnd(pair));
  const next = map.items[index + 1];
  if (next === undefined) return null;
  // The first key behind a dash: the next one takes its place.
  const to = startOf(next.key);
  return text.slice(pairEnd(pair), to).includes("#") ? null : { from, to, text: "" };
}

/** Offset of the dash of a block item that has its line to itself up to there; null otherwise. */
function dashOf(text: string, seq: YAMLSeq, index: number): number | null {
  const column = columnOf(text, startOf(seq));
  const floor = index === 0 ? startOf(seq) : endOf(seq.items[index - 1]);
  for (let line = lineStart(text, startOf(seq.items[index])); ; line = lineStart(text, line - 1)) {
    const dash = line + column;
    if (/^ *$/.test(text.slice(line, dash)) && /^-(?:\s|$)/.test(text.slice(dash, dash + 2))) return dash;
    if (line <= floor || line === 0) return null;
  }
}

/** The list that holds an item. */
function parentOf(item: Place): YAMLSeq | null {
  const stack: unknown[] = [item.document.root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (isSeq(node)) {
      if (node.items.includes(item.node)) return node;
      stack.push(...node.items);
    } else if (isMap(node)) stack.push(...node.items.map(({ value }) => value));
  }
  return null;
}

function sharedWords({ source, shared }: Place): string {
  const name = shared?.alias.source ?? "";
  const anchorLine = source.lineOf(startOf(shared?.anchor));
  const aliasLine = source.lineOf(startOf(shared?.alias));
  return `this comes from or is the anchor &${name} on line ${anchorLine}, used as *${name} on line ${aliasLine}: changing it would change every place that uses it; write it out instead`;
}

function refuse({ source, node }: Place, message: string, code = "unsafe-edit"): Result<never> {
  return failure(source.problemAt(startOf(node), code, message));
}
