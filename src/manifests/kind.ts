import type { Place } from "./place.ts";

/** How one kind of object carries weights: one file in `kinds/`, one row in `kinds.ts`. */
export interface SplitKind {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  /** The key of an arm that holds its weight. */
  readonly weightKey: string;
  readonly format: WeightFormat;
  /** Every list of destinations, also those with fewer than two. */
  rules(object: Place): readonly Rule[];
}

export interface Rule {
  /** The rule's own name, if it has one. */
  readonly name: string | null;
  /** Its place such as `http[1]`; null where a kind has one rule only. */
  readonly path: string | null;
  /** One place an arm. */
  readonly arms: readonly Place[];
  /** What a person may call an arm, shortest first; empty when it says nothing to call it by. */
  armNames(arm: Place): readonly string[];
}

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
}
