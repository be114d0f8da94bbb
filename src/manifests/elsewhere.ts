import { kindsOf } from "./locate.ts";
import { lineOf, objectsOf } from "./place.ts";
import type { Source } from "./source.ts";

/** Why an object of a known kind splits nothing: it sends everything to one destination, or leaves the splitting to another object. */
export function elsewhereIn(source: Source): { readonly line: number; readonly message: string } | null {
  for (const object of objectsOf(source)) {
    for (const kind of kindsOf(object)) {
      for (const [place, to] of kind.delegates?.(object) ?? []) {
        return {
          line: lineOf(place),
          message: `it leaves the splitting to ${to}, so name the file that holds that one`,
        };
      }
      for (const { arms } of kind.rules(object)) {
        const [only] = arms;
        if (only === undefined || arms.length > 1) continue;
        return {
          line: lineOf(only.place),
          message: `everything goes to "${only.names[0] ?? "one destination"}", so add the other destination with weight 0 beside it by hand, and give this one 100`,
        };
      }
    }
  }
  return null;
}
