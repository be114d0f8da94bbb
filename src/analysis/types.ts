/** Requests of one side in one stretch of time. */
export interface Counts {
  readonly requests: number;
  readonly errors: number;
  /** Cumulative histogram: `count` requests took at most `le` milliseconds; ascending; the last `le` is Infinity. Empty when the source has none. */
  readonly latency: readonly { readonly le: number; readonly count: number }[];
}

/** What both sides did between the scrape before and `at` (epoch ms). */
export interface Scrape {
  readonly at: number;
  readonly canary: Counts;
  readonly stable: Counts;
  /** A counter began again at zero, so some requests of it are missing; shares prove nothing then. */
  readonly restarted?: true;
}

/** Everything a verdict is made from, besides the configuration. */
export interface Evidence {
  /** Epoch ms: counts begin after this. */
  readonly from: number;
  /** The last scrape complete on both sides; nothing after it was looked at. */
  readonly asOf: number;
  /** Ascending by `at`, all in (from, asOf]. */
  readonly scrapes: readonly Scrape[];
  /** Results of the rollout's own queries, in the order of its `query` SLOs. */
  readonly queries: readonly QueryReading[];
  /** The PromQL that was asked, for the record. */
  readonly asked: readonly string[];
  /** The stable side before, ascending; empty unless it was asked for. */
  readonly past?: readonly Past[];
  /** Where the counts are not exact: why, in one sentence. */
  readonly loss?: string;
}

/** What the stable side did in (from, at], epoch ms. */
export interface Past {
  readonly from: number;
  readonly at: number;
  readonly stable: Counts;
}

export type QueryReading =
  | { readonly status: "value"; readonly value: number }
  | { readonly status: "empty" }
  | { readonly status: "unusable"; readonly reason: string };

/** Why a metrics source gave nothing to judge. Always `unavailable`, never data. */
export interface Unavailable {
  readonly status: "unavailable";
  /** `timeout`, `connection`, `http-status`, `unauthorised`, `rate-limited`, `not-json`, `query-error`, `warnings`, `unknown-source`, `stale`, … */
  readonly code: string;
  /** One line, free of credentials and addresses. */
  readonly detail: string;
}

export type Observation = { readonly status: "ok"; readonly evidence: Evidence } | Unavailable;

export type VerdictWord = "pass" | "fail" | "inconclusive" | "unavailable";

export interface Verdict {
  readonly verdict: VerdictWord;
  /** Epoch ms of the window; null when nothing was read. */
  readonly window: { readonly from: number; readonly asOf: number } | null;
  readonly slos: readonly SloVerdict[];
  /** Percent to which the weight should go back so that the sides can be compared, or trouble be told from its cause. */
  readonly retreat?: number;
  /** With `pass`: the highest percent of the ladder that the evidence allows next. */
  readonly advance?: number;
  /** One line for people: the reason, with its numbers. */
  readonly words: string;
  /** The PromQL that was asked for it; absent where nothing was. */
  readonly asked?: readonly string[];
}

export interface SloVerdict {
  readonly verdict: VerdictWord;
  /** `error rate`, `p99 latency`, or the query's text. */
  readonly name: string;
  /** With its unit, `5 %` or `500 ms`. */
  readonly limit: string;
  readonly canary: string | null;
  readonly stable: string | null;
  /** Canary requests judged; null for a query. */
  readonly requests: number | null;
  readonly words: string;
}

/** Does the data plane do what git says? */
export type LiveReading =
  | {
      readonly live: true;
      readonly how: "proof" | "shares" | "time";
      /** When shares had made it certain, epoch ms. */
      readonly at?: number;
      readonly detail: string;
    }
  | { readonly live: false; readonly detail: string };

/**
 * What a cluster shows of one thing that is to be proven. `unknown`: it answers, and this cannot be told from it, so
 * something else is used; `unavailable`: it does not answer, which proves nothing and lets nothing pass.
 */
export type Proof =
  | { readonly status: "proven"; readonly words: string }
  | { readonly status: "not-yet"; readonly words: string }
  | { readonly status: "unknown"; readonly words: string }
  | { readonly status: "unavailable"; readonly words: string };

/** The same of a workload; `failed` with the reason of a pod or of the workload itself. */
export type Readiness = Proof | { readonly status: "failed"; readonly words: string };

/** Where the live objects differ from git. */
export interface Drift {
  /** Which field, what it says there and in git, and who manages it. */
  readonly words: string;
  /** When it was last written, epoch ms by our clock. */
  readonly since: number;
}

/** What one look at a cluster found. */
export interface ClusterReading {
  /** Does the data plane do what the targets say; null where it was not asked for. */
  readonly traffic: Proof | null;
  /** When the live objects were last written as git says, epoch ms; null where that is not so, or not known. */
  readonly appliedAt: number | null;
  readonly drift: Drift | null;
  /** Does the workload run this version, all of it; null where it was not asked for. */
  readonly canary: Readiness | null;
  readonly stable: Readiness | null;
}
