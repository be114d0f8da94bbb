import { type Destination, isSame, settled } from "../destination.ts";
import { DIRECT } from "../direct.ts";
import { chooseIn } from "../find.ts";
import type { Carrier, Rule, SplitKind, WeightFormat } from "../kind.ts";
import { KINDS } from "../kinds.ts";
import { kindsAmong, type LocatedSplit, type ObjectRules, rulesIn } from "../locate.ts";
import { mattersTo } from "../matters.ts";
import { at, type Place, textOf } from "../place.ts";
import { success } from "../result.ts";
import { LONGEST_TEXT, readSource, type Source } from "../source.ts";
import type { Result, Selector } from "../types.ts";

/** What a configuration calls the two arms of a split. */
export interface Sides {
  readonly stable: string;
  readonly canary: string;
}

/** A kind whose rules can send requests on, with weights or without. */
export type Way = Pick<SplitKind, "kind" | "apiVersions" | "universal" | "format" | "rules">;

/** A split among all the rules of its file. */
export interface Chosen {
  readonly source: Source;
  readonly split: LocatedSplit;
  /** The rule that is the split; null where it is a value by path that is no known object's. */
  readonly rule: Rule | null;
  readonly stable: Destination | null;
  /** Null where nothing says what the canary is, or nothing tells it from the stable side. */
  readonly canary: Destination | null;
  readonly ways: readonly ObjectRules<Way>[];
}

/** A destination without a weight gets everything. */
const everything: WeightFormat = {
  max: 100,
  read: (written) => written.map(() => 100),
  write: (weight) => String(weight),
};

const WAYS: readonly Way[] = [...KINDS, ...DIRECT.map((kind) => ({ ...kind, format: everything }))];

/** The split that a selector means, with every rule of the file beside it. */
export function chooseAmongAll(file: string, text: string, selector: Selector, sides: Sides): Result<Chosen> {
  const wanted = { ...selector, arms: [sides.stable, sides.canary] };
  const matters = mattersTo(wanted);
  const chosen = chooseRead(readSource(file, text, matters), wanted, sides);
  // Of a long text only what the selector means was read: whatever has the canary's name in it may matter too.
  const name = chosen.ok ? chosen.value.canary?.name : undefined;
  if (name === undefined || text.length <= LONGEST_TEXT) return chosen;
  const more = (document: string) => matters(document) || document.includes(name);
  return chooseRead(readSource(file, text, more), wanted, sides);
}

function chooseRead(source: Result<Source>, selector: Selector, sides: Sides): Result<Chosen> {
  if (!source.ok) return source;
  const split = chooseIn(source.value, selector);
  if (!split.ok) return split;
  const ways = rulesIn(source.value, (object) => kindsAmong(WAYS, object));
  if (!ways.ok) return ways;
  const chosen = { source: source.value, split: split.value, ways: ways.value };
  const stable = armIn(chosen, sides.stable, selector);
  const canary = armIn(chosen, sides.canary, selector);
  const isOne =
    stable?.destination && canary?.destination
      ? isSame(stable.destination, canary.destination) && stable.destination.port === canary.destination.port
      : false;
  return success({
    ...chosen,
    rule: canary?.rule ?? stable?.rule ?? null,
    stable: stable?.destination ?? null,
    canary: isOne ? null : (canary?.destination ?? null),
  });
}

interface Arm {
  readonly rule: Rule;
  readonly destination: Destination | null;
}

/** An arm of the split, found again among the rules by the place of its weight. */
function armIn(
  { split, ways }: Pick<Chosen, "split" | "ways">,
  name: string,
  selector: Selector,
): Arm | null {
  const located = split.arms.find((arm) => arm.name === name);
  if (located === undefined) return null;
  for (const { object, rules } of ways) {
    for (const rule of rules) {
      const arm = rule.arms.find(({ weight }) => isSameCarrier(weight, located.carrier));
      if (arm === undefined) continue;
      const namespace = namespaceOf(object, selector);
      return { rule, destination: arm.destination === null ? null : settled(arm.destination, namespace) };
    }
  }
  return null;
}

/** Where an object belongs that does not say so, as far as the selector knows. */
export function namespaceOf(object: Place, selector: Selector): string | null {
  return textOf(at(object, "metadata", "namespace")) ?? selector.namespace ?? null;
}

function isSameCarrier(one: Carrier, other: Carrier): boolean {
  if (one.in === "rest" || other.in === "rest") return false;
  if (one.map.node !== other.map.node || one.key !== other.key) return false;
  return one.in === "text" && other.in === "text" ? one.from === other.from : one.in === other.in;
}
