/** What `.github/sluice.yaml` says, after defaults: the shapes every other room reads. Durations are milliseconds. */

/** The data planes whose metrics we know; one word here, one row in adapters/prometheus/planes. */
export const MESHES = [
  "istio",
  "istio-ambient",
  "linkerd",
  "linkerd-outbound",
  "cilium",
  "envoy-gateway",
  "contour",
  "traefik",
  "ingress-nginx",
  "kuma",
  "kuma-3",
  "consul",
  "knative",
  "app",
] as const;
export type Mesh = (typeof MESHES)[number];

export interface Config {
  readonly version: 1;
  /** The deployment branch; null means the repository's default branch. */
  readonly branch: string | null;
  readonly rollouts: readonly Rollout[];
  /** Where the rollouts of this code are; absent where they are here. */
  readonly manifests?: Manifests;
}

/** What a repository of code says of its manifests. */
export interface Manifests {
  /** `acme/deploy` */
  readonly repository: string;
  readonly rollouts: readonly string[];
}

/** Where a rollout's images come from, where its code is in another repository. */
export interface ImageSource {
  /** `acme/checkout` */
  readonly repository: string;
  readonly on:
    | { readonly kind: "merge" | "dispatch" }
    | { readonly kind: "deployment"; readonly environment: string; readonly when: "created" | "success" };
  /** Without tag or digest. */
  readonly image: string;
  /** Has `{sha}` or `{short}`. */
  readonly tag: string;
}

export interface Rollout {
  readonly name: string;
  readonly mesh: Mesh;
  readonly namespace: string;
  readonly service: string;
  /** Name of a metrics source that the operator configured; never an address. */
  readonly prometheus: string;
  /** Name of a cluster that the operator configured; null: nothing is read from one. */
  readonly cluster: string | null;
  /** Absent where nothing is said of them. */
  readonly metrics?: MetricsNames;
  readonly targets: readonly Target[];
  /** Files that hold the two workloads (Deployment, StatefulSet, DaemonSet). */
  readonly workloads: { readonly stable: string; readonly canary: string };
  /** Absent where the code is here. */
  readonly from?: ImageSource;
  readonly on: Trigger;
  /** What must be open before the first step; absent: nothing. */
  readonly gates?: readonly Gate[];
  /** The last one's weight is 100, or less by the holdback. */
  readonly steps: readonly Step[];
  /** `steps: auto`: steps that the evidence makes needless are skipped. */
  readonly auto: boolean;
  readonly slos: readonly Slo[];
  /** Canary requests needed before an error rate or a quantile says anything. */
  readonly minRequests: number;
  readonly confidence: {
    /** Accepted probability that a good release is rolled back, a fraction. */
    readonly falseRollback: number;
  };
  /** When shares cannot tell whether the weight is live, it counts as live after this long. */
  readonly live: { readonly after: number };
  /** How long missing evidence may hold a release, and what happens then. `remind`: 0 for never. */
  readonly holds: { readonly limit: number; readonly then: "rollback" | "stay"; readonly remind: number };
  readonly windows: readonly Window[];
  /**
   * Those of the rollout and of the whole file. They count as they are now, whatever configuration a release began with.
   */
  readonly freezes: readonly Freeze[];
  readonly rollback: {
    readonly merge: "auto" | "manual";
    /** Undo the canary workload's change too. */
    readonly revert: boolean;
    /** With `merge: manual`: commit weight 0 at once and leave only the rest to the PR. */
    readonly traffic: "immediate" | "with-merge";
    /** An unmerged rollback PR is followed by a direct commit of weight 0 after this long. */
    readonly deadline: number;
    /** What happens to routes of the team's own that reach the canary outside the split. */
    readonly bypass: "hold" | "remove";
  };
  readonly promotion: { readonly strategy: "copy"; readonly settle: number };
  readonly supersede: "refuse" | "restart";
  /** How weights and images come to the deployment branch. */
  readonly delivery: "commit" | "pull-request";
  /** GitHub environment in which each release is shown as a deployment of ours; null: none is made. */
  readonly environment: {
    readonly name: string;
    /** Where what was deployed can be seen, https; null: nowhere that is known. */
    readonly url: string | null;
  } | null;
  readonly commit: CommitWords;
  /** GitHub logins, and teams as `@acme/payments`; empty means whoever may write. */
  readonly approvers: readonly string[];
}

/** How commits of weights and images are worded; the trailers are always ours. */
interface CommitWords {
  /** The subject, with `{what}`, and `{rollout}` or `{release}` where they are wanted. */
  readonly message: string;
  /** Ends the subject with `[skip ci]`. */
  readonly skipCi: boolean;
}

/** What a rollout says of the names its metrics use; null where the data plane's own rule holds. */
export interface MetricsNames {
  /** What the data plane calls the sides: the whole value of the label that tells them apart. */
  readonly stable: string | null;
  readonly canary: string | null;
  /** As it is in names of clusters; null: any. */
  readonly port: string | null;
  /** null: every route of the service. */
  readonly route: string | null;
  /** Read with `mesh: app` only. */
  readonly application: ApplicationMetrics;
}

