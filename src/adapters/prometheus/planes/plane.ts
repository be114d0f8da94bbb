/**
 * How one data plane counts the requests of the two sides of a split.
 *
 * Values of labels are patterns: plain text with `{namespace}`, `{service}`, `{side}` (what this data plane calls
 * the side), `{backend}` (the arm of the target), `{port}`, `{route}` and `{any}`; see `names.ts`.
 */
export interface Plane {
  /** For people, such as `Linkerd, server side`. */
  readonly title: string;
  /** What `{side}` is unless the configuration says otherwise: the workload's name, or the arm's in the target. */
  readonly sideIs: "workload" | "backend";
  /** Labels that both sides share. */
  readonly scope: Readonly<Record<string, string>>;
  /** More of them, used only where the configuration says `metrics.route`. */
  readonly narrow?: Readonly<Record<string, string>>;
  /** Labels that tell a side: one of the rows matches whole; a missing label is the empty string. */
  readonly sides: readonly Labels[];
  /** The same for the stable side, where it is told in another way. */
  readonly stable?: readonly Labels[];
  /** One increment a request, in one of them. */
  readonly requests: readonly Counter[];
  /** Empty where the data plane keeps no histogram. */
  readonly latency: readonly Histogram[];
  /** The label that says that a request came by mutual TLS. */
  readonly mtls: { readonly label: string; readonly value: string } | null;
  /** Requests that a circuit breaker turned away. `sides` as above. */
  readonly overflow: {
    readonly metric: string;
    readonly sides: readonly Labels[];
    readonly hint: string;
  } | null;
  /** Edges of the histogram as it is shipped, in milliseconds; null where the application decides. */
  readonly edges: readonly number[] | null;
  /** Why no request is counted twice, in words. */
  readonly once: string;
  /** What it cannot tell, a sentence each, for plans and the documentation. */
  readonly blind: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

export interface Counter {
  readonly metric: string;
  /** Only series that match all of these are counted. */
  readonly where: Readonly<Record<string, Rule>>;
  /** A series counts failures when one of these rows matches it whole; a missing label is the empty string. */
  readonly failed: readonly Readonly<Record<string, Rule>>[];
}

export interface Histogram {
  /** Cumulative, with a `le` label: its name ends with `_bucket`. */
  readonly metric: string;
  readonly unit: "ms" | "s";
  readonly where: Readonly<Record<string, Rule>>;
}

/** Regular expressions in what RE2 and JavaScript share, matched against the whole value. */
export type Rule = { readonly is: string } | { readonly not: string };

/** Envoy's own edges (envoyproxy/envoy source/common/stats/histogram_impl.cc). */
export const ENVOY_EDGES = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/** Those of the Prometheus clients. */
export const CLIENT_EDGES = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];

export const SERVER_ERROR: Rule = { is: "5.." };

/** UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS: the failures of a server, not of its caller. */
export const GRPC_FAILURE: Rule = { is: "2|4|13|14|15" };

export const GRPC_IS_BLIND =
  "gRPC: a failed call answers 200 and its status is no label here; use application metrics for gRPC services.";
