import { applyChanges, type Change } from "./changes.ts";
import { chooseIn, unknownArm } from "./find.ts";
import { startOf } from "./graph.ts";
import { listed } from "./listed.ts";
import type { LocatedArm, LocatedSplit } from "./locate.ts";
import { mattersTo } from "./matters.ts";
import { textOf } from "./place.ts";
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
  const source = readSource(file, text, mattersTo(selector));
  if (!source.ok) return source;
  const chosen = chooseIn(source.value, selector);
  if (!chosen.ok) return chosen;
  const located = chosen.value;
  const legal = checkLegal(source.value, located, weights);
  if (!legal.ok) return legal;
  return applyChanges(source.value, changesOf(located, legal.value));
}

/** What must be written for the split to read as wanted: an arm that nobody named too, where its weight would mean something else beside the new ones. */
function changesOf({ arms, split, format }: LocatedSplit, wanted: readonly number[]): readonly Change[] {
  if (wanted.every((weight, arm) => weight === split.arms[arm]?.weight)) return [];
  const before = arms.map((arm) => arm.written);
  const after = [...before];
  const texts = new Map<number, string>();
  const open = (arm: number) => !texts.has(arm) && arms[arm]?.carrier.in !== "rest";
  for (;;) {
    const read = format.read(after);
    const wrong = [...wanted.keys()].filter((arm) => wanted[arm] !== read[arm]);
    if (wrong.length === 0) break;
    // Where a weight is wrong that is written already, it is the others that give it another meaning.
    const unwritten = wrong.some(open) ? wrong.filter(open) : [...wanted.keys()].filter(open);
    if (unwritten.length === 0) break;
    for (const arm of unwritten) {
      const text = format.write(wanted[arm] ?? 0, before, arm);
      texts.set(arm, text);
      after[arm] = { text, quoted: before[arm]?.quoted ?? isText(arms[arm]) };
    }
  }
  return merged([...texts].flatMap(([arm, text]) => changeOf(arms[arm], text) ?? []));
}

function isText(arm: LocatedArm | undefined): boolean {
  return arm?.carrier.in === "key" && arm.carrier.quote === true;
}

function changeOf(arm: LocatedArm | undefined, text: string): Change | null {
  if (arm === undefined || arm.carrier.in === "rest") return null;
  const { carrier } = arm;
  if (carrier.in === "key") return { ...carrier, text, pieces: null };
  const { map, key, from, to } = carrier;
  return { map, key, text: textOf(arm.weight) ?? "", pieces: [{ from, to, text }] };
}

/** Pieces of one text are one change of it. */
function merged(changes: readonly Change[]): readonly Change[] {
  const whole: Change[] = [];
  for (const change of changes) {
    const index = whole.findIndex((one) => one.map.node === change.map.node && one.key === change.key);
    const other = whole[index];
    if (other === undefined) whole.push(change);
    else whole[index] = { ...other, pieces: [...(other.pieces ?? []), ...(change.pieces ?? [])] };
  }
  return whole;
}

/** The weights of all arms as they shall be, or why they may not be so. */
function checkLegal(
  source: Source,
  { format, split, arms }: LocatedSplit,
  weights: ReadonlyMap<string, number>,
): Result<readonly number[]> {
  const refuse = (code: string, message: string, arm = 0) => {
    const at = arms[arm];
    return failure(source.problemAt(startOf((at?.weight ?? at?.place)?.node), code, message));
  };
  const names = split.arms.map((arm) => arm.name);
  const max = format.max;
  for (const [name, weight] of weights) {
    const arm = names.indexOf(name);
    if (arm < 0) return refuse("unknown-arm", unknownArm(name, names, listed(names)));
    if (!Number.isSafeInteger(weight) || weight < 0 || weight > max) {
      const message = `${weight} is no weight for "${name}": a ${split.kind} takes whole numbers from 0 to ${max}`;
      return refuse("illegal-weight", message, arm);
    }
  }
  const wanted = split.arms.map((arm) => weights.get(arm.name) ?? arm.weight);
  if (wanted.every((weight) => weight === 0)) {
    const message = `all weights of ${split.kind} ${split.name} would be 0: traffic would go nowhere`;
    return refuse("illegal-weight", message);
  }
  const reason = format.refuse?.(wanted) ?? null;
  return reason === null
    ? success(wanted)
    : refuse("illegal-weight", `the weights of ${split.kind} ${split.name} ${reason}`);
}
