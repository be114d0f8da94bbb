import { isSeq } from "yaml";
import type { HeaderRoute } from "../../config/types.ts";
import { insertItem, removeItems } from "../items.ts";
import { success } from "../result.ts";
import type { Tree, TreeMap } from "../tree.ts";
import type { Result } from "../types.ts";
import type { Condition } from "./condition.ts";
import { look } from "./find-header-rules.ts";
import { ABSENT, type RouteWay, refused, type SplitAt, tooMuch, WRITTEN } from "./way.ts";

/** Kinds whose object is a list of rules: a header route is a rule of its own beside the split's. */
export interface HeaderRules {
  readonly where: string;
  /** Before the split's where the first rule that fits gets a request; last where the most specific does. */
  readonly position: "before" | "last";
  /** Whether rules have names: all do, or those of an object that uses them. */
  readonly names: "always" | "where used" | "never";
  /** The key of a rule that says which requests it takes. */
  readonly key: string;
  /** How the kind writes one condition, or why it cannot. */
  condition(condition: Condition, split: SplitAt): Tree | string;
  /** Rules that take the split's requests that meet one of the conditions, with all else of the split's rule, to the canary; or why they cannot be written. */
  write(asked: Asked): readonly TreeMap[] | string;
  /** The ways to be taken by a rule, by what it has under `key`; null where it has nothing there. */
  alternatives(requests: Tree | null): readonly Tree[];
  /** Those of the route's rules beside a split that has these requests, or why there are none. */
  joined(requests: Tree | null, conditions: readonly Tree[]): readonly Tree[] | string;
}

export interface Asked {
  readonly split: SplitAt;
  /** The split's. */
  readonly rule: Tree;
  readonly canary: Tree;
  readonly conditions: readonly Tree[];
  readonly name: string | null;
}

export function headerRules(shape: HeaderRules): RouteWay<HeaderRoute> {
  return {
    where: shape.where,
    find(split, route) {
      const found = look(shape, split, route);
      const [first] = found.ours;
      const other = first?.item.place ?? found.like();
      const isWritten = found.isWritten();
      if (found.isSpent()) return { is: "unclear", at: split.object };
      if (other === null) return ABSENT;
      return isWritten ? WRITTEN : { is: "changed", at: other };
    },
    add(split, route) {
      const { wanted } = look(shape, split, route);
      const list = split.rule.item?.in === "list" ? split.rule.item : null;
      const cannot = (why: string) =>
        refused(
          list?.place ?? split.object,
          `the header route "${route.name}" cannot stand beside this split of ${split.words}: ${why}`,
        );
      if (typeof wanted === "string") return cannot(wanted);
      if (list === null) return cannot("its rules are no list");
      const items = isSeq(list.list.node) ? list.list.node.items : [];
      const own = items.indexOf(list.place.node);
      if (own < 0) return cannot("its rule is an alias: write it out");
      const index = shape.position === "before" ? own : items.length;
      return collect(wanted.map((rule) => insertItem(list.list, index, rule)));
    },
    items(split, route) {
      const found = look(shape, split, route);
      return found.isSpent() ? [] : found.ours.map(({ item }) => item);
    },
    remove(split, route) {
      const found = look(shape, split, route);
      if (found.isSpent()) return tooMuch(split, route);
      const [first] = found.ours;
      return first === undefined
        ? success([])
        : removeItems(
            first.item.list,
            found.ours.map(({ item }) => item.place),
          );
    },
  };
}

/** All of them, or the first problem. */
export function collect<T>(results: readonly Result<T>[]): Result<readonly T[]> {
  const values: T[] = [];
  for (const result of results) {
    if (!result.ok) return result;
    values.push(result.value);
  }
  return success(values);
}
