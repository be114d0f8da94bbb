import type { HeaderRoute, ManagedRoute, MirrorRoute } from "../../config/types.ts";
import type { Block } from "../blocks.ts";
import { isSame } from "../destination.ts";
import { startOf } from "../graph.ts";
import type { Item, Rule, RuleArm } from "../kind.ts";
import type { Place } from "../place.ts";
import { failure } from "../result.ts";
import type { Result } from "../types.ts";

/** The split a route stands beside. */
export interface SplitAt {
  readonly object: Place;
  /** `VirtualService checkout`, for messages. */
  readonly words: string;
  /** Of the object, the split's own among them. */
  readonly rules: readonly Rule[];
  readonly rule: Rule;
  readonly canary: RuleArm;
}

/** How a kind has routes beside its split. */
export interface RouteWay<R extends ManagedRoute> {
  /** Where it writes them, for people. */
  readonly where: string;
  /** What of a route is there. */
  find(split: SplitAt, route: R): Standing;
  /** What to put in for a route of which nothing is there. */
  add(split: SplitAt, route: R): Result<readonly Block[]>;
  /** What stands of it as rules of its own, however it was changed; none where it is a part of the split's. */
  items(split: SplitAt, route: R): readonly Item[];
  /** All that is to be taken out for it to be gone; none where nothing of it is there. */
  remove(split: SplitAt, route: R): Result<readonly Block[]>;
}

/**
 * `changed`: something is there that does the same or almost, but not as it would be written now. `unclear`:
 * the object stands for more than is read.
 */
export type Standing =
  | { readonly is: "absent" }
  | { readonly is: "written" }
  | { readonly is: "changed"; readonly at: Place }
  | { readonly is: "unclear"; readonly at: Place };

/** Why a kind cannot, and what to do instead. */
export interface Cannot {
  readonly cannot: string;
}

/** What each kind says of both; left out where it has no such thing at all. */
export interface Routes {
  readonly header?: RouteWay<HeaderRoute> | Cannot;
  readonly mirror?: RouteWay<MirrorRoute> | Cannot;
}

/** The code of what says that a route cannot be set. */
export const NO_ROUTE = "no-route";

export const ABSENT: Standing = { is: "absent" };
export const WRITTEN: Standing = { is: "written" };

export function refused({ source, node }: Place, message: string): Result<never> {
  return failure(source.problemAt(startOf(node), NO_ROUTE, message));
}

/** Of a route that cannot be looked for. */
export function tooMuch({ object, words }: SplitAt, route: ManagedRoute): Result<never> {
  const message = `the ${route.kind} route "${route.name}" cannot be looked for beside this split of ${words}: with its aliases written out the object is larger than any that is read; write it with fewer of them`;
  return failure(object.source.problemAt(startOf(object.node), "too-large", message));
}

/** True for a rule that sends all it takes to the canary. */
export function isToCanary({ arms }: Rule, split: SplitAt): boolean {
  const [only, other] = arms;
  const to = only?.destination ?? null;
  const { destination } = split.canary;
  if (other !== undefined || to === null || destination === null || !isSame(to, destination)) return false;
  return !isByPort(split) || to.port === destination.port;
}

/** True when only its port tells the canary from another arm of the split. */
export function isByPort({ rule, canary }: SplitAt): boolean {
  const { destination } = canary;
  return rule.arms.some(
    (arm) =>
      arm !== canary &&
      arm.destination !== null &&
      destination !== null &&
      isSame(arm.destination, destination),
  );
}

/** What people see of our own rules in kinds whose rules have names. */
export function nameOf(route: ManagedRoute): string {
  return `${PREFIX}${route.name}`;
}

const PREFIX = "sluice-";

/** True for a rule that is there for a release alone: it does not count when rules are told apart by their order. */
export function isOurName(name: string | null): boolean {
  return name?.startsWith(PREFIX) === true;
}
