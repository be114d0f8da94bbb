import { at } from "../place.ts";
import { get, list, map, put, type Tree, tree, without, word } from "../tree.ts";
import type { Condition } from "./condition.ts";
import { type Asked, headerRules } from "./header-rules.ts";
import { withHeaders } from "./matches.ts";
import { isSamePlace, mirrorList, ruleOf } from "./mirror-list.ts";
import type { Routes, SplitAt } from "./way.ts";

const TYPES = { exact: "Exact", prefix: "Prefix", regex: "RegularExpression" } as const;

/** Kuma orders rules as the Gateway API does, the most specific first. */
const header = headerRules({
  where: "spec.to[].rules[], a rule of its own behind the others with matches[].headers",
  position: "last",
  names: "never",
  key: "matches",
  condition: ({ header, how, text }: Condition) =>
    tree({ type: TYPES[how], name: header.toLowerCase(), value: text }),
  alternatives: (requests) => list(requests),
  joined: (requests, conditions) => withHeaders(list(requests), conditions),
  write({ split, rule, canary, conditions }: Asked) {
    const matches = withHeaders(list(get(rule, "matches")), conditions);
    if (typeof matches === "string") return matches;
    const filters = list(get(rule, "default", "filters"));
    const rest = filters.filter((filter) => !isMirrorTo(filter, canary, split));
    const bare = without(get(rule, "default"), "backendRefs", ...(rest.length === 0 ? ["filters"] : []));
    const policy = rest.length === 0 ? bare : put(bare, "filters", tree(rest));
    const to = put(policy, "backendRefs", tree([without(canary, "weight")]));
    const others = without(rule, "matches", "default");
    return [put(map([["matches", tree(matches)], ...others.entries]), "default", to)];
  },
});

const mirror = mirrorList({
  where: "spec.to[].rules[].default.filters[] RequestMirror with percentage",
  list(split) {
    const holder = at(ruleOf(split), "default");
    return holder === null ? "its rule has no `default`" : { map: holder, key: "filters" };
  },
  entry({ canary, percent }) {
    const percentage = Number.isInteger(percent) ? percent : String(percent);
    return tree({
      type: "RequestMirror",
      requestMirror: { percentage, backendRef: without(canary, "weight") },
    });
  },
  isFor: isMirrorTo,
});

/** By what names the backend, whatever else a person wrote beside it. */
function isMirrorTo(filter: Tree, canary: Tree, split: SplitAt): boolean {
  const to = get(filter, "requestMirror", "backendRef");
  const keys = ["kind", "name", "namespace", "labels", "tags"];
  return word(get(filter, "type")) === "RequestMirror" && isSamePlace(to, canary, split, keys);
}

export const kumaRoutes: Routes = { header, mirror };
