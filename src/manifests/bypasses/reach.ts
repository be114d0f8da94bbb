import type { Node } from "yaml";
import { canonicalJson } from "../canonical.ts";
import { startOf } from "../graph.ts";
import type { Rule, Terms } from "../kind.ts";
import { at, entriesOf, type Place, textOf } from "../place.ts";

/** Rules beside each other. */
export interface Lists {
  /** By the list they are items of, in the order of its items. */
  readonly rules: ReadonlyMap<Node, readonly Rule[]>;
  /** Those that no request is left to by the ones before them; only what is certain counts. */
  readonly unreached: ReadonlySet<Rule>;
}

export function listsOf(rules: readonly Rule[]): Lists {
  const lists = new Map<Node, Rule[]>();
  for (const rule of rules) {
    if (rule.item?.in !== "list") continue;
    const list = lists.get(rule.item.list.node) ?? [];
    lists.set(rule.item.list.node, list);
    list.push(rule);
  }
  const unreached = new Set<Rule>();
  for (const list of lists.values()) {
    list.sort((a, b) => positionOf(a) - positionOf(b));
    for (const rule of unreachedIn(list)) unreached.add(rule);
  }
  return { rules: lists, unreached };
}

/** True when every request that comes to its list meets a rule's terms. */
export function takesAll({ match }: Pick<Rule, "match">): boolean {
  return alternatives(match).some((terms) => terms.every(([key, value]) => isAnyPath(key, value)));
}

function* unreachedIn(list: readonly Rule[]): Generator<Rule> {
  const taken = new Set<string>();
  let isAllTaken = false;
  for (const rule of list) {
    const said = alternatives(rule.match).map(saidBy);
    const isTaken = said.every((one) => one !== null && taken.has(one));
    if ((rule.order === "first" && isAllTaken) || (rule.order !== undefined && isTaken)) yield rule;
    // What a rule hands on to another object, instead of sending it somewhere itself, may come back.
    if (rule.arms.length === 0) continue;
    for (const one of said) if (one !== null) taken.add(one);
    isAllTaken ||= takesAll(rule);
  }
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
