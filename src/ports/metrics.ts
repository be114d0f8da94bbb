import type { Observation } from "../analysis/types.ts";
import type { Mesh, MetricsNames, Rollout, Slo } from "../config/types.ts";

export interface Metrics {
  /** Never throws: what cannot be read is `unavailable`, with the reason. */
  observe(question: MetricsQuestion): Promise<Observation>;
  /** What the metrics of a rollout cannot tell, a sentence each; for plans. */
  blindSpots(rollout: Pick<Rollout, "mesh" | "slos" | "metrics">): readonly string[];
  /** Whether the objects of a rollout are such as its data plane counts; for plans. */
  fitOf(question: FitQuestion): Fit;
  /** Where people see a query over some time (epoch ms); null where the operator named no such place. */
  link(source: string, query: string, window: { readonly from: number; readonly to: number }): string | null;
  /** Runs a query once. Never throws. */
  checkQuery(source: string, query: string, now: number): Promise<QueryCheck>;
}

export interface MetricsQuestion {
  /** A source by the operator's name. */
  readonly source: string;
  readonly mesh: Mesh;
  readonly namespace: string;
  readonly service: string;
  /** Workload names. */
  readonly stable: string;
  readonly canary: string;
  /** The arms of the target, for data planes that count by backend; without them, the workloads' names. */
  readonly arms?: { readonly stable: string; readonly canary: string } | undefined;
  /** What the rollout says of its metrics. */
  readonly names?: MetricsNames | undefined;
  /** Epoch ms. Counts are wanted after this; the source is asked up to `now`. */
  readonly since: number;
  readonly now: number;
  /** Epoch ms, at most 6 h apart: what the stable side did between them is wanted too; `to` is at most `since`. */
  readonly history?: { readonly from: number; readonly to: number } | undefined;
  /** The side whose committed weight is 0, if any: that nothing is heard of it is no sign of trouble. */
  readonly idle?: "stable" | "canary" | undefined;
  /** False spares the histogram query when no SLO is about latency; histograms are read otherwise. */
  readonly latency?: boolean | undefined;
  /** PromQL of the rollout's `query` SLOs, each evaluated at `asOf`, or one of `NAMED_QUERIES`. */
  readonly queries: readonly string[];
}

/** Whose requests are counted. */
export type Sides = Pick<
  MetricsQuestion,
  "mesh" | "namespace" | "service" | "stable" | "canary" | "arms" | "names"
>;

/** What is known without asking anybody. */
export interface FitQuestion {
  readonly sides: Sides;
  readonly slos: readonly Slo[];
  readonly workloads: readonly {
    readonly file: string;
    readonly kind: string;
    readonly namespace: string | null;
    readonly name: string;
  }[];
  readonly splits: readonly {
    readonly file: string;
    readonly kind: string;
    readonly name: string;
    readonly route: string | null;
    /** Services whose requests it takes, where its object says so. */
    readonly parents?: readonly string[];
    /** Values by their path, of whatever is made from them. */
    readonly byPath: boolean;
  }[];
}

export interface Fit {
  /** Why no release can be judged, in words; null where one may. */
  readonly problem: string | null;
  /** What does not seem to fit, a sentence each. */
  readonly notes: readonly string[];
}

/** Whether a query can mean what it says on its source. */
export type QueryCheck =
  /** One number, now. */
  | { readonly status: "ok"; readonly value: number }
  /** Nothing wrong can be seen, and nothing is there now: it may come with traffic. */
  | { readonly status: "empty"; readonly words: string }
  /** In Prometheus' own words where it has some. */
  | { readonly status: "problem"; readonly words: string }
  /** The source did not answer. */
  | { readonly status: "unavailable"; readonly words: string };
