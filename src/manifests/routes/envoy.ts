import { at } from "../place.ts";
import { get, list, put, type Tree, type TreeMap, tree, without, word } from "../tree.ts";
import type { Condition } from "./condition.ts";
import { type Asked, headerRules } from "./header-rules.ts";
import { fractionOf, mirrorList, ruleOf } from "./mirror-list.ts";
import type { Routes, SplitAt } from "./way.ts";

/** Denominators that Envoy has names for. */
const DENOMINATORS: Readonly<Record<number, string>> = {
  100: "HUNDRED",
  10000: "TEN_THOUSAND",
  1000000: "MILLION",
};

/** Keys are in the case that the split's are in. */
const header = headerRules({
  where: "virtual_hosts[].routes[], a route `sluice-NAME` a header before the split's with match.headers",
  position: "before",
  names: "always",
  key: "match",
  condition({ header, how, text }: Condition, split) {
    const name = keys(split);
    const value = how === "regex" ? { [name("safe_regex")]: { regex: text } } : { [how]: text };
    return tree({ name: header, [name("string_match")]: value });
  },
  alternatives: (requests) => (requests === null ? [] : [requests]),
  joined: (requests, conditions) => conditions.map((one) => withHeader(requests, one)),
  write({ split, rule, canary, conditions, name }: Asked) {
    const key = keys(split);
    const match = get(rule, "match");
    const action = get(rule, "route");
    const weighted = without(get(action, key("weighted_clusters")), key("total_weight"));
    const clusters = put(weighted, "clusters", tree([put(canary, "weight", 100)]));
    const mirrors = list(get(action, key("request_mirror_policies")));
    const rest = mirrors.filter((policy) => !isMirrorTo(policy, canary));
    const to = put(action, key("weighted_clusters"), clusters);
    const policy = key("request_mirror_policies");
    const route =
      mirrors.length === 0 ? to : rest.length === 0 ? without(to, policy) : put(to, policy, tree(rest));
    return conditions.map((condition) => {
      const taking = put(put(rule, "match", withHeader(match, condition)), "route", route);
      return named(taking, name ?? "");
    });
  },
});

function withHeader(match: Tree | null, condition: Tree): TreeMap {
  return put(match, "headers", tree([...list(get(match, "headers")), condition]));
}

function named(rule: TreeMap, name: string): TreeMap {
  const bare = without(rule, "name");
  return { ...bare, entries: [["name", tree(name)], ...bare.entries] };
}

const mirror = mirrorList({
  where: "virtual_hosts[].routes[].route.request_mirror_policies[] with runtime_fraction",
  list(split) {
    const action = at(ruleOf(split), "route");
    return action === null
      ? "it has no `route`"
      : { map: action, key: keys(split)("request_mirror_policies") };
  },
  entry({ split, canary, percent }) {
    const key = keys(split);
    const found = fractionOf(percent);
    const denominator = Object.keys(DENOMINATORS)
      .map(Number)
      .find((one) => one >= found.denominator);
    if (denominator === undefined) return `Envoy counts in millionths, and ${percent} % is none`;
    const numerator = found.numerator * (denominator / found.denominator);
    return tree({
      cluster: word(get(canary, "name")) ?? "",
      [key("runtime_fraction")]: {
        [key("default_value")]: { numerator, denominator: DENOMINATORS[denominator] ?? "" },
      },
    });
  },
  isFor: isMirrorTo,
});

function isMirrorTo(policy: Tree, canary: Tree): boolean {
  const cluster = word(get(policy, "cluster"));
  return cluster !== null && cluster === word(get(canary, "name"));
}

/** A key as the split writes its keys: protobuf's JSON has them in camelCase too. */
function keys(split: SplitAt): (snake: string) => string {
  const isSnake = at(ruleOf(split), "route", "weighted_clusters") !== null;
  return (snake) =>
    isSnake ? snake : snake.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export const envoyRoutes: Routes = { header, mirror };
