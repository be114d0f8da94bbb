import type { ClusterReading } from "../analysis/types.ts";

/** What a cluster shows of a rollout. */
export interface Cluster {
  /** Never throws: what cannot be read is `unavailable`, what cannot be told `unknown`, each with the reason. */
  look(question: ClusterQuestion): Promise<ClusterReading>;
}

export interface ClusterQuestion {
  /** A cluster by the operator's name. */
  readonly cluster: string;
  /** Namespace of objects that name none. */
  readonly namespace: string;
  readonly targets: readonly TargetQuestion[];
  /** Whether a revision that a GitOps tool says it applied has the commit of these weights; null: nobody can tell. */
  readonly contains: (revision: string) => Promise<boolean | null>;
  /** Workloads that must run their version; null: not asked for. */
  readonly canary: WorkloadQuestion | null;
  readonly stable: WorkloadQuestion | null;
}

/** An object, and the weights it must have. */
export interface TargetQuestion {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** As in `Split`. */
  readonly route: string | null;
  readonly arms: { readonly stable: string; readonly canary: string };
  readonly weights: { readonly stable: number; readonly canary: number };
}

export interface WorkloadQuestion {
  /** Deployment, StatefulSet or DaemonSet. */
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  /** The pod template as git declares it, JSON. */
  readonly template: unknown;
  /** As git declared it before this version: what was taken out must be gone. Null: not known. */
  readonly before: unknown;
}
