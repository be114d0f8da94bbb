import type { Rule } from "../kind.ts";
import { at, textOf } from "../place.ts";
import { get, put, type Tree, tree, treeOf, without, word } from "../tree.ts";
import { anchoredRegex, type Condition } from "./condition.ts";
import { type Asked, headerRules } from "./header-rules.ts";
import { isToCanary, type Routes, type SplitAt } from "./way.ts";

const header = headerRules({
  where: "spec.routes[], a route of its own behind the others with match `… && Header(…)` and its priority",
  position: "last",
  names: "never",
  key: "match",
  condition(condition: Condition, split) {
    const { header, how, text } = condition;
    const value = how === "exact" ? text : anchoredRegex(condition);
    if (value.includes("`")) return "Traefik's rules cannot hold a backquote";
    const matcher = isOldSyntax(split) ? "Headers" : "Header";
    return tree(`${matcher}${how === "exact" ? "" : "Regexp"}(\`${header}\`, \`${value}\`)`);
  },
  alternatives: (requests) => (requests === null ? [] : [requests]),
  joined(requests, conditions) {
    const match = word(requests);
    return match === null ? "its route has no match" : [tree(both(match, conditions))];
  },
  write({ split, rule, canary, conditions }: Asked) {
    const match = word(get(rule, "match"));
    if (match === null) return "its route has no match";
    const priority = priorityOf(rule) + 1;
    const isTied = ({ item }: Rule) => {
      const other = item?.in === "list" ? treeOf(item.place) : null;
      return priorityOf(other) === priority && !haveOtherHosts(match, word(get(other, "match")) ?? "");
    };
    const tied = split.rules.find((other) => isTied(other) && !isToCanary(other, split));
    if (tied !== undefined) {
      return `its priority would have to be ${priority}, which ${tied.path} has: give that one another`;
    }
    const taking = put(rule, "match", both(match, conditions));
    return [put(put(taking, "priority", priority), "services", tree([without(canary, "weight")]))];
  },
});

function both(match: string, conditions: readonly Tree[]): string {
  return `(${match}) && ${any(conditions)}`;
}

function any(conditions: readonly Tree[]): string {
  const words = conditions.map((one) => word(one) ?? "");
  return words.length === 1 ? `${words[0]}` : `(${words.join(" || ")})`;
}

/** True where no request can meet both rules. */
function haveOtherHosts(one: string, other: string): boolean {
  const host = (rule: string) => (/\|\||!/.test(rule) ? null : /\bHost\(`([^`]*)`\)/.exec(rule)?.[1]);
  const [mine, theirs] = [host(one), host(other)];
  return typeof mine === "string" && typeof theirs === "string" && mine !== theirs;
}

/** What Traefik orders routes by: where none is written, the length of the rule in bytes. */
function priorityOf(route: Tree | null): number {
  const written = Number(word(get(route, "priority")) ?? 0);
  return written === 0 ? new TextEncoder().encode(word(get(route, "match")) ?? "").length : written;
}

/** Version 2 has `Headers` for what is `Header` in version 3. */
function isOldSyntax({ object, rule }: SplitAt): boolean {
  const route = rule.item?.in === "list" ? rule.item.place : null;
  return (
    textOf(at(object, "apiVersion"))?.startsWith("traefik.containo.us/") === true ||
    textOf(at(route, "syntax")) === "v2" ||
    /\bHeaders(?:Regexp)?\(/.test(textOf(at(route, "match")) ?? "")
  );
}

const ELSEWHERE =
  "Traefik mirrors by `spec.mirroring` of a TraefikService, another object in front of this one";

export const ingressRouteRoutes: Routes = { header, mirror: { cannot: ELSEWHERE } };

export const traefikServiceRoutes: Routes = {
  header: { cannot: "a TraefikService sees no requests; the IngressRoute in front of it does" },
  mirror: { cannot: ELSEWHERE },
};
