import type { ManagedRoute, Problem } from "../../config/types.ts";
import { applyBlocks, type Block } from "../blocks.ts";
import { removeItems, removeKeys } from "../items.ts";
import type { Item } from "../kind.ts";
import type { LocatedSplit } from "../locate.ts";
import { failure, success } from "../result.ts";
import { setWeights } from "../set-weights.ts";
import { LONGEST_TEXT, type Source } from "../source.ts";
import type { Result, Selector } from "../types.ts";
import { type Chosen, chooseAmongAll, type Sides } from "./chosen.ts";
import { bypassesOf, type LocatedBypass } from "./find.ts";
import { takesAll } from "./reach.ts";

/** More than any person writes. Each is a reading of the file, so of a long one fewer. */
const MOST = 100;
const MOST_READ = 4 * LONGEST_TEXT;

/**
 * The text without the ways round a split: a rule that sends only to the canary goes as a whole; in one with
 * other destinations the canary's weight becomes 0, and its share goes to the stable side, or to the largest
 * other where that is not among them. No other byte differs. Refused where a rule cannot go without more
 * than its own requests being lost or another place being changed, and where the selector would not find the
 * split any more.
 */
export function removeBypasses(
  file: string,
  text: string,
  selector: Selector,
  sides: Sides,
  ours: readonly ManagedRoute[],
): Result<string> {
  const first = chooseAmongAll(file, text, selector, sides);
  if (!first.ok) return first;
  const most = Math.min(MOST, Math.ceil(MOST_READ / Math.max(text.length, 1)));
  let now = text;
  let chosen: Result<Chosen> = first;
  for (let round = 0; round <= most; round += 1) {
    if (!chosen.ok || !isSameSplit(chosen.value.split, first.value.split)) {
      return failure(lostSplit(first.value, selector));
    }
    // With one gone, another can be reached that was not before: they are looked for again each time.
    const left = bypassesOf(chosen.value, selector, sides, ours);
    const [next] = left;
    if (next === undefined) return success(now);
    if (left.length > most) break;
    const edited = without(chosen.value.source, file, now, next);
    if (!edited.ok) return edited;
    now = edited.value;
    chosen = chooseAmongAll(file, now, selector, sides);
  }
  const message = `more than ${most} rules reach the canary outside the split: take them away by hand`;
  return failure({ file, line: 1, column: 1, code: "too-many", message });
}

function without(source: Source, file: string, text: string, found: LocatedBypass): Result<string> {
  const { located, canary, rule, bypass } = found;
  const { split } = located;
  if (canary.length < split.arms.length) {
    if (located.problem !== null) return failure(located.problem);
    return setWeights(file, text, selectorOf(found), withCanaryAt0(found));
  }
  const refuse = (why: string) => {
    const { kind, name, route, line } = bypass;
    const message = `${kind} ${name}${route === null ? "" : ` route ${route}`} sends requests to the canary outside the split and cannot be taken away: ${why}`;
    return failure({ file, line, column: 1, code: "bypass-stays", message });
  };
  if (rule.item === null) return refuse("the object as a whole does it; take it away by hand");
  if (takesAll(rule) && !found.list.some((one) => one !== rule && takesAll(one))) {
    return refuse("it takes every request, which would go nowhere; lead it to the stable side by hand");
  }
  const blocks = blocksOf(rule.item);
  if (!blocks.ok) return refuse(blocks.problem.message);
  return applyBlocks(source, blocks.value);
}

function blocksOf(item: Item): Result<readonly Block[]> {
  return item.in === "list" ? removeItems(item.list, [item.place]) : removeKeys(item.map, item.keys);
}

function selectorOf({ located }: LocatedBypass): Selector {
  const { kind, name, namespace, route, arms } = located.split;
  return {
    kind,
    name,
    namespace: namespace ?? undefined,
    route: route ?? undefined,
    arms: arms.map((arm) => arm.name),
  };
}

function withCanaryAt0({ located, canary, stable }: LocatedBypass): ReadonlyMap<string, number> {
  const { arms } = located.split;
  const others = [...arms.keys()].filter((arm) => !canary.includes(arm));
  const weight = (arm: number) => arms[arm]?.weight ?? 0;
  const largest = others.reduce((best, arm) => (weight(arm) > weight(best) ? arm : best), others[0] ?? 0);
  const heir = others.includes(stable) ? stable : largest;
  const share = canary.reduce((sum, arm) => sum + weight(arm), 0);
  return new Map(
    [...arms.entries()].flatMap(([index, arm]): [string, number][] => {
      if (canary.includes(index)) return [[arm.name, 0]];
      return index === heir ? [[arm.name, arm.weight + share]] : [];
    }),
  );
}

function isSameSplit({ split }: LocatedSplit, other: LocatedSplit): boolean {
  return JSON.stringify(split.arms) === JSON.stringify(other.split.arms);
}

/** A route that is chosen by its index has another one when an item before it has gone. */
function lostSplit({ source, split }: Chosen, selector: Selector): Problem {
  const how = selector.route === undefined ? "" : ` (${selector.route})`;
  const message = `the split is chosen by an index${how}, which changes when a rule before it is taken away: choose it by a name, or without one`;
  return { file: source.file, line: split.split.line, column: 1, code: "bypass-stays", message };
}
