import { isMap, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml";
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

/** Without some items; the list must have another one. Comments above them stay. */
export function removeItems(list: Place, items: readonly Place[]): Result<readonly Block[]> {
  const seq = list.node;
  const { text } = list.source;
  const shared = items.find((item) => item.shared !== null);
  if (shared !== undefined) return refuse(shared, sharedWords(shared), "shared");
  if (!isSeq(seq) || seq.items.length <= items.length) {
    return refuse(items[0] ?? list, "it is the only one of its list: take the list away by hand");
  }
  const gone = new Set<unknown>(items.map(({ node }) => node));
  const indexes = [...seq.items.keys()].filter((index) => gone.has(seq.items[index]));
  const cuts =
    seq.flow === true
      ? flowRemovals(
          text,
          seq.items.map((_, at) => flowStart(text, seq, at)),
          seq.items.map(endOf),
          indexes,
        )
      : lineRemovals(
          text,
          indexes.map((index) => {
            const dash = dashOf(text, seq, index);
            if (dash === null) return null;
            const end = Math.max(contentEnd(seq.items[index]) ?? dash + 1, dash + 1);
            return { index, from: lineStart(text, dash), to: nextLine(text, end) };
          }),
        );
  return cuts === null || gone.size !== indexes.length
    ? refuse(items[0] ?? list, UNSAFE)
    : success(removals(seq, seq.items, cuts));
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
    const lines = keyLines([key, value], column, blockStyleOf(map));
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
  const written = pairText([key, value], style, base).replaceAll("\n", lineBreak(text, at));
  return success({ parent: node, edit: { from: at, to: at, text: `${separator}${written}` }, what });
}

/** Without some keys of its own; the map must have another one. Comments above them stay. */
export function removeKeys(map: Place, keys: readonly string[]): Result<readonly Block[]> {
  const { node, source } = map;
  if (map.shared !== null) return refuse(map, sharedWords(map), "shared");
  const pairs = isMap(node) ? node.items : [];
  const indexes = [...pairs.keys()].filter((index) => {
    const pair = pairs[index];
    const key = pair === undefined ? null : keyOf(pair);
    return key !== null && keys.includes(key);
  });
  if (!isMap(node) || indexes.length !== keys.length || pairs.length <= keys.length) {
    return refuse(map, `there is no ${keys.join(" and no ")} that can be taken away: do it by hand`);
  }
  const cuts =
    node.flow === true ? flowKeys(source.text, node, indexes) : blockKeys(source.text, node, indexes);
  return cuts === null ? refuse(map, UNSAFE) : success(removals(node, pairs, cuts));
}

type Cut = Block["edit"];

/** What goes with some items of a list or pairs of a map. */
interface Removal {
  readonly indexes: readonly number[];
  readonly edit: Cut;
}

function removals(parent: Node, all: readonly unknown[], cuts: readonly Removal[]): readonly Block[] {
  return cuts.map(({ indexes, edit }) => {
    return { parent, edit, what: { is: "removed", nodes: indexes.map((index) => all[index]) } };
  });
}

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

/** Whole lines, those that follow each other as one; null where some are not whole. */
function lineRemovals(
  text: string,
  lines: readonly ({ readonly index: number; readonly from: number; readonly to: number } | null)[],
): readonly Removal[] | null {
  const runs: { indexes: number[]; from: number; to: number }[] = [];
  for (const line of lines) {
    if (line === null) return null;
    const last = runs.at(-1);
    if (last?.to === line.from) {
      last.indexes.push(line.index);
      last.to = line.to;
    } else runs.push({ indexes: [line.index], from: line.from, to: line.to });
  }
  return runs.map(({ indexes, from, to }) => {
    if (text.charAt(to - 1) === "\n" || from === 0) return { indexes, edit: { from, to, text: "" } };
    // The last line has no line break of its own: the one before it goes.
    const before = text.charAt(from - 2) === "\r" ? from - 2 : from - 1;
    return { indexes, edit: { from: before, to, text: "" } };
  });
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

/** Some of several values between brackets and the separators beside them; null where a comment is in the way. */
function flowRemovals(
  text: string,
  starts: readonly (number | null)[],
  ends: readonly number[],
  indexes: readonly number[],
): readonly Removal[] | null {
  const found: Removal[] = [];
  for (const run of runsOf(indexes)) {
    const [first = 0, last = 0] = [run[0], run.at(-1)];
    const isLast = last === starts.length - 1;
    const from = isLast ? ends[first - 1] : starts[first];
    const to = isLast ? ends[last] : starts[last + 1];
    const isPlain = run.every((index) => {
      const [end, start] = isLast ? [ends[index - 1], starts[index]] : [ends[index], starts[index + 1]];
      return /^\s*,\s*$/.test(text.slice(end, start ?? 0));
    });
    if (from === undefined || from === null || to === undefined || to === null || !isPlain) return null;
    found.push({ indexes: run, edit: { from, to, text: "" } });
  }
  return found;
}

/** Indexes that follow each other. */
function runsOf(indexes: readonly number[]): readonly (readonly number[])[] {
  const runs: number[][] = [];
  for (const index of indexes) {
    const last = runs.at(-1);
    if (last?.at(-1) === index - 1) last.push(index);
    else runs.push([index]);
  }
  return runs;
}

function flowKeys(text: string, map: YAMLMap, indexes: readonly number[]): readonly Removal[] | null {
  return flowRemovals(
    text,
    map.items.map((pair) => startOf(pair.key)),
    map.items.map((pair) => pairEnd(pair)),
    indexes,
  );
}

function blockKeys(text: string, map: YAMLMap, indexes: readonly number[]): readonly Removal[] | null {
  const start = (index: number) => startOf(map.items[index]?.key);
  const hasOwnLine = (index: number) => /^ *$/.test(text.slice(lineStart(text, start(index)), start(index)));
  const [first] = runsOf(indexes);
  const behindDash = first?.[0] === 0 && !hasOwnLine(0) ? first : [];
  const below = indexes.slice(behindDash.length);
  const lines = lineRemovals(
    text,
    below.map((index) =>
      hasOwnLine(index)
        ? { index, from: lineStart(text, start(index)), to: nextLine(text, pairEnd(map.items[index])) }
        : null,
    ),
  );
  if (behindDash.length === 0) return lines;
  // The first keys behind a dash: the next one takes their place.
  const isPlain = behindDash.every(
    (index) => !text.slice(pairEnd(map.items[index]), start(index + 1)).includes("#"),
  );
  const edit = { from: start(0), to: start(behindDash.length), text: "" };
  return lines === null || !isPlain ? null : [{ indexes: behindDash, edit }, ...lines];
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

function sharedWords({ source, shared }: Place): string {
  const name = shared?.alias.source ?? "";
  const anchorLine = source.lineOf(startOf(shared?.anchor));
  const aliasLine = source.lineOf(startOf(shared?.alias));
  return `this comes from or is the anchor &${name} on line ${anchorLine}, used as *${name} on line ${aliasLine}: changing it would change every place that uses it; write it out instead`;
}

function refuse({ source, node }: Place, message: string, code = "unsafe-edit"): Result<never> {
  return failure(source.problemAt(startOf(node), code, message));
}
