import type { HeaderRoute, ManagedRoute } from "../../config/types.ts";
import { applyBlocks, type Block } from "../blocks.ts";
import { chooseIn } from "../find.ts";
import { startOf } from "../graph.ts";
import type { Item } from "../kind.ts";
import { KINDS } from "../kinds.ts";
import { listed } from "../listed.ts";
import { kindsOf } from "../locate.ts";
import { mattersTo } from "../matters.ts";
import { at, lineOf, objectsOf, type Place, textOf } from "../place.ts";
import { failure, success } from "../result.ts";
import { readSource, type Source } from "../source.ts";
import type { Result, Selector } from "../types.ts";
import {
  type Cannot,
  NO_ROUTE,
  type Routes,
  type RouteWay,
  refused,
  type SplitAt,
  type Standing,
  tooMuch,
} from "./way.ts";

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
  let now = readSource(file, text, mattersTo(selector));
  const next = (source: Source, blocks: readonly Block[]): Result<Source> => {
    if (blocks.length === 0) return success(source);
    const changed = applyBlocks(source, blocks);
    return changed.ok ? readSource(file, changed.value, mattersTo(selector)) : changed;
  };
  for (const route of routes.before) {
    if (routes.after.some((other) => isEqual(route, other))) continue;
    if (!now.ok) return now;
    const blocks = blocksOut(now.value, selector, sides, route);
    if (!blocks.ok) return blocks;
    now = next(now.value, blocks.value);
  }
  for (const route of routes.after) {
    if (!now.ok) return now;
    const stood = routes.before.some((other) => isEqual(route, other));
    const blocks = blocksIn(now.value, selector, sides, route, stood);
    if (!blocks.ok) return blocks;
    now = next(now.value, blocks.value);
  }
  return now.ok ? success(now.value.text) : now;
}

/** What is to be put in for a route to stand; nothing where it does. */
function blocksIn(
  source: Source,
  selector: Selector,
  sides: Sides,
  route: ManagedRoute,
  stood: boolean,
): Result<readonly Block[]> {
  const found = findIn(source, selector, sides, route);
  if (!found.ok) return found;
  const { split } = found.value;
  const standing = found.value.standing();
  if (standing.is === "unclear") return tooMuch(split, route);
  if (standing.is === "written" || (standing.is === "changed" && stood)) return success([]);
  const cannot = (place: Place, why: string) =>
    refused(
      place,
      `the ${route.kind} route "${route.name}" cannot be set beside this split of ${split.words}: ${why}`,
    );
  if (standing.is === "changed") {
    const why = `something like it stands on line ${lineOf(standing.at)} that is not as Sluice writes it; take that away or leave the step out`;
    return cannot(standing.at, why);
  }
  if (!isText(route)) {
    return cannot(
      split.object,
      "its header or its value holds half a character (a lone surrogate): write it whole",
    );
  }
  return found.value.add();
}

/** What is to be taken out for a route to be gone; nothing where it is. */
function blocksOut(
  source: Source,
  selector: Selector,
  sides: Sides,
  route: ManagedRoute,
): Result<readonly Block[]> {
  const found = findIn(source, selector, sides, route);
  if (found.ok) return found.value.remove();
  // Where no route can stand, none does.
  return found.problem.code === NO_ROUTE ? success([]) : found;
}

/** Those of `routes` that stand beside the split as `setRoutes` would write them now. */
export function standingRoutes(
  file: string,
  text: string,
  selector: Selector,
  sides: Sides,
  routes: readonly ManagedRoute[],
): Result<readonly ManagedRoute[]> {
  const source = routes.length === 0 ? null : readSource(file, text, mattersTo(selector));
  if (source === null) return success([]);
  if (!source.ok) return source;
  const standing: ManagedRoute[] = [];
  for (const route of routes) {
    const found = findIn(source.value, selector, sides, route);
    if (!found.ok) return found;
    const { is } = found.value.standing();
    if (is === "unclear") return tooMuch(found.value.split, route);
    if (is === "written") standing.push(route);
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
  readonly split: SplitAt;
  standing(): Standing;
  items(): readonly Item[];
  add(): Result<readonly Block[]>;
  remove(): Result<readonly Block[]>;
}

function findIn(source: Source, selector: Selector, sides: Sides, route: ManagedRoute): Result<Found> {
  const split = splitIn(source, { ...selector, arms: [sides.stable, sides.canary] }, sides, route);
  if (!split.ok) return split;
  const found = <R extends ManagedRoute>(way: RouteWay<R>, own: R): Found => ({
    split: split.value,
    standing: () => way.find(split.value, own),
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

/** A file holds whole characters alone. */
function isText(route: ManagedRoute): boolean {
  return (
    route.kind === "mirror" ||
    route.match.every(({ name, value }) => name.isWellFormed() && value.text.isWellFormed())
  );
}

function isEqual(one: ManagedRoute, other: ManagedRoute): boolean {
  if (one.kind !== other.kind || one.name !== other.name) return false;
  if (one.kind === "mirror") return other.kind === "mirror" && one.percent === other.percent;
  return other.kind === "header" && said(one) === said(other);
}

function said({ match }: HeaderRoute): string {
  return JSON.stringify(match.map(({ in: where, name, value }) => [where, name, value.how, value.text]));
}
