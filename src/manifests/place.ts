import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { keyOf, startOf } from "./graph.ts";
import type { Source, SourceDocument } from "./source.ts";

/** As JSON pointers write them. */
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/** Merged maps looked through for one key: more than any person writes, few enough for hostile text. */
const MOST_MERGES = 64;

/** A node of a document and how it was reached. Aliases are followed. */
export interface Place {
  readonly source: Source;
  readonly document: SourceDocument;
  readonly node: Node;
  /** The anchor on the way here that is used in more than one place: a change here would be a change there. */
  readonly shared: Shared | null;
}

interface Shared {
  readonly anchor: Node;
  readonly alias: Alias;
}

/** The Kubernetes objects of a file: each document, or the items of a `List`. */
export function objectsOf(source: Source): readonly Place[] {
  return rootsOf(source).flatMap((root) => {
    const items = textOf(at(root, "kind")) === "List" ? at(root, "items") : null;
    return items === null ? [root] : itemsOf(items);
  });
}

/** What each document holds. */
export function rootsOf(source: Source): readonly Place[] {
  return source.documents.flatMap((document) => settle(source, document, document.root, null) ?? []);
}

/** What lies under some keys, in a list its indexes; null when one is missing. */
export function at(place: Place | null, ...keys: readonly string[]): Place | null {
  let here = place;
  for (const key of keys) here = here === null ? null : child(here, key);
  return here;
}

/** The items of a list; empty for anything else. */
export function itemsOf(place: Place | null): readonly Place[] {
  if (place === null || !isSeq(place.node)) return [];
  return place.node.items.flatMap((item) => settle(place.source, place.document, item, place.shared) ?? []);
}

/** A map's own keys that are text, and what lies under them; empty for anything else. */
export function entriesOf(place: Place | null): readonly (readonly [string, Place])[] {
  if (place === null || !isMap(place.node)) return [];
  return place.node.items.flatMap((pair) => {
    const key = keyOf(pair);
    const value = key === null || key === "<<" ? null : at(place, key);
    return key === null || value === null ? [] : [[key, value] as const];
  });
}

/** A scalar as it was meant: a number or a boolean too as its text. Null for null, lists and maps. */
export function textOf(place: Place | null): string | null {
  if (place === null || !isScalar(place.node)) return null;
  const { value, source } = place.node;
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : (source ?? String(value));
}

/** The bytes of a node as they stand in the file, without anchor and tag. */
export function bytesOf(place: Place): string {
  const [from, to] = place.node.range ?? [0, 0];
  return place.source.text.slice(from, to);
}

export function lineOf(place: Place): number {
  return place.source.lineOf(startOf(place.node));
}

function child(place: Place, key: string): Place | null {
  const { source, document, node, shared } = place;
  if (isSeq(node)) return INDEX.test(key) ? (itemsOf(place)[Number(key)] ?? null) : null;
  const keys = isMap(node) ? document.graph.keys.get(node) : undefined;
  const own = keys?.get(key);
  if (own !== undefined) return settle(source, document, own.value, shared);
  return keys?.has("<<") === true ? mergedChild(place, key) : null;
}

function mergedChild(place: Place, key: string): Place | null {
  const waiting: { map: Node; shared: Shared | null }[] = [{ map: place.node, shared: place.shared }];
  const seen = new Set<Node>();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { map, shared } = next;
    if (!isMap(map) || seen.has(map)) continue;
    seen.add(map);
    if (seen.size > MOST_MERGES) return null;
    const keys = place.document.graph.keys.get(map);
    const own = keys?.get(key);
    if (own !== undefined) return settle(place.source, place.document, own.value, shared);
    waiting.unshift(...merged(place, keys?.get("<<")?.value, shared));
  }
  return null;
}

/** The maps that `<<` brings in, first come first served. */
function merged(
  place: Place,
  value: unknown,
  shared: Shared | null,
): { map: YAMLMap; shared: Shared | null }[] {
  const from = settle(place.source, place.document, value, shared);
  if (from === null) return [];
  if (isMap(from.node)) return [{ map: from.node, shared: from.shared }];
  return itemsOf(from)
    .slice(0, MOST_MERGES)
    .flatMap((item) => (isMap(item.node) ? [{ map: item.node, shared: item.shared }] : []));
}

/** Follows an alias and notes what is shared. */
function settle(
  source: Source,
  document: SourceDocument,
  node: unknown,
  shared: Shared | null,
): Place | null {
  const target = isAlias(node) ? document.graph.targets.get(node) : node;
  if (!isScalar(target) && !isMap(target) && !isSeq(target)) return null;
  const alias = isAlias(node) ? node : document.graph.uses.get(target);
  return {
    source,
    document,
    node: target,
    shared: shared ?? (alias === undefined ? null : { anchor: target, alias }),
  };
}

/** True when a map says a key itself, not by a merge, or a list has an item there. */
export function hasOwn(place: Place, key: string): boolean {
  if (isSeq(place.node)) return at(place, key) !== null;
  return isMap(place.node) && place.node.items.some((pair) => keyOf(pair) === key);
}
