import type { HeaderRoute, ManagedRoute } from "../../config/types.ts";
import { applyBlocks, type Block } from "../blocks.ts";
import { chooseIn } from "../find.ts";
import { startOf } from "../graph.ts";
import type { Item } from "../kind.ts";
import { KINDS } from "../kinds.ts";
import { listed } from "../listed.ts";
import { kindsOf } from "../locate.ts";
import { mattersTo } from "../matters.ts";
import { at, lineOf, objectsOf, textOf } from "../place.ts";
import { failure, success } from "../result.ts";
import { readSource, type Source } from "../source.ts";
import type { Result, Selector } from "../types.ts";
import { type Cannot, NO_ROUTE, type Routes, type RouteWay, type SplitAt, type Standing } from "./way.ts";

/** More blocks than any route is made of. */
const MOST_BLOCKS = 100;

/** What a target calls the two arms. */
interface Sides {
  readonly stable: string;
  readonly canary: string;
}

/**
 * The text with the routes of `after` standing beside the split and those of `before` that are not in `after`
 * gone; nothing else changed. A route that stands already stays, one that is gone already is no error. A
 * route that the split's kind cannot have, or whose requests another rule takes, is refused.
 */
export function setRoutes(
  file: string,
  text: string,
  selector: Selector,
  sides: Sides,
  routes: { readonly before: readonly ManagedRoute[]; readonly after: readonly ManagedRoute[] },
): Result<string> {
  let now = text;
  for (const route of routes.before) {
    if (routes.after.some((other) => isEqual(route, other))) continue;
    const without = takeOut(file, now, selector, sides, route);
    if (!without.ok) return without;
    now = without.value;
  }
  for (const route of routes.after) {
    const stood = routes.before.some((other) => isEqual(route, other));
    const found = find(file, now, selector, sides, route);
    if (!found.ok) return found;
    const { standing, split, source } = found.value;
    if (standing.is === "written" || (standing.is === "changed" && stood)) continue;
    if (standing.is === "changed") {
      const message = `the ${route.kind} route "${route.name}" cannot be set beside this split of ${split.words}: something like it stands on line ${lineOf(standing.at)} that is not as Sluice writes it; take that away or leave the step out`;
      return failure(source.problemAt(startOf(standing.at.node), NO_ROUTE, message));
    }
    const blocks = found.value.add();
    if (!blocks.ok) return blocks;
    const within = applyBlocks(source, blocks.value);
    if (!within.ok) return within;
    now = within.value;
  }
  return success(now);
}

/** One block after the other: each is looked for in the text that the one before it left. */
function takeOut(
  file: string,
  text: string,
  selector: Selector,
  sides: Sides,
  route: ManagedRoute,
): Result<string> {
  let now = text;
  for (let turn = 0; turn < MOST_BLOCKS; turn++) {
    const found = find(file, now, selector, sides, route);
    // Where no route can stand, none does.
    if (!found.ok) return found.problem.code === NO_ROUTE ? success(now) : found;
    const block = found.value.remove();
    if (!block.ok) return block;
    if (block.value === null) break;
    const without = applyBlocks(found.value.source, [block.value]);
    if (!without.ok) return without;
    now = without.value;
  }
  return success(now);
}

/** Those of `routes` that stand beside the split as `setRoutes` would write them now. */
export function standingRoutes(
  file: string,
  text: string,
  selector: Selector,
  sides: Sides,
  routes: readonly ManagedRoute[],
): Result<readonly ManagedRoute[]> {
  const standing: ManagedRoute[] = [];
  for (const route of routes) {
    const found = find(file, text, selector, sides, route);
    if (!found.ok) return found;
    if (found.value.standing.is === "written") standing.push(route);
  }
  return success(standing);
}

/** The rules of their own that some routes are made of, however they were changed since. */
export function itemsOfRoutes(
  source: Source,
  selector: Selector,
  sides: Sides,
  routes: readonly ManagedRoute[],
): readonly Item[] {
  return routes.flatMap((route) => {
    const found = findIn(source, selector, sides, route);
    return found.ok ? found.value.items() : [];
  });
}

