import { at, textOf } from "../place.ts";
import { get, list, map, put, type Tree, tree, without, word } from "../tree.ts";
import { anchoredRegex, type Condition } from "./condition.ts";
import { type Asked, headerRules } from "./header-rules.ts";
import { withHeaders } from "./matches.ts";
import { fractionOf, isSamePlace, mirrorList, ruleOf } from "./mirror-list.ts";
import type { Routes, SplitAt } from "./way.ts";

/** An object has no more rules, nor a rule more matches or filters. */
const MOST_RULES = 16;
const MOST_MATCHES = 64;
const MOST_FILTERS = 16;

const header = headerRules({
  where: "spec.rules[], a rule of its own behind the others with matches[].headers",
  position: "last",
  names: "where used",
  key: "matches",
  condition(condition: Condition) {
    const { header, how, text } = condition;
    if (how === "exact") return tree({ name: header, value: text });
    return tree({ type: "RegularExpression", name: header, value: anchoredRegex(condition) });
  },
  alternatives: (requests) => list(requests),
  joined: (requests, conditions) => withHeaders(list(requests), conditions),
  write({ split, rule, canary, conditions, name }: Asked) {
    const matches = withHeaders(list(get(rule, "matches")), conditions);
    if (typeof matches === "string") return matches;
    if (matches.length > MOST_MATCHES) {
      return `it would have ${matches.length} matches, and ${MOST_MATCHES} are the most`;
    }
    if (split.rules.length >= MOST_RULES) {
      return `the object has ${split.rules.length} rules, and ${MOST_RULES} are the most`;
    }
    const filters = list(get(rule, "filters"));
    const rest = filters.filter((filter) => !isMirrorTo(filter, canary, split));
    const bare = without(rule, "name", "matches", "backendRefs", ...(rest.length === 0 ? ["filters"] : []));
    const policy = rest.length === 0 ? bare : put(bare, "filters", tree(rest));
    const head = [
      ...(name === null ? [] : [["name", tree(name)] as const]),
      ["matches", tree(matches)] as const,
    ];
    return [put(map([...head, ...policy.entries]), "backendRefs", tree([without(canary, "weight")]))];
  },
});

const mirror = mirrorList({
  where: "spec.rules[].filters[] RequestMirror with percent or fraction",
  list(split) {
    const rule = ruleOf(split);
    return rule === null ? "it is no rule in a list" : { map: rule, key: "filters" };
  },
  entry({ split, canary, percent, others }) {
    const version = textOf(at(split.object, "apiVersion")) ?? "";
    if (percent !== 100 && version.endsWith("/v1alpha2")) {
      return `${version} mirrors everything or nothing: set its percentage to 100, or write the object in v1`;
    }
    if (others.length >= MOST_FILTERS) return `its rule has ${others.length} filters, which are the most`;
    const backendRef = reference(canary);
    return tree({ type: "RequestMirror", requestMirror: { backendRef, ...shareOf(percent) } });
  },
  isFor: isMirrorTo,
});

function shareOf(percent: number): { readonly [key: string]: Tree } {
  if (percent === 100) return {};
  return Number.isInteger(percent) ? { percent: tree(percent) } : { fraction: tree(fractionOf(percent)) };
}

/** Of a backend, what says where it is. */
function reference(canary: Tree): Tree {
  const keys = ["group", "kind", "name", "namespace", "port"];
  const entries = without(canary).entries.filter(([key]) => keys.includes(key));
  return { ...without(canary), entries };
}

/** By the backend's name and namespace, whatever else a person wrote beside them. */
function isMirrorTo(filter: Tree, canary: Tree, split: SplitAt): boolean {
  const to = get(filter, "requestMirror", "backendRef");
  return (
    word(get(filter, "type")) === "RequestMirror" && isSamePlace(to, canary, split, ["name", "namespace"])
  );
}

export const gatewayRoutes: Routes = { header, mirror };

/** Linkerd's own copy of the kind has no such filter. */
export const linkerdRoutes: Routes = {
  header,
  mirror: {
    cannot:
      "policy.linkerd.io has no RequestMirror; a mirror needs an HTTPRoute of gateway.networking.k8s.io and a router that has it",
  },
};
