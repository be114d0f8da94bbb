import type { Node } from "yaml";
import { canonicalJson } from "../canonical.ts";
import { startOf } from "../graph.ts";
import type { Rule, Terms } from "../kind.ts";
import { at, entriesOf, type Place, textOf } from "../place.ts";

/** Rules by the list they are items of, in the order of its items. */
export type Lists = ReadonlyMap<Node, readonly Rule[]>;

/** True when no request is left to a rule by those before it in its list; only what is certain counts. */
export function isNeverReached(rule: Rule, lists: Lists): boolean {
  const { order } = rule;
  const earlier = earlierThan(rule, lists);
  if (order === undefined || earlier.length === 0) return false;
  const taken = new Set(earlier.flatMap(({ match }) => alternatives(match).map(saidBy)));
  if (order === "first" && earlier.some(takesAll)) return true;
  return alternatives(rule.match).every((terms) => {
    const said = saidBy(terms);
    return said !== null && taken.has(said);
  });
}

/** True when every request that comes to its list meets a rule's terms. */
export function takesAll({ match }: Pick<Rule, "match">): boolean {
  return alternatives(match).some((terms) => terms.every(([key, value]) => isAnyPath(key, value)));
}

export function byList(rules: readonly Rule[]): Lists {
  const lists = new Map<Node, Rule[]>();
  for (const rule of rules) {
    if (rule.item?.in !== "list") continue;
    const list = lists.get(rule.item.list.node) ?? [];
    lists.set(rule.item.list.node, list);
    list.push(rule);
  }
  for (const list of lists.values()) list.sort((a, b) => positionOf(a) - positionOf(b));
  return lists;
}

/** Those that send requests somewhere themselves: what a rule hands on to another object is not known. */
function earlierThan(rule: Rule, lists: Lists): readonly Rule[] {
  if (rule.item?.in !== "list") return [];
  const list = lists.get(rule.item.list.node) ?? [];
  return list.slice(0, list.indexOf(rule)).filter((one) => one.arms.length > 0);
}

function alternatives(match: readonly Terms[]): readonly Terms[] {
  return match.length === 0 ? [[]] : match;
}

/** `/` as a prefix, in each kind's words. The name of a match is no term. */
function isAnyPath(key: string, value: Place): boolean {
  if (key === "name") return true;
  if (key === "prefix") return textOf(value) === "/";
  if (key === "uri") return entriesOf(value).length === 1 && textOf(at(value, "prefix")) === "/";
  const type = textOf(at(value, "type"));
  return key === "path" && type?.includes("Prefix") === true && textOf(at(value, "value")) === "/";
}

function saidBy(terms: Terms): string | null {
  const said = terms.map(([key, value]) => [key, canonicalJson(value, [])] as const);
  if (said.some(([, json]) => json === null)) return null;
  return JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function positionOf({ item }: Rule): number {
  return item?.in === "list" ? startOf(item.place.node) : 0;
}
