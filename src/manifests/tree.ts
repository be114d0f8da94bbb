import { isAlias, isMap, isScalar, isSeq, type Scalar, type YAMLMap } from "yaml";
import { keyOf } from "./graph.ts";
import type { Place } from "./place.ts";

/** A value with aliases and merges written out, and how it was written as far as that can be kept. */
export type Tree =
  | {
      readonly is: "scalar";
      readonly value: string | number | boolean | null;
      /** As it stands in the file on one line; null where it must be written anew. */
      readonly bytes: string | null;
    }
  | { readonly is: "list"; readonly flow: boolean; readonly items: readonly Tree[] }
  | TreeMap;

export interface TreeMap {
  readonly is: "map";
  readonly flow: boolean;
  readonly entries: readonly Entry[];
}

/** A key, what lies under it, and the key as it stands in the file where it can be written so again. */
export type Entry = readonly [key: string, value: Tree, bytes?: string];

/** What a person writes in code to make a tree. */
export type Plain = string | number | boolean | Tree | readonly Plain[] | { readonly [key: string]: Plain };

/** Nodes at most: more than any rule has, few enough for aliases that multiply. */
const MOST_NODES = 5_000;
const DEEPEST = 200;

/** How many nodes may be read in all, however many trees they make; none are left below 0. */
export interface Budget {
  left: number;
}

/** The value at a place; null when it is too large or holds itself, or a key is no text; null too when the budget is used up. */
export function treeOf(place: Place, budget: Budget = { left: MOST_NODES }): Tree | null {
  if (budget.left < 0) return null;
  const { graph } = place.document;
  let nodes = 0;
  let isOdd = false;

  const follow = (node: unknown) => (isAlias(node) ? graph.targets.get(node) : node);
  const read = (from: unknown, depth: number): Tree => {
    const node = follow(from);
    nodes += 1;
    if (depth > DEEPEST) isOdd = true;
    if (isOdd || nodes > MOST_NODES) return NOTHING;
    if (isSeq(node)) {
      return { is: "list", flow: node.flow === true, items: node.items.map((item) => read(item, depth + 1)) };
    }
    if (isMap(node))
      return { is: "map", flow: node.flow === true, entries: [...entriesOf(node, depth).values()] };
    if (!isScalar(node)) return NOTHING;
    const { value } = node;
    const simple = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return { is: "scalar", value: simple ? value : null, bytes: keptBytes(place, node) };
  };
  /** Own keys win over merged ones, earlier merges over later ones. */
  const entriesOf = (map: YAMLMap, depth: number): Map<string, Entry> => {
    const entries = new Map<string, Entry>();
    nodes += 1;
    if (depth > DEEPEST) isOdd = true;
    if (isOdd || nodes > MOST_NODES) return entries;
    for (const pair of map.items) {
      const key = keyOf(pair);
      if (key === "<<") continue;
      const bytes = isScalar(pair.key) ? keptBytes(place, pair.key) : null;
      // A key that is no text and cannot be written as it stands would become another one.
      if (key === null || !isScalar(pair.key) || (bytes === null && typeof pair.key.value !== "string")) {
        isOdd = true;
        continue;
      }
      const value = read(pair.value, depth + 1);
      entries.set(key, bytes === null ? [key, value] : [key, value, bytes]);
    }
    for (const merge of map.items.filter((pair) => keyOf(pair) === "<<")) {
      const value = follow(merge.value);
      for (const one of isSeq(value) ? value.items.map(follow) : [value]) {
        if (!isMap(one)) continue;
        for (const [key, entry] of entriesOf(one, depth + 1)) if (!entries.has(key)) entries.set(key, entry);
      }
    }
    return entries;
  };

  const tree = read(place.node, 0);
  budget.left -= nodes;
  return isOdd || nodes > MOST_NODES ? null : tree;
}

/** A scalar as it stands in the file; null where it cannot stand like that on one line elsewhere. */
function keptBytes({ source }: Place, { range, tag }: Scalar): string | null {
  const bytes = source.text.slice(range?.[0] ?? 0, range?.[1] ?? 0);
  const isKept = tag === undefined && bytes !== "" && !/[\n\r]/.test(bytes) && !/^[|>]/.test(bytes);
  return isKept ? bytes : null;
}

const NOTHING: Tree = { is: "scalar", value: null, bytes: null };

export function tree(plain: Plain): Tree {
  if (typeof plain !== "object") return { is: "scalar", value: plain, bytes: null };
  if (isTree(plain)) return plain;
  if (isList(plain)) return { is: "list", flow: false, items: plain.map(tree) };
  return map(Object.entries(plain).map(([key, value]) => [key, tree(value)]));
}

export function map(entries: TreeMap["entries"]): TreeMap {
  return { is: "map", flow: false, entries };
}

function isTree(plain: object): plain is Tree {
  return "is" in plain;
}

function isList(plain: object): plain is readonly Plain[] {
  return Array.isArray(plain);
}

/** What lies under some keys; null when one is missing. */
export function get(from: Tree | null, ...keys: readonly string[]): Tree | null {
  return keys.reduce<Tree | null>(
    (here, key) => (here?.is === "map" ? (here.entries.find(([name]) => name === key)?.[1] ?? null) : null),
    from,
  );
}

/** A text as it was meant; null for anything else. */
export function word(from: Tree | null): string | null {
  return from?.is === "scalar" && from.value !== null ? String(from.value) : null;
}

export function list(from: Tree | null): readonly Tree[] {
  return from?.is === "list" ? from.items : [];
}

/** The map without some keys. */
export function without(from: Tree | null, ...keys: readonly string[]): TreeMap {
  if (from?.is !== "map") return map([]);
  return { ...from, entries: from.entries.filter(([key]) => !keys.includes(key)) };
}

/** The map with a key's value: where the key stands, else at the end. */
export function put(from: Tree | null, key: string, value: Plain): TreeMap {
  const base = from?.is === "map" ? from : map([]);
  const has = get(base, key) !== null;
  const entries = base.entries.map(
    ([name, old, ...bytes]): Entry => [name, name === key ? tree(value) : old, ...bytes],
  );
  return { ...base, entries: has ? entries : [...entries, [key, tree(value)]] };
}

/** True when both say the same, however it is written and whatever the order of keys. */
export function sameTree(one: Tree, other: Tree): boolean {
  return said(one) === said(other);
}

/** The same text for all trees that say the same. */
export function said(from: Tree): string {
  if (from.is === "scalar") return JSON.stringify(from.value);
  if (from.is === "list") return `[${from.items.map(said).join(",")}]`;
  const entries = from.entries.map(([key, value]) => `${JSON.stringify(key)}:${said(value)}`);
  return `{${entries.sort().join(",")}}`;
}
