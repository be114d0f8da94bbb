import type { Item, Rule } from "../kind.ts";

/** True when a rule is one of these items: it is there for a step of a release, and goes when that says so. */
export function isAmong({ item }: Rule, items: readonly Item[]): boolean {
  if (item === null) return false;
  return items.some((one) =>
    item.in === "list"
      ? one.in === "list" && one.place.node === item.place.node
      : one.in === "keys" &&
        one.map.node === item.map.node &&
        item.keys.every((key) => one.keys.includes(key)),
  );
}