/** Names of metrics and labels that an application keeps itself. */
export interface ApplicationMetrics {
  /** A counter with one increment a request. */
  readonly requests: string;
  /** Its label with the status, and a regular expression of those that are failures. */
  readonly status: string;
  readonly failed: string;
  /** A histogram, without `_bucket`. */
  readonly latency: string;
  readonly unit: "ms" | "s";
  /** The label that tells the sides apart; `pod` holds names that begin with the workload's. */
  readonly side: string;
  /** The label with the namespace; null: there is none. */
  readonly namespace: string | null;
}

/** What an application is taken to use unless it says otherwise: what most client libraries' examples have. */
export const APPLICATION: ApplicationMetrics = {
  requests: "http_requests_total",
  status: "code",
  failed: "5..",
  latency: "http_request_duration_seconds",
  unit: "s",
  side: "pod",
  namespace: "namespace",
};

/** Where a rollout says nothing. */
export const NO_NAMES: MetricsNames = {
  stable: null,
  canary: null,
  port: null,
  route: null,
  application: APPLICATION,
};

/** One object in one file that carries the weights. */
export interface Target {
  readonly file: string;
  readonly kind?: string;
  readonly name?: string;
  readonly route?: string;
  /** Arm names: subset, service or backend. */
  readonly stable: string;
  readonly canary: string;
}

export type Trigger =
  | { readonly kind: "merge" }
  | { readonly kind: "deployment"; readonly environment: string; readonly when: "created" | "success" }
  | { readonly kind: "command" }
  | ({ readonly kind: "schedule" } & Schedule);

/** Times on the wall clock of a zone. */
export interface Schedule {
  /** Five fields: minute, hour, day, month, weekday. */
  readonly cron: string;
  /** IANA name. */
  readonly zone: string;
}

/** No release starts and no weight rises from `from` on, before `until`; epoch ms. */
export interface Freeze {
  readonly from: number;
  readonly until: number;
  readonly reason: string | null;
}

/**
 * One rung of the ladder: what it sets, with the pauses that follow it.
 * It ends when it was live for `bake`, has verdict `pass`, and, if asked for, an approval and open gates.
 */
export interface Step {
  /** Percent of stable + canary, at most 100; never goes down. 0 only where routes alone expose the canary. */
  readonly weight: number;
  /** Routes of ours that stand during this step, in the order they were set. */
  readonly routes: readonly ManagedRoute[];
  readonly bake: number;
  readonly approval: boolean;
  /** What must be open before it is left; absent: nothing. */
  readonly gates?: readonly Gate[];
}

/** Something outside that has to agree: another's check, an environment's protection rules, an operator's hook. */
export interface Gate {
  readonly kind: "check" | "environment" | "hook";
  /** Of the check, the environment or the hook. */
  readonly name: string;
}

/** A block that a step puts beside a split, and that goes when a later step or the end of the release says so. */
export type ManagedRoute = HeaderRoute | MirrorRoute;

/** Requests that match go to the canary, whatever the weights. */
export interface HeaderRoute {
  readonly kind: "header";
  /** Of the step, unique in its ladder. */
  readonly name: string;
  /** One of them is enough. */
  readonly match: readonly HeaderMatch[];
}

export interface HeaderMatch {
  readonly in: "header" | "cookie";
  /** Of the header or the cookie. */
  readonly name: string;
  readonly value: { readonly how: "exact" | "prefix" | "regex"; readonly text: string };
}

/** Copies of the split's requests go to the canary; its answers are thrown away. */
export interface MirrorRoute {
  readonly kind: "mirror";
  readonly name: string;
  /** Of the requests, over 0, at most 100. */
  readonly percent: number;
}

/**
 * Queries that are built in, each with a row in every data plane that can tell: the share of the canary's requests
 * that came by mutual TLS, how many a circuit breaker turned away, and how many came a second.
 * A `query` SLO with one of these words is made of it.
 */
export const NAMED_QUERIES = ["mtls", "overflow", "requestRate"] as const;
export type NamedQuery = (typeof NAMED_QUERIES)[number];

/** By evidence that may be looked at any time, against stable and the limit; or the plain number against the limit. */
export const JUDGE_MODES = ["sequential", "threshold"] as const;
type JudgeMode = (typeof JUDGE_MODES)[number];

export type Slo =
  | {
      readonly kind: "errorRate" /** a fraction, 0.05 for 5 % */;
      readonly max: number;
      readonly mode: JudgeMode;
    }
  | {
      readonly kind: "latency";
      readonly quantile: number;
      /** milliseconds */
      readonly max: number;
      readonly mode: JudgeMode;
    }
  | {
      readonly kind: "query";
      readonly query: string;
      readonly min: number | null;
      readonly max: number | null;
    };

/** Local wall-clock hours on some weekdays (1 = Monday .. 7 = Sunday). A window that ends before it starts runs past midnight. */
export interface Window {
  readonly days: readonly number[];
  /** Minutes after local midnight. */
  readonly from: number;
  readonly to: number;
  /** IANA name. */
  readonly zone: string;
  /** As it was written. */
  readonly text: string;
}

/** What is wrong with a file a person wrote, and where. Lines and columns start at 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Stable word for tests and documentation, such as `unknown-key`. */
  readonly code: string;
  /** What is wrong and what to do, in one or two sentences. */
  readonly message: string;
}
