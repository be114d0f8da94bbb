import type { MirrorRoute } from "../../config/types.ts";
import { insertKey, removeKeys } from "../items.ts";
import { at, type Place } from "../place.ts";
import { success } from "../result.ts";
import { get, list, map, put, sameTree, type Tree, type TreeMap, tree, treeOf, without } from "../tree.ts";
import type { Condition } from "./condition.ts";
import { type Asked, collect, headerRules } from "./header-rules.ts";
import { isSameName } from "./matches.ts";
import { isSamePlace, mirrorList, ruleOf } from "./mirror-list.ts";
import { ABSENT, type Routes, type RouteWay, refused, type SplitAt, WRITTEN } from "./way.ts";

const NOT_HTTP = "only its http rules have headers and mirrors";

const header = headerRules({
  where: "spec.http[], a rule `sluice-NAME` before the split's with match[].headers",
  position: "before",
  names: "always",
  key: "match",
  condition({ header, how, text }: Condition, split) {
    if (!isHttp(split)) return NOT_HTTP;
    return map([[header.toLowerCase(), tree({ [how]: text })]]);
  },
  alternatives: (requests) => list(requests),
  joined,
  write({ split, rule, canary, conditions, name }: Asked) {
    const both = joined(get(rule, "match"), conditions);
    if (typeof both === "string") return both;
    const policy = withoutMirrorsTo(without(rule, "name", "match", "route"), canary, split);
    const head: TreeMap["entries"] = [
      ["name", tree(name ?? "")],
      ["match", tree(both)],
    ];
    return [put(map([...head, ...policy.entries]), "route", tree([without(canary, "weight")]))];
  },
});

function joined(requests: Tree | null, conditions: readonly Tree[]): readonly Tree[] | string {
  const matches = list(requests);
  const both: Tree[] = [];
  for (const match of matches.length === 0 ? [map([])] : matches) {
    for (const condition of conditions) {
      const one = withHeader(match, condition);
      if (typeof one === "string") return one;
      both.push(one);
    }
  }
  return both;
}

function withHeader(match: Tree, condition: Tree): Tree | string {
  const headers = without(get(match, "headers"));
  const entries = condition.is === "map" ? condition.entries : [];
  const twice = entries.find(([name]) => headers.entries.some(([other]) => isSameName(name, other)));
  if (twice !== undefined) {
    return `its rule asks for the header ${twice[0]} itself, and one match cannot ask for it twice`;
  }
  return put(match, "headers", { ...headers, entries: [...headers.entries, ...entries] });
}

function withoutMirrorsTo(rule: TreeMap, canary: Tree, split: SplitAt): TreeMap {
  const mirrors = list(get(rule, "mirrors"));
  const rest = mirrors.filter((mirror) => !isDestination(get(mirror, "destination"), canary, split));
  const kept =
    rest.length === mirrors.length
      ? rule
      : rest.length === 0
        ? without(rule, "mirrors")
        : put(rule, "mirrors", tree(rest));
  return isDestination(get(rule, "mirror"), canary, split)
    ? without(kept, "mirror", "mirrorPercentage")
    : kept;
}

const many = mirrorList({
  where: "spec.http[].mirrors[] (mirror and mirrorPercentage where the object has those)",
  list(split) {
    const rule = ruleOf(split);
    if (rule === null || !isHttp(split)) return NOT_HTTP;
    if (at(rule, "mirror") !== null)
      return "it mirrors to another place with `mirror`, which can name one only: write that as an item of `mirrors`";
    return { map: rule, key: "mirrors" };
  },
  entry: ({ canary, percent }) =>
    tree({ destination: get(canary, "destination") ?? "", percentage: { value: percent } }),
  isFor: (entry, canary, split) => isDestination(get(entry, "destination"), canary, split),
});

/** In objects that mirror with the older pair of keys. */
const single: RouteWay<MirrorRoute> = {
  where: many.where,
  find(split, { percent }) {
    const there = mirrorTo(split);
    if (there === null) return ABSENT;
    const share = at(there.rule, "mirrorPercentage");
    const tells = share === null ? null : treeOf(share);
    const isWritten = tells !== null && sameTree(tells, tree({ value: percent }));
    return isWritten ? WRITTEN : { is: "changed", at: there.mirror };
  },
  add(split, { name, percent }) {
    const rule = ruleOf(split);
    const destination = get(treeOf(split.canary.place), "destination");
    const taken = ["mirror", "mirrors", "mirrorPercentage", "mirrorPercent", "mirror_percent"].find(
      (key) => at(rule, key) !== null,
    );
    if (rule === null || destination === null || taken !== undefined) {
      const why = `the mirror route "${name}" cannot stand on this split of ${split.words}: it has \`${taken ?? "no destination"}\` already`;
      return refused(split.canary.place, why);
    }
    return collect([
      insertKey(rule, "mirror", destination),
      insertKey(rule, "mirrorPercentage", tree({ value: percent })),
    ]);
  },
  items: () => [],
  remove(split) {
    const there = mirrorTo(split);
    if (there === null) return success([]);
    const keys = ["mirror", "mirrorPercentage"].filter((key) => at(there.rule, key) !== null);
    return removeKeys(there.rule, keys);
  },
};

function mirrorTo(split: SplitAt): { readonly rule: Place; readonly mirror: Place } | null {
  const rule = ruleOf(split);
  const mirror = at(rule, "mirror");
  const found = mirror === null ? null : treeOf(mirror);
  const isOurs = found !== null && isDestination(found, treeOf(split.canary.place), split);
  return rule !== null && mirror !== null && isOurs ? { rule, mirror } : null;
}

/** Objects that have `mirror` in some rule and `mirrors` in none. */
function usesSingle(split: SplitAt): boolean {
  const has = (key: string) =>
    split.rules.some(({ item }) => item?.in === "list" && at(item.place, key) !== null);
  return isHttp(split) && has("mirror") && !has("mirrors");
}

const mirror: RouteWay<MirrorRoute> = {
  where: many.where,
  find: (split, route) => wayOf(split).find(split, route),
  add: (split, route) => wayOf(split).add(split, route),
  items: () => [],
  remove: (split, route) => wayOf(split).remove(split, route),
};

/** What stands already says it, whatever became of other rules. */
function wayOf(split: SplitAt): RouteWay<MirrorRoute> {
  return mirrorTo(split) !== null || usesSingle(split) ? single : many;
}

/** By host and subset, whatever else a person wrote beside them. */
function isDestination(found: Tree | null, canary: Tree | null, split: SplitAt): boolean {
  return isSamePlace(found, get(canary, "destination"), split, ["host", "subset"]);
}

function isHttp({ object, rule }: SplitAt): boolean {
  return rule.item?.in === "list" && rule.item.list.node === at(object, "spec", "http")?.node;
}

export const istioRoutes: Routes = { header, mirror };
