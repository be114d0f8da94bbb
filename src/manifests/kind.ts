import type { Destination } from "./destination.ts";
import type { Place } from "./place.ts";
import type { Routes } from "./routes/way.ts";

/** How one kind of object carries weights: one file in `kinds/`, one row in `kinds.ts`. */
export interface SplitKind {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  /** May also be written as `type: KIND` without an apiVersion, outside Kubernetes. */
  readonly universal?: true;
  readonly format: WeightFormat;
  readonly about: About;
  /** What may stand beside its splits for some steps of a release; nothing where it is left out. */
  readonly routes?: Routes;
  /** Every list of destinations in order, also those with fewer than two. Made one by one: a reader may stop. */
  rules(object: Place): Iterable<Rule>;
  /** Where an object leaves its weights to another one of its kind. */
  delegates?(object: Place): Iterable<Delegate>;
}

export interface Delegate {
  readonly place: Place;
  readonly name: string;
  /** Null for the object's own. */
  readonly namespace: string | null;
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
  /** Where the rules are written down. */
  readonly source: string;
}

export interface Rule {
  /** The rule's own name, if it has one. */
  readonly name: string | null;
  /** Its place such as `http[1]`; null where a kind has one rule only. */
  readonly path: string | null;
  readonly arms: readonly RuleArm[];
  /** What is to go for the rule to go; null where the object as a whole is the rule. */
  readonly item: Item | null;
  /** The requests it takes: those that meet all terms of one of these; empty when it takes all. */
  readonly match: readonly Terms[];
  /**
   * Which of two rules of one list gets a request that both take: always the `first`, or the first of those
   * whose terms are the `same`. Left out where neither is certain.
   */
  readonly order?: "first" | "same";
  /** Where one object's rules differ in how weights are written; else the kind's. */
  readonly format?: WeightFormat;
}

/** An item of a list, or some keys of a map. */
export type Item =
  | { readonly in: "list"; readonly list: Place; readonly place: Place }
  | { readonly in: "keys"; readonly map: Place; readonly keys: readonly string[] };

/** What a request must have: a key and what lies under it, the key empty where there is none. */
export type Terms = readonly (readonly [string, Place])[];

export interface RuleArm {
  /** Where the destination is written. */
  readonly place: Place;
  /** What a person may call it, shortest first; empty when it says nothing to call it by. */
  readonly names: readonly string[];
  /** Null where it says none, or where it is not in the file. */
  readonly destination: Destination | null;
  readonly weight: Carrier;
}

/** Where an arm's weight is written. */
export type Carrier =
  /** The value of a key of a map, or of an index of a list. `quote`: a missing one is written as text. */
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
  /** What all weights must make together, where only one sum is legal. */
  readonly sum?: number;
  /** An arm's weight in the split's own units, or why it cannot be read. */
  read(written: readonly Written[]): readonly (number | string)[];
  /** The text for an arm's new weight, without quotes. */
  write(weight: number, written: readonly Written[], arm: number): string;
  /** Why weights that are each within bounds are not legal together; null when they are. */
  refuse?(weights: readonly number[]): string | null;
}
