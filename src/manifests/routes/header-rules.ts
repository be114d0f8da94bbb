import { isSeq } from "yaml";
import type { HeaderRoute } from "../../config/types.ts";
import { isSame } from "../destination.ts";
import { insertItem, removeItem } from "../items.ts";
import type { Item, Rule } from "../kind.ts";
import { lineOf, type Place } from "../place.ts";
import { success } from "../result.ts";
import { get, said, sameTree, type Tree, type TreeMap, treeOf, word } from "../tree.ts";
import type { Result } from "../types.ts";
import { type Condition, conditionOf } from "./condition.ts";
import { ABSENT, nameOf, type RouteWay, refused, type SplitAt, WRITTEN } from "./way.ts";

/** Kinds whose object is a list of rules: a header route is a rule of its own beside the split's. */
export interface HeaderRules {
  readonly where: string;
  /** Before the split's where the first rule that fits gets a request; last where the most specific does. */
  readonly position: "before" | "last";
  /** Whether rules have names: all do, or those of an object that uses them. */
  readonly names: "always" | "where used" | "never";
  /** The key of a rule that says which requests it takes. */
  readonly key: string;
  /** How the kind writes one condition, or why it cannot. */
  condition(condition: Condition, split: SplitAt): Tree | string;
  /** Rules that take the split's requests that meet one of the conditions, with all else of the split's rule, to the canary; or why they cannot be written. */
  write(asked: Asked): readonly TreeMap[] | string;
  /** True when a rule takes no request that does not meet one of the conditions. */
  isFor(rule: Tree, conditions: readonly Tree[]): boolean;
}

export interface Asked {
  readonly split: SplitAt;
  /** The split's. */
  readonly rule: Tree;
  readonly canary: Tree;
  readonly conditions: readonly Tree[];
  readonly name: string | null;
}

export function headerRules(shape: HeaderRules): RouteWay<HeaderRoute> {
  return {
    where: shape.where,
    find(split, route) {
      const { ours, wanted, like } = look(shape, split, route);
      const [first] = ours;
      if (first === undefined) return like === null ? ABSENT : { is: "changed", at: like };
      const isWritten =
        typeof wanted !== "string" &&
        wanted.length === ours.length &&
        wanted.every((one) => ours.some(({ tree }) => sameTree(tree, one)));
      return isWritten ? WRITTEN : { is: "changed", at: first.place };
    },
    add(split, route) {
      const { wanted, like } = look(shape, split, route);
      const list = split.rule.item?.in === "list" ? split.rule.item : null;
      const cannot = (why: string) =>
        refused(
          list?.place ?? split.object,
          `the header route "${route.name}" cannot stand beside this split of ${split.words}: ${why}`,
        );
      if (typeof wanted === "string") return cannot(wanted);
      if (list === null) return cannot("its rules are no list");
      if (like !== null) return cannot(`a rule on line ${lineOf(like)} takes these requests already`);
      const items = isSeq(list.list.node) ? list.list.node.items : [];
      const own = items.indexOf(list.place.node);
      if (own < 0) return cannot("its rule is an alias: write it out");
      const index = shape.position === "before" ? own : items.length;
      return collect(wanted.map((rule) => insertItem(list.list, index, rule)));
    },
    items: (split, route) => look(shape, split, route).ours.map(({ item }) => item),
    remove(split, route) {
      const [first] = look(shape, split, route).ours;
      return first === undefined ? success(null) : removeItem(first.place);
    },
  };
}

interface Found {
  readonly rule: Rule;
  readonly item: Item;
  readonly place: Place;
  readonly tree: Tree;
}

interface Look {
  /** Rules of ours for this route. */
  readonly ours: readonly Found[];
  /** What would be written now, or why nothing can be. */
  readonly wanted: readonly TreeMap[] | string;
  /** Another rule that takes the same requests. */
  readonly like: Place | null;
}