interface Found {
  readonly source: Source;
  readonly split: SplitAt;
  readonly standing: Standing;
  items(): readonly Item[];
  add(): Result<readonly Block[]>;
  remove(): Result<Block | null>;
}

function find(
  file: string,
  text: string,
  selector: Selector,
  sides: Sides,
  route: ManagedRoute,
): Result<Found> {
  const source = readSource(file, text, mattersTo(selector));
  return source.ok ? findIn(source.value, selector, sides, route) : source;
}

function findIn(source: Source, selector: Selector, sides: Sides, route: ManagedRoute): Result<Found> {
  const split = splitIn(source, { ...selector, arms: [sides.stable, sides.canary] }, sides, route);
  if (!split.ok) return split;
  const found = <R extends ManagedRoute>(way: RouteWay<R>, own: R): Found => ({
    source,
    split: split.value,
    standing: way.find(split.value, own),
    items: () => way.items(split.value, own),
    add: () => way.add(split.value, own),
    remove: () => way.remove(split.value, own),
  });
  const { header, mirror } = split.value.ways;
  const cannot = route.kind === "header" ? header : mirror;
  if (route.kind === "header" && header !== undefined && !("cannot" in header)) {
    return success(found(header, route));
  }
  if (route.kind === "mirror" && mirror !== undefined && !("cannot" in mirror)) {
    return success(found(mirror, route));
  }
  const why = cannot !== undefined && "cannot" in cannot ? cannot : null;
  return unable(source, split.value, route, why);
}

/** The split, its rule and what its kind says of routes. */
function splitIn(
  source: Source,
  selector: Selector,
  { canary }: Sides,
  route: ManagedRoute,
): Result<SplitAt & { readonly ways: Routes }> {
  const chosen = chooseIn(source, selector);
  if (!chosen.ok) return chosen;
  const { arms, split } = chosen.value;
  const index = arms.findIndex(({ name }) => name === canary);
  const words = `${split.kind} ${split.name}`;
  for (const object of objectsOf(source)) {
    if (textOf(at(object, "metadata", "name")) !== split.name && textOf(at(object, "name")) !== split.name) {
      continue;
    }
    for (const kind of kindsOf(object)) {
      const rules = [...kind.rules(object)];
      const rule = rules.find(
        (one) => one.arms[0]?.place.node === arms[0]?.place.node && one.arms.length > 1,
      );
      const arm = rule?.arms[index];
      if (rule !== undefined && arm !== undefined) {
        return success({ object, words, rules, rule, canary: arm, ways: kind.routes ?? {} });
      }
    }
  }
  const [first] = arms;
  const message = `the ${route.kind} route "${route.name}" needs the object that routes, and "${canary}" is only a value in a file: leave the step out, or name the rendered object as the target`;
  return failure(source.problemAt(startOf(first?.place.node), NO_ROUTE, message));
}

function unable(
  source: Source,
  { words, rule }: SplitAt,
  route: ManagedRoute,
  why: Cannot | null,
): Result<never> {
  const others = KINDS.filter(({ routes }) => {
    const way = routes?.[route.kind];
    return way !== undefined && !("cannot" in way);
  });
  const names = listed([...new Set(others.map(({ kind }) => kind))], 20);
  const what = route.kind === "header" ? "send requests to one side by a header" : "mirror requests";
  const reason = why?.cannot ?? `its kind cannot ${what}`;
  const step = route.kind === "header" ? "setHeaderRoute" : "setMirrorRoute";
  const message = `the ${route.kind} route "${route.name}" cannot stand beside this split of ${words}: ${reason}; leave ${step} out, or drive a kind that can (${names})`;
  return failure(source.problemAt(startOf(rule.arms[0]?.place.node), NO_ROUTE, message));
}

function isEqual(one: ManagedRoute, other: ManagedRoute): boolean {
  if (one.kind !== other.kind || one.name !== other.name) return false;
  if (one.kind === "mirror") return other.kind === "mirror" && one.percent === other.percent;
  return other.kind === "header" && said(one) === said(other);
}

function said({ match }: HeaderRoute): string {
  return JSON.stringify(match.map(({ in: where, name, value }) => [where, name, value.how, value.text]));
}
