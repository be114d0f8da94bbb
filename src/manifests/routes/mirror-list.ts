import type { MirrorRoute } from "../../config/types.ts";
import { insertItem, insertKey, removeItems, removeKeys } from "../items.ts";
import { at, itemsOf, lineOf, type Place, textOf } from "../place.ts";
import { success } from "../result.ts";
import { get, said, sameTree, type Tree, tree, treeOf } from "../tree.ts";
import { collect } from "./header-rules.ts";
import { ABSENT, isByPort, type RouteWay, refused, type SplitAt, WRITTEN } from "./way.ts";

/** Kinds whose rule has a list in which the canary can stand as a mirror. */
export interface MirrorList {
  readonly where: string;
  /** The map that has the list and its key, or why there is none. */
  list(split: SplitAt): { readonly map: Place; readonly key: string } | string;
  /** The entry for the canary, or why it cannot be written; `others` are the entries there, ours not among them. */
  entry(asked: MirrorAsked): Tree | string;
  /** True for an entry that mirrors to the canary, whatever else it says. */
  isFor(entry: Tree, canary: Tree, split: SplitAt): boolean;
}

interface MirrorAsked {
  readonly split: SplitAt;
  readonly canary: Tree;
  readonly percent: number;
  readonly others: readonly Tree[];
}

export function mirrorList(shape: MirrorList): RouteWay<MirrorRoute> {
  return {
    where: shape.where,
    find(split, { percent }) {
      const { ours, wanted } = look(shape, split, percent);
      const [only, other] = ours;
      if (only === undefined) return ABSENT;
      const isWritten =
        other === undefined && typeof wanted !== "string" && sameTree(only.tree, wanted.entry);
      return isWritten ? WRITTEN : { is: "changed", at: only.place };
    },
    add(split, { name, percent }) {
      const { wanted } = look(shape, split, percent);
      const cannot = (why: string, place: Place = split.canary.place) =>
        refused(place, `the mirror route "${name}" cannot stand on this split of ${split.words}: ${why}`);
      if (typeof wanted === "string") return cannot(wanted);
      const { map, key, entry } = wanted;
      const list = at(map, key);
      const count = itemsOf(list).length;
      if (list !== null && count === 0) {
        return cannot(`its \`${key}\` on line ${lineOf(list)} is empty: take the key away first`, list);
      }
      return collect([list === null ? insertKey(map, key, tree([entry])) : insertItem(list, count, entry)]);
    },
    items: () => [],
    remove(split, { percent }) {
      const { ours, all, at: where } = look(shape, split, percent);
      const list = where === null ? null : at(where.map, where.key);
      if (ours.length === 0 || where === null || list === null) return success([]);
      return all === ours.length
        ? removeKeys(where.map, [where.key])
        : removeItems(
            list,
            ours.map(({ place }) => place),
          );
    },
  };
}

interface Look {
  /** Entries that mirror to the canary. */
  readonly ours: readonly { readonly place: Place; readonly tree: Tree }[];
  readonly all: number;
  readonly at: { readonly map: Place; readonly key: string } | null;
  readonly wanted: { readonly map: Place; readonly key: string; readonly entry: Tree } | string;
}

function look(shape: MirrorList, split: SplitAt, percent: number): Look {
  const where = shape.list(split);
  const canary = treeOf(split.canary.place);
  if (typeof where === "string") return { ours: [], all: 0, at: null, wanted: where };
  if (canary === null)
    return { ours: [], all: 0, at: null, wanted: "its canary is too strange to be copied" };
  const entries = itemsOf(at(where.map, where.key)).flatMap((place) => {
    const found = treeOf(place);
    return found === null ? [] : [{ place, tree: found }];
  });
  const ours = entries.filter((entry) => shape.isFor(entry.tree, canary, split));
  const others = entries.filter((entry) => !ours.includes(entry)).map((entry) => entry.tree);
  const entry = shape.entry({ split, canary, percent, others });
  const wanted = typeof entry === "string" ? entry : { ...where, entry };
  return { ours, all: itemsOf(at(where.map, where.key)).length, at: where, wanted };
}

/** True when some keys of both say the same; the port too where only that tells the two sides apart. */
export function isSamePlace(
  one: Tree | null,
  other: Tree | null,
  split: SplitAt,
  keys: readonly string[],
): boolean {
  if (one?.is !== "map" || other?.is !== "map") return false;
  const namespace = textOf(at(split.object, "metadata", "namespace"));
  const under = (from: Tree, key: string) => {
    const found = get(from, key) ?? (key === "namespace" && namespace !== null ? tree(namespace) : null);
    return found === null ? null : said(found);
  };
  return [...keys, ...(isByPort(split) ? ["port"] : [])].every(
    (key) => under(one, key) === under(other, key),
  );
}

/** The rule of a list that a split is. */
export function ruleOf({ rule }: SplitAt): Place | null {
  return rule.item?.in === "list" ? rule.item.place : null;
}

/** A percentage as a fraction of whole numbers over a power of ten, from 100 on. */
export function fractionOf(percent: number): { readonly numerator: number; readonly denominator: number } {
  let denominator = 100;
  while (!isWhole((percent * denominator) / 100) && denominator < 100_000_000) denominator *= 10;
  return { numerator: Math.round((percent * denominator) / 100), denominator };
}

function isWhole(number: number): boolean {
  return Math.abs(number - Math.round(number)) < 1e-9;
}
