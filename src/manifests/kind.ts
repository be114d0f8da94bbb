import type { Place } from "./place.ts";

/** How one kind of object carries weights: one file in `kinds/`, one row in `kinds.ts`. */
export interface SplitKind {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  /** May also be written as `type: KIND` without an apiVersion, outside Kubernetes. */
  readonly universal?: true;
  readonly format: WeightFormat;
  readonly about: About;
  /** Every list of destinations in order, also those with fewer than two. Made one by one: a reader may stop. */
  rules(object: Place): Iterable<Rule>;
  /** Where an object says that its weights are in another one: the place, and what is there. */
  delegates?(object: Place): Iterable<readonly [Place, string]>;
}

/** What people need to know about a kind; printed by `sluice kinds` and in docs/kinds.md. */
export interface About {
  /** The product whose kind it is. */
  readonly router: string;
  readonly weightPath: string;
  /** What a weight means and what a missing one means. */
  readonly semantics: string;
  /** Legal weights and sums. */
  readonly bounds: string;
  /** What a configuration calls an arm. */
  readonly armNames: string;
  /** Where the kind sends chosen requests to the canary by header; null when it cannot. */
  readonly headerRoutes: string | null;
  /** Where the kind sends copies of requests to the canary; null when it cannot. */
  readonly mirror: string | null;
  /** Where the rules are written down. */
  readonly source: string;
}

export interface Rule {
  /** The rule's own name, if it has one. */
  readonly name: string | null;
  /** Its place such as `http[1]`; null where a kind has one rule only. */
  readonly path: string | null;
  readonly arms: readonly RuleArm[];
  /** Where one object's rules differ in how weights are written; else the kind's. */
  readonly format?: WeightFormat;
}

export interface RuleArm {
  /** Where the destination is written. */
  readonly place: Place;
  /** What a person may call it, shortest first; empty when it says nothing to call it by. */
  readonly names: readonly string[];
  readonly weight: Carrier;
}

/** Where an arm's weight is written. */
export type Carrier =
  /** The value of a key of a map. `quote`: a missing one is written as text. */
  | { readonly in: "key"; readonly map: Place; readonly key: string; readonly quote?: true }
  /** A number from `from` to `to` of the text that is the value of a key. */
  | {
      readonly in: "text";
      readonly map: Place;
      readonly key: string;
      readonly from: number;
      readonly to: number;
      readonly written: Written;
    }
  /** Nowhere: it is what the other arms leave of a fixed sum. */
  | { readonly in: "rest" };

/** A weight as it was written; null where there is none. */
export type Written = { readonly text: string; readonly quoted: boolean } | null;

/** How a kind writes its weights down. All arms are read together, for they share a unit. */
export interface WeightFormat {
  /** Largest legal weight. */
  readonly max: number;
  /** An arm's weight in the split's own units, or why it cannot be read. */
  read(written: readonly Written[]): readonly (number | string)[];
  /** The text for an arm's new weight, without quotes. */
  write(weight: number, written: readonly Written[], arm: number): string;
  /** Why weights that are each within bounds are not legal together; null when they are. */
  refuse?(weights: readonly number[]): string | null;
}
