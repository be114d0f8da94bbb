import type { HeaderRoute } from "../../config/types.ts";
import { isSame } from "../destination.ts";
import type { Item, Rule } from "../kind.ts";
import { at, type Place, textOf } from "../place.ts";
import { get, said, type Tree, type TreeMap, treeOf } from "../tree.ts";
import { conditionOf } from "./condition.ts";
import type { HeaderRules } from "./header-rules.ts";
import { RuleReader } from "./rule-reader.ts";
import { isToCanary, nameOf, type SplitAt } from "./way.ts";

/** A rule of the split's list. */
interface Listed extends Rule {
  readonly item: Extract<Item, { in: "list" }>;
}

interface Search {
  readonly shape: HeaderRules;
  readonly split: SplitAt;
  readonly route: HeaderRoute;
  readonly conditions: readonly Tree[];
  readonly reader: RuleReader;
  /** Of the split's list, the split not among them. */
  readonly rules: readonly Listed[];
  /** Other splits of the list: the same route may stand beside them too. */
  readonly others: readonly Listed[];
}

export interface Look {
  /** Rules of ours for the route. */
  readonly ours: readonly Listed[];
  /** What would be written now, or why nothing can be. */
  readonly wanted: readonly TreeMap[] | string;
  /** Another rule that takes the same requests or has our name. */
  like(): Place | null;
  /** True when `ours` is what is wanted. */
  isWritten(): boolean;
  /** True when there is more in the file than is read: nothing is certain then. */
  isSpent(): boolean;
}

export function look(shape: HeaderRules, split: SplitAt, route: HeaderRoute): Look {
  const { item } = split.rule;
  if (item?.in !== "list") {
    const wanted = "it takes connections, which have no headers";
    return { ours: [], wanted, like: () => null, isWritten: () => false, isSpent: () => false };
  }
  const written = route.match.map((match) => shape.condition(conditionOf(match), split));
  const conditions = written.filter((one) => typeof one !== "string");
  const wanted =
    written.find((one) => typeof one === "string") ?? wantedBeside(shape, split, route, conditions);
  const rules = split.rules.filter(
    (rule): rule is Listed => rule.item?.in === "list" && rule.item.list.node === item.list.node,
  );
  const reader = new RuleReader(shape, conditions);
  const search: Search = {
    shape,
    split,
    route,
    conditions,
    reader,
    rules: rules.filter((rule) => rule.item.place.node !== item.place.node),
    others: rules.filter((rule) => rule !== split.rule && rule.arms.length > 1),
  };
  const own = new Set(typeof wanted === "string" ? [] : wanted.map(said));
  const theirs = theirRoutes(search);
  /** What a rule says when that is to the letter what is wanted. */
  const ownText = (rule: Listed): string | null => {
    const tree = own.size === 0 ? null : reader.rule(rule);
    const text = tree === null ? null : said(tree);
    return text !== null && own.has(text) ? text : null;
  };
  const ours = search.rules.filter(
    (rule) =>
      isToCanary(rule, split) && isForRoute(rule, search) && (ownText(rule) !== null || !theirs(rule)),
  );
  return {
    ours,
    wanted,
    like: () => likeIn(search, ours, wanted, theirs),
    isWritten: () =>
      own.size > 0 &&
      wanted.length === ours.length &&
      ours.every((rule) => ownText(rule) !== null) &&
      new Set(ours.map(ownText)).size === own.size,
    isSpent: () => reader.isSpent,
  };
}

/** What a route is beside a split. */
function wantedBeside(
  shape: HeaderRules,
  split: SplitAt,
  route: HeaderRoute,
  conditions: readonly Tree[],
  read: (place: Place) => Tree | null = treeOf,
): readonly TreeMap[] | string {
  const place = split.rule.item?.in === "list" ? split.rule.item.place : null;
  const rule = place === null ? null : read(place);
  const canary = treeOf(split.canary.place);
  if (rule === null || canary === null) return "its rule is too large or strange to be copied";
  const isUsed = split.rules.some(({ name }) => name !== null);
  const isNamed = shape.names === "always" || (shape.names === "where used" && isUsed);
  return shape.write({ split, rule, canary, conditions, name: isNamed ? nameOf(route) : null });
}

