import type { Problem } from "../config/types.ts";
import type { Delegate, RuleArm } from "./kind.ts";
import { kindsOf } from "./locate.ts";
import { at, lineOf, objectsOf, type Place, textOf } from "./place.ts";
import type { Source } from "./source.ts";
import type { Selector } from "./types.ts";

/**
 * Why the objects that a selector may mean split nothing: they send everything to one destination, or leave
 * the splitting to another object. Null when neither is so.
 */
export function elsewhereIn(source: Source, selector: Selector): Problem | null {
  const objects = objectsOf(source);
  const problem = (place: Place, message: string): Problem => {
    return { file: source.file, line: lineOf(place), column: 1, code: "no-split", message };
  };
  for (const object of objects.filter((one) => isMeant(one, selector))) {
    for (const kind of kindsOf(object)) {
      for (const delegate of kind.delegates?.(object) ?? []) {
        if (objects.some((one) => isDelegate(one, delegate))) continue;
        const { name, namespace } = delegate;
        const to = `${kind.kind} ${namespace === null ? "" : `${namespace}/`}${name}`;
        return problem(
          delegate.place,
          `it leaves the splitting to ${to}, so name the file that holds that one`,
        );
      }
      for (const { arms } of kind.rules(object)) {
        const [only] = arms;
        if (only !== undefined && arms.length === 1) return problem(only.place, alone(only, selector));
      }
    }
  }
  return null;
}

/** What to write where there is one destination. */
function alone({ names, weight }: RuleArm, { arms = [] }: Selector): string {
  const key = weight.in === "key" ? weight.key : "weight";
  const other = arms.find((arm) => !names.includes(arm));
  const missing = names.length > 0 && arms.length > 1 && other !== undefined ? `"${other}"` : "the other one";
  return `everything goes to "${names[0] ?? "one destination"}", for one destination alone gets 100 % whether it has a ${key} or not, so write \`${key}: 100\` on it and add ${missing} beside it with \`${key}: 0\``;
}

function isMeant(object: Place, { kind, name, namespace }: Selector): boolean {
  const own = textOf(at(object, "metadata", "namespace"));
  return (
    (kind === undefined || textOf(at(object, "kind"))?.toLowerCase() === kind.toLowerCase()) &&
    (name === undefined || textOf(at(object, "metadata", "name")) === name) &&
    (namespace === undefined || own === null || own === namespace)
  );
}

/** An object without a namespace may be in any. */
function isDelegate(object: Place, { name, namespace }: Delegate): boolean {
  const own = textOf(at(object, "metadata", "namespace"));
  return (
    kindsOf(object).some(({ delegates }) => delegates !== undefined) &&
    textOf(at(object, "metadata", "name")) === name &&
    (own === null || namespace === null || own === namespace)
  );
}
