import type { Problem } from "../config/types.ts";

/** One place in a file where traffic is split by weight. */
export interface Split {
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** Tells the rules of one object apart: the route's own name, else its list and index such as `http[1]`; null where a kind has one split only. */
  readonly route: string | null;
  /** Services whose requests it takes, where the object says so (a mesh's HTTPRoute and the like). */
  readonly parents?: readonly string[];
  readonly arms: readonly Arm[];
  readonly limits: Limits;
  /** Where the split begins; starts at 1. */
  readonly line: number;
}

/** What a split's weights are held to, in the object's own units. */
export interface Limits {
  /** Largest legal weight. */
  readonly max: number;
  /** What all weights must make together; null where other sums are legal too. */
  readonly sum: number | null;
}

interface Arm {
  /** What a configuration calls `stable` or `canary`: subset, service or backend; unique within its split. */
  readonly name: string;
  /** In the object's own units. */
  readonly weight: number;
}

/** Narrows down the splits of a file. */
export interface Selector {
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly route?: string | undefined;
  /** Arms the split must have. */
  readonly arms?: readonly string[] | undefined;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

/** The two weights of interest, in the object's own units. */
export interface Weights {
  readonly stable: number;
  readonly canary: number;
}

/** A way to the canary that the weights of a split do not govern. */
export interface Bypass {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  /** As in `Split`. */
  readonly route: string | null;
  /** What requests it takes, in the file's own words on one line; null when it takes all. */
  readonly match: string | null;
  /** Percent of the route's requests that reach the canary, over 0. */
  readonly percent: number;
  /** Where the route begins; starts at 1. */
  readonly line: number;
}

/** A Deployment, StatefulSet or DaemonSet in a file. */
export interface Workload {
  readonly file: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** As it is written; null where it is not, or no number. */
  readonly replicas: number | null;
  /** Hash of the pod template without its labels: labels are what tells the two sides apart. */
  readonly version: string;
  /** The pod template as JSON, labels included, aliases and merges written out. */
  readonly template: unknown;
  /** Init containers included. */
  readonly containers: readonly { readonly name: string; readonly image: string }[];
}