/**
 * By the name where rules have names. Where they have none, a rule is for the route when it takes what the
 * route takes beside a split of the list, whatever else was changed of it; any other is a person's.
 */
function isForRoute(rule: Listed, { shape, split, route, reader, others }: Search): boolean {
  const name = nameIn(rule, shape);
  if (name !== null || shape.names === "always") return name === nameOf(route);
  const ways = reader.alternatives(rule);
  if (ways.length === 0) return false;
  const own = reader.besides(split.rule);
  if (ways.every((way) => own.has(way))) return true;
  const near = others.filter((other) => {
    if (!reader.spend(ways.length)) return false;
    const besides = reader.besides(other);
    return ways.some((way) => besides.has(way));
  });
  // Those of another split stay with that one.
  if (near.some((other) => ways.every((way) => reader.besides(other).has(way)))) return false;
  return ways.every((way) => own.has(way) || near.some((other) => reader.besides(other).has(way)));
}

function nameIn(rule: Listed, { names }: HeaderRules): string | null {
  return names === "never" ? null : textOf(at(rule.item.place, "name"));
}

/** Tells the rules that are to the letter what the route is beside another split, whichever arm is that one's canary. */
function theirRoutes({ shape, split, route, conditions, reader, others }: Search): (rule: Listed) => boolean {
  const known = new Map<Rule, Map<Place["node"], ReadonlySet<string>>>();
  const wantedOf = (other: Listed, canary: Rule["arms"][number]): ReadonlySet<string> => {
    const arms = known.get(other) ?? new Map<Place["node"], ReadonlySet<string>>();
    known.set(other, arms);
    const before = arms.get(canary.place.node);
    if (before !== undefined) return before;
    const tree = reader.rule(other);
    // Each way to be taken by it can have a copy of the rule.
    const isEnough = reader.spend(sizeOf(tree) * conditions.length);
    const rules = isEnough
      ? wantedBeside(shape, { ...split, rule: other, canary }, route, conditions, () => tree)
      : [];
    const texts = new Set(typeof rules === "string" ? [] : rules.map(said));
    arms.set(canary.place.node, texts);
    return texts;
  };
  return (rule) => {
    const to = rule.arms.length === 1 ? (rule.arms[0]?.destination ?? null) : null;
    if (to === null) return false;
    return others.some((other) => {
      const ways = reader.spend(1) ? reader.alternatives(rule) : [];
      const besides = ways.length === 0 ? null : reader.besides(other);
      if (besides === null || !ways.every((way) => besides.has(way))) return false;
      if (!reader.spend(other.arms.length)) return false;
      const tree = reader.rule(rule);
      const text = tree === null ? null : said(tree);
      return other.arms.some(
        (arm) =>
          text !== null &&
          arm.destination !== null &&
          isSame(arm.destination, to) &&
          wantedOf(other, arm).has(text),
      );
    });
  };
}

function sizeOf(tree: Tree | null): number {
  if (tree === null || tree.is === "scalar") return 1;
  const inside = tree.is === "list" ? tree.items : tree.entries.map(([, value]) => value);
  return inside.reduce((sum, one) => sum + sizeOf(one), 1);
}

function likeIn(
  { shape, route, reader, rules }: Search,
  ours: readonly Listed[],
  wanted: readonly TreeMap[] | string,
  theirs: (rule: Listed) => boolean,
): Place | null {
  const taken = new Set(
    typeof wanted === "string"
      ? []
      : wanted.flatMap((one) => {
          const requests = get(one, shape.key);
          return requests === null ? [] : [said(requests)];
        }),
  );
  const isLike = (rule: Listed) => {
    if (nameIn(rule, shape) === nameOf(route)) return true;
    const requests = taken.size === 0 ? null : reader.requests(rule);
    return requests !== null && taken.has(said(requests));
  };
  const own = new Set(ours);
  return rules.find((rule) => !own.has(rule) && isLike(rule) && !theirs(rule))?.item.place ?? null;
}