function look(shape: HeaderRules, split: SplitAt, route: HeaderRoute): Look {
  const item = split.rule.item;
  if (item?.in !== "list")
    return { ours: [], wanted: "it takes connections, which have no headers", like: null };
  const conditions = route.match.map((match) => shape.condition(conditionOf(match), split));
  const trees = conditions.filter((one) => typeof one !== "string");
  const wanted = conditions.find((one) => typeof one === "string") ?? written(shape, split, route, trees);
  const mayBe = (tree: Tree) => {
    const isNamed = word(get(tree, "name")) === nameOf(route);
    return shape.names === "always" ? isNamed : isNamed || shape.isFor(tree, trees);
  };
  const isLike = (tree: Tree) =>
    word(get(tree, "name")) === nameOf(route) ||
    (typeof wanted !== "string" && wanted.some((one) => takesSame(one, tree, shape.key)));
  const all = split.rules.flatMap((rule): readonly Found[] => {
    if (rule.item?.in !== "list" || rule.item.list.node !== item.list.node) return [];
    if (rule.item.place.node === item.place.node) return [];
    const tree = treeOf(rule.item.place);
    if (tree === null || !(mayBe(tree) || isLike(tree))) return [];
    return [{ rule, item: rule.item, place: rule.item.place, tree }];
  });
  // The same route may stand beside other splits of the list too.
  const theirs = all.length === 0 ? new Set<string>() : besideOthers(shape, split, route, trees);
  const own = new Set(typeof wanted === "string" ? [] : wanted.map(said));
  const found = all.filter(({ tree }) => own.has(said(tree)) || !theirs.has(said(tree)));
  const ours = found.filter(({ rule, tree }) => mayBe(tree) && isToCanary(rule, split));
  const like = found.find((one) => !ours.includes(one) && isLike(one.tree));
  return { ours, wanted, like: like?.place ?? null };
}

/** Splits of one list beside which a route is looked for: enough for any that a person writes. */
const MOST_SPLITS = 100;

/** What the route is beside the other splits of the list, whichever of their arms is the canary. */
function besideOthers(
  shape: HeaderRules,
  split: SplitAt,
  route: HeaderRoute,
  conditions: readonly Tree[],
): ReadonlySet<string> {
  const list = split.rule.item?.in === "list" ? split.rule.item.list.node : null;
  const others = split.rules.filter(
    (rule) =>
      rule !== split.rule && rule.arms.length > 1 && rule.item?.in === "list" && rule.item.list.node === list,
  );
  return new Set(
    others.slice(0, MOST_SPLITS).flatMap((rule) =>
      rule.arms.flatMap((canary) => {
        const rules = written(shape, { ...split, rule, canary }, route, conditions);
        return typeof rules === "string" ? [] : rules.map(said);
      }),
    ),
  );
}

function written(
  shape: HeaderRules,
  split: SplitAt,
  route: HeaderRoute,
  conditions: readonly Tree[],
): readonly TreeMap[] | string {
  const place = split.rule.item?.in === "list" ? split.rule.item.place : null;
  const rule = place === null ? null : treeOf(place);
  const canary = treeOf(split.canary.place);
  if (rule === null || canary === null) return "its rule is too large or strange to be copied";
  const isUsed = split.rules.some(({ name }) => name !== null);
  const isNamed = shape.names === "always" || (shape.names === "where used" && isUsed);
  return shape.write({ split, rule, canary, conditions, name: isNamed ? nameOf(route) : null });
}

/** True for a rule that sends all it takes to the canary. */
export function isToCanary({ arms }: Rule, { canary }: SplitAt): boolean {
  const [only, other] = arms;
  const to = only?.destination ?? null;
  return other === undefined && to !== null && canary.destination !== null && isSame(to, canary.destination);
}

function takesSame(one: Tree, other: Tree, key: string): boolean {
  const [mine, theirs] = [get(one, key), get(other, key)];
  return mine !== null && theirs !== null && sameTree(mine, theirs);
}

/** All of them, or the first problem. */
export function collect<T>(results: readonly Result<T>[]): Result<readonly T[]> {
  const values: T[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    values.push(result.value);
  }
  return success(values);
}
