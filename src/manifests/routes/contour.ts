import { get, list, put, type Tree, tree, without, word } from "../tree.ts";
import { anchoredRegex, type Condition } from "./condition.ts";
import { type Asked, headerRules } from "./header-rules.ts";
import { isSameName } from "./matches.ts";
import { isSamePlace, mirrorList, ruleOf } from "./mirror-list.ts";
import type { Routes, SplitAt } from "./way.ts";

const header = headerRules({
  where: "spec.routes[], a route a header behind the others with conditions[].header",
  position: "last",
  names: "never",
  key: "conditions",
  condition(condition: Condition) {
    const { header, how, text } = condition;
    const value = how === "exact" ? { exact: text } : { regex: anchoredRegex(condition) };
    return tree({ header: { name: header, ...value } });
  },
  alternatives: (requests) => (requests === null ? [] : [requests]),
  joined: (requests, conditions) => conditions.map((one) => tree([...list(requests), one])),
  write({ split, rule, canary, conditions }: Asked) {
    const own = list(get(rule, "conditions"));
    const exact = (one: Tree) =>
      get(one, "header", "exact") === null ? null : word(get(one, "header", "name"));
    const twice = conditions.map(exact).find((name) => own.some((one) => isSameName(exact(one), name)));
    if (twice !== undefined) return `its route asks for an exact ${twice} itself, and can do so only once`;
    const services = list(get(rule, "services"));
    const kept = services.filter((one) => isMirror(one) && !isMirrorTo(one, canary, split));
    return conditions.map((condition) => {
      const bare = without(rule, "conditions");
      const asking = tree([...own, condition]);
      const taking = { ...bare, entries: [["conditions", asking] as const, ...bare.entries] };
      return put(taking, "services", tree([without(canary, "weight"), ...kept]));
    });
  },
});

const mirror = mirrorList({
  where: "spec.routes[].services[], the canary once more with mirror: true and its percentage as weight",
  list(split) {
    const route = ruleOf(split);
    return route === null ? "a tcpproxy has no requests to mirror" : { map: route, key: "services" };
  },
  entry({ canary, percent, others }) {
    if (others.some(isMirror)) return "its route has a mirror already, and Contour takes one";
    if (!Number.isInteger(percent)) return `Contour mirrors whole percent, not ${percent}`;
    const bare = without(canary, "weight", "mirror");
    return put(percent === 100 ? bare : put(bare, "weight", percent), "mirror", true);
  },
  isFor: isMirrorTo,
});

function isMirror(service: Tree): boolean {
  return word(get(service, "mirror")) === "true";
}

/** By the service's name, whatever else a person wrote beside it. */
function isMirrorTo(service: Tree, canary: Tree, split: SplitAt): boolean {
  return isMirror(service) && isSamePlace(service, canary, split, ["name"]);
}

export const contourRoutes: Routes = { header, mirror };
