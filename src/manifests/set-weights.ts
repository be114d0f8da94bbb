import { applyChanges } from "./changes.ts";
import { chooseIn, unknownArm } from "./find.ts";
import { startOf } from "./graph.ts";
import { listed } from "./listed.ts";
import type { LocatedSplit } from "./locate.ts";
import { failure, success } from "./result.ts";
import { readSource, type Source } from "./source.ts";
import type { Result, Selector } from "./types.ts";

/**
 * The text with new weights for some arms of the one split that the selector means: by arm name,
 * in the object's own units. Only the bytes of those weights differ; a weight that is missing is
 * written in the style around it. Setting what is there returns the same text.
 */
export function setWeights(
  file: string,
  text: string,
  selector: Selector,
  weights: ReadonlyMap<string, number>,
): Result<string> {
  const source = readSource(file, text);
  if (!source.ok) return source;
  const chosen = chooseIn(source.value, selector);
  if (!chosen.ok) return chosen;
  const located = chosen.value;
  const legal = checkLegal(source.value, located, weights);
  if (!legal.ok) return legal;
  const written = located.arms.map((arm) => arm.written);
  const changes = located.arms.flatMap((arm, index) => {
    const wanted = weights.get(arm.name);
    if (wanted === undefined || wanted === located.split.arms[index]?.weight) return [];
    return [
      {
        map: arm.place,
        key: located.kind.weightKey,
        text: located.kind.format.write(wanted, written, index),
      },
    ];
  });
  return applyChanges(source.value, changes);
}

function checkLegal(
  source: Source,
  { kind, split, arms }: LocatedSplit,
  weights: ReadonlyMap<string, number>,
): Result<null> {
  const refuse = (code: string, message: string, arm = 0) => {
    const at = arms[arm];
    return failure(source.problemAt(startOf((at?.weight ?? at?.place)?.node), code, message));
  };
  const names = split.arms.map((arm) => arm.name);
  const max = kind.format.max;
  for (const [name, weight] of weights) {
    const arm = names.indexOf(name);
    if (arm < 0) return refuse("unknown-arm", unknownArm(name, names, listed(names)));
    if (!Number.isSafeInteger(weight) || weight < 0 || weight > max) {
      const message = `${weight} is no weight for "${name}": a ${kind.kind} takes whole numbers from 0 to ${max}`;
      return refuse("illegal-weight", message, arm);
    }
  }
  const sum = split.arms.reduce((total, arm) => total + (weights.get(arm.name) ?? arm.weight), 0);
  if (sum > 0) return success(null);
  return refuse(
    "illegal-weight",
    `all weights of ${kind.kind} ${split.name} would be 0: traffic would go nowhere`,
  );
}
