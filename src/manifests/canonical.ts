import { isAlias, isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { keyOf } from "./graph.ts";
import type { Place } from "./place.ts";

/** Nodes written out at most: aliases can make a few lines stand for more than memory holds. */
const MOST_NODES = 200_000;
const DEEPEST = 400;

/**
 * JSON with sorted keys, aliases and merges written out, so that formatting and comments do not
 * show. `without` is the path of one key to leave out. Null when the value is too large or contains itself.
 */
export function canonicalJson(place: Place, without: readonly string[]): string | null {
  const { graph } = place.document;
  let nodes = 0;

  const write = (node: unknown, skip: readonly string[] | null, depth: number): string => {
    nodes += 1;
    if (nodes > MOST_NODES || depth > DEEPEST) {
      nodes = MOST_NODES + 1;
      return "";
    }
    if (isAlias(node)) return write(graph.targets.get(node), skip, depth + 1);
    if (isSeq(node)) return `[${node.items.map((item) => write(item, null, depth + 1)).join(",")}]`;
    if (isMap(node)) {
      const entries = [...entriesOf(node, depth)].sort(([a], [b]) => (a < b ? -1 : 1));
      const written = entries.flatMap(([key, value]) => {
        const inside = skip?.[0] === key ? skip.slice(1) : null;
        if (inside !== null && inside.length === 0) return [];
        return `${JSON.stringify(key)}:${write(value, inside, depth + 1)}`;
      });
      return `{${written.join(",")}}`;
    }
    if (!isScalar(node)) return "null";
    // A number that JSON cannot say exactly is kept as it was written, as a text where JSON has no such number.
    const { value, source = "" } = node;
    const exact = typeof value !== "number" || (Number.isFinite(value) && !isHuge(value));
    if (exact) return JSON.stringify(value) ?? "null";
    return /^-?[1-9]\d*$/.test(source) ? source : JSON.stringify(source);
  };

  /** Own keys win over merged ones, earlier merges over later ones. */
  const entriesOf = (map: YAMLMap, depth: number): Map<string, unknown> => {
    const entries = new Map<string, unknown>();
    nodes += map.items.length;
    if (nodes > MOST_NODES || depth > DEEPEST) {
      nodes = MOST_NODES + 1;
      return entries;
    }
    const merges: unknown[] = [];
    for (const pair of map.items) {
      const key = keyOf(pair);
      if (key === "<<") merges.push(pair.value);
      else entries.set(key ?? write(pair.key, null, depth + 1), pair.value);
    }
    for (const from of merges.flatMap((merge) => listOf(merge))) {
      if (!isMap(from)) continue;
      for (const [key, value] of entriesOf(from, depth + 1)) if (!entries.has(key)) entries.set(key, value);
    }
    return entries;
  };

  const follow = (node: unknown): unknown => (isAlias(node) ? graph.targets.get(node) : node);
  const listOf = (merge: unknown): readonly unknown[] => {
    const node = follow(merge);
    return isSeq(node) ? node.items.map(follow) : [node];
  };

  const json = write(place.node, without, 0);
  return nodes > MOST_NODES ? null : json;
}

function isHuge(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}
