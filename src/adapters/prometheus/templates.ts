import type { Mesh } from "../../config/types.ts";

/** How one mesh names what Sluice counts. */
export interface Template {
  /** A counter with one increment a request. */
  readonly requests: string;
  /** A cumulative histogram with a `le` label in milliseconds. */
  readonly buckets: string;
  /** Labels every series must have: one reporter only, since each request is counted once by each. */
  readonly fixed: Readonly<Record<string, string>>;
  readonly namespaceLabel: string;
  readonly workloadLabel: string;
  /** A series counts failures when one of these rows matches it whole; a missing label is the empty string. */
  readonly failed: readonly Readonly<Record<string, LabelRule>>[];
}

type LabelRule = { readonly is: RegExp } | { readonly not: RegExp };

/** gRPC answers 200 even when it fails: UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE and DATA_LOSS are the server's failures. */
const ISTIO = {
  requests: "istio_requests_total",
  buckets: "istio_request_duration_milliseconds_bucket",
  namespaceLabel: "destination_workload_namespace",
  workloadLabel: "destination_workload",
  failed: [
    { request_protocol: { not: /^grpc$/ }, response_code: { is: /^5..$/ } },
    { request_protocol: { is: /^grpc$/ }, grpc_response_status: { is: /^(2|4|13|14|15)$/ } },
  ],
} as const;

export const TEMPLATES: Readonly<Record<Mesh, Template>> = {
  istio: { ...ISTIO, fixed: { reporter: "destination" } },
  "istio-ambient": { ...ISTIO, fixed: { reporter: "waypoint" } },
};

/** The selector of one metric for both arms at once. */
export function selector(
  template: Template,
  metric: string,
  arms: { readonly namespace: string; readonly workloads: readonly string[] },
): string {
  const fixed = Object.entries(template.fixed).map(([label, value]) => `${label}=${quoted(value)}`);
  const names = arms.workloads.map(escapedRegex).join("|");
  return `${metric}{${[
    ...fixed,
    `${template.namespaceLabel}=${quoted(arms.namespace)}`,
    `${template.workloadLabel}=~${quoted(names)}`,
  ].join(",")}}`;
}

export function isFailure(template: Template, labels: Readonly<Record<string, string>>): boolean {
  return template.failed.some((row) =>
    Object.entries(row).every(([label, rule]) => {
      const value = labels[label] ?? "";
      return "is" in rule ? rule.is.test(value) : !rule.not.test(value);
    }),
  );
}

/** A PromQL string: backslash, quote and line break are all it needs escaped. */
function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

/** RE2's special characters; Prometheus anchors the whole by itself. */
function escapedRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}
