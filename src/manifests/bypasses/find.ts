import type { ManagedRoute } from "../../config/types.ts";
import { type Destination, isSame, settled } from "../destination.ts";
import type { Rule } from "../kind.ts";
import { type LocatedSplit, locateRule, type ObjectRules, routeOf } from "../locate.ts";
import { lineOf } from "../place.ts";
import { success } from "../result.ts";
import { itemsOfRoutes } from "../routes/set-routes.ts";
import type { Bypass, Result, Selector } from "../types.ts";
import { type Chosen, chooseAmongAll, namespaceOf, type Sides, type Way } from "./chosen.ts";
import { isAmong } from "./ours.ts";
import { type Lists, listsOf } from "./reach.ts";
import { wordsOf } from "./words.ts";

/** A bypass and where its parts are in the text. */
export interface LocatedBypass {
  readonly bypass: Bypass;
  readonly rule: Rule;
  /** All rules of its list; empty where it is no item of one. */
  readonly list: readonly Rule[];
  /** The rule as a split, whose arms may be one. */
  readonly located: LocatedSplit;
  /** Which of its arms are the canary. */
  readonly canary: readonly number[];
  /** Which of its arms is the split's stable side; negative when none is. */
  readonly stable: number;
}

/**
 * Every other rule in the file that can send requests to the canary of the split that a selector means:
 * with one destination, or with a weight over 0. Rules of ours are left out, and so are those that no
 * request can reach. Where the arms are called by the paths of their values, and these belong to no object
 * of a known kind, it is not known what the canary is and nothing is found.
 */
export function findBypasses(
  file: string,
  text: string,
  selector: Selector,
  sides: Sides,
  ours: readonly ManagedRoute[],
): Result<readonly Bypass[]> {
  const chosen = chooseAmongAll(file, text, selector, sides);
  if (!chosen.ok) return chosen;
  return success(bypassesOf(chosen.value, selector, sides, ours).map(({ bypass }) => bypass));
}

export function bypassesOf(
  chosen: Chosen,
  selector: Selector,
  sides: Sides,
  ours: readonly ManagedRoute[],
): readonly LocatedBypass[] {
  const { canary } = chosen;
  if (canary === null) return [];
  const own = itemsOfRoutes(chosen.source, selector, sides, ours);
  const lists = listsOf(chosen.ways.flatMap(({ rules }) => rules));
  return chosen.ways.flatMap((way) =>
    way.rules
      .filter((rule) => rule !== chosen.rule && !isAmong(rule, own))
      .flatMap((rule) => bypassOf({ ...chosen, canary }, way, rule, lists, selector) ?? []),
  );
}

function bypassOf(
  { stable, canary }: { readonly stable: Destination | null; readonly canary: Destination },
  { kind, object, rules }: ObjectRules<Way>,
  rule: Rule,
  lists: Lists,
  selector: Selector,
): LocatedBypass | null {
  // Two ports of one service can be the two sides; else a port tells nothing.
  const byPort = stable !== null && isSame(stable, canary);
  const namespace = namespaceOf(object, selector);
  const is = (one: Destination | null, side: Destination) => {
    const arm = one === null ? null : settled(one, namespace);
    return arm !== null && isSame(arm, side) && (!byPort || arm.port === side.port);
  };
  const arms = [...rule.arms.keys()].filter((arm) => is(rule.arms[arm]?.destination ?? null, canary));
  if (arms.length === 0) return null;
  const located = locateRule(kind, object, rule, routeOf(rule, rules));
  const percent = percentOf(located, arms);
  if (percent === 0 || lists.unreached.has(rule)) return null;
  const { file, kind: kindName, name, route } = located.split;
  const begins = rule.item?.in === "list" ? rule.item.place : (rule.arms[0]?.place ?? object);
  return {
    bypass: { file, kind: kindName, name, route, match: wordsOf(rule.match), percent, line: lineOf(begins) },
    rule,
    list: rule.item?.in === "list" ? (lists.rules.get(rule.item.list.node) ?? []) : [],
    located,
    canary: arms,
    stable: stable === null ? -1 : rule.arms.findIndex(({ destination }) => is(destination, stable)),
  };
}

/** Of the rule's requests; where its weights cannot be read it may be all. */
function percentOf({ split, problem }: LocatedSplit, arms: readonly number[]): number {
  if (problem !== null) return 100;
  const sum = split.arms.reduce((total, { weight }) => total + weight, 0);
  const share = arms.reduce((total, arm) => total + (split.arms[arm]?.weight ?? 0), 0);
  return sum > 0 ? (share * 100) / sum : 0;
}
