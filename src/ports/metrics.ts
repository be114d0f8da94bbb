import type { Observation } from "../analysis/types.ts";
import type { Mesh } from "../config/types.ts";

export interface Metrics {
  /** Never throws: what cannot be read is `unavailable`, with the reason. */
  observe(question: MetricsQuestion): Promise<Observation>;
}

export interface MetricsQuestion {
  /** A source by the operator's name. */
  readonly source: string;
  readonly mesh: Mesh;
  readonly namespace: string;
  readonly service: string;
  /** Workload names, as the mesh labels them. */
  readonly stable: string;
  readonly canary: string;
  /** Epoch ms. Counts are wanted after this; the source is asked up to `now`. */
  readonly since: number;
  readonly now: number;
  /** The side whose committed weight is 0, if any: that nothing is heard of it is no sign of trouble. */
  readonly idle?: "stable" | "canary" | undefined;
  /** False spares the histogram query when no SLO is about latency; histograms are read otherwise. */
  readonly latency?: boolean | undefined;
  /** PromQL of the rollout's `query` SLOs, each evaluated at `asOf`. */
  readonly queries: readonly string[];
}
