import type { Destination } from "./destination.ts";
import type { Item, RuleArm } from "./kind.ts";
import { at, itemsOf, type Place, textOf } from "./place.ts";
import { isOurName } from "./routes/way.ts";

/** The arms of a list whose items each have their weight under a key of their own. */
export function armsOf(
  list: Place | null,
  namesOf: (item: Place) => readonly string[],
  destinationOf: (item: Place) => Destination | null,
  key = "weight",
): readonly RuleArm[] {
  return itemsOf(list).map((place) => ({
    place,
    names: namesOf(place),
    destination: destinationOf(place),
    weight: { in: "key", map: place, key },
  }));
}

/** The items of a list as rules, each with its index among those that are not there for a step alone: their own must not change with it. */
export function ruleItems(list: Place | null): readonly (readonly [number, Place, Item])[] {
  if (list === null) return [];
  let next = 0;
  return itemsOf(list).map((place) => {
    const index = isOurName(textOf(at(place, "name"))) ? next : next++;
    return [index, place, { in: "list", list, place }] as const;
  });
}

/** `name`, then with its port, its namespace, and both. */
export function serviceNames(item: Place): readonly string[] {
  const name = textOf(at(item, "name"));
  if (name === null) return [];
  const namespace = textOf(at(item, "namespace"));
  const port = textOf(at(item, "port"));
  const names = [name];
  if (port !== null) names.push(`${name}:${port}`);
  if (namespace !== null) names.push(`${namespace}/${name}`);
  if (namespace !== null && port !== null) names.push(`${namespace}/${name}:${port}`);
  return names;
}
