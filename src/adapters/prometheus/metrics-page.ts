import { APPLICATION, MESHES, type Mesh } from "../../config/types.ts";
import { kindsSeen } from "./fit.ts";
import type { Names } from "./names.ts";
import { planeOf } from "./planes/index.ts";
import type { Plane } from "./planes/plane.ts";
import { type Queries, queriesOf } from "./promql.ts";

/** One row of what `sluice metrics` prints. */
interface MetricsRow {
  readonly mesh: Mesh;
  readonly title: string;
  /** What a side is called by unless `metrics:` says otherwise. */
  readonly sides: "workload" | "backend";
  /** Labels that tell the sides apart. */
  readonly labels: readonly string[];
  /** Kinds whose splits it shows; null: whatever splits. */
  readonly kinds: readonly string[] | null;
  readonly unit: "ms" | "s";
  /** Milliseconds; the application's own may differ. */
  readonly edges: readonly number[] | null;
  readonly once: string;
  /** What it cannot tell. */
  readonly blind: readonly string[];
  /** PromQL of the canary `checkout-canary` of the service `checkout` in the namespace `shop`. */
  readonly queries: Queries;
}

const EXAMPLE: Names = {
  namespace: "shop",
  service: "checkout",
  route: null,
  stable: { side: "checkout", backend: "checkout", port: null },
  canary: { side: "checkout-canary", backend: "checkout-canary", port: null },
};

export function metricsRows(): readonly MetricsRow[] {
  return MESHES.map((mesh) => rowOf(mesh, planeOf(mesh, APPLICATION)));
}

function rowOf(mesh: Mesh, plane: Plane): MetricsRow {
  return {
    mesh,
    title: plane.title,
    sides: plane.sideIs,
    labels: [...new Set(plane.sides.flatMap((row) => Object.keys(row)))],
    kinds: kindsSeen(mesh),
    unit: plane.latency[0]?.unit ?? "s",
    edges: plane.edges,
    once: plane.once,
    blind: plane.blind,
    queries: queriesOf(plane, EXAMPLE, 0.99),
  };
}

/** docs/metrics.md. */
export function metricsPage(): string {
  return `# Metrics of each data plane

Made from the rows in \`src/adapters/prometheus/planes\` by \`sluice metrics --markdown\`; do not edit.

\`mesh:\` of a rollout picks one of these rows. Sluice reads the raw samples of the series below, for both sides at once, and subtracts counters series by series, restarts included: \`rate()\` and \`increase()\` extrapolate, and their numbers are not requests. The PromQL here is the same in words a dashboard understands, for the canary \`checkout-canary\` of the service \`checkout\` in the namespace \`shop\`.

Where a name differs, say so in the rollout:

\`\`\`yaml
metrics:
  stable: checkout-v1   # the whole value of the label that tells the sides apart
  canary: checkout-v2
  port: 8080            # as it is in names of clusters; any, unless said
  route: checkout       # one route or Ingress of several
\`\`\`

SLOs that need no PromQL of your own: \`errorRate\`, \`latency\`, \`mtls: { min: 100% }\` (one request in plain text is enough to break it), \`overflow: { max: 0 }\` (requests a circuit breaker turned away) and \`requestRate: { min: 5 }\`. They count since the step became live. What a row has not got is refused as an SLO. Failed requests that no series shows are 0 only where requests are shown.

Of a selector with more than 2,000 series of requests, or a histogram of about 4,000, the source adds up the series over a minute at a time; the evidence says so.

${metricsRows().map(section).join("\n")}`;
}

function section(row: MetricsRow): string {
  const { queries } = row;
  const texts = [
    ["Requests a second", queries.requestRate],
    ["Error rate", queries.errorRate],
    [`p99 latency, ${row.unit}`, queries.latency],
    ["Share by mutual TLS", queries.mtls],
    ["Turned away by circuit breakers", queries.overflow],
  ] as const;
  const promql = texts.flatMap(([title, text]) => (text === null ? [] : [`# ${title}`, text]));
  const missing = texts.flatMap(([title, text]) => (text === null ? [title.toLowerCase()] : []));
  const sides = row.sides === "workload" ? "the workload's name" : "the arm's name in the target";
  const facts = [
    `- **Sides**: by ${row.labels.map((label) => `\`${label}\``).join(", ")}; ${sides}, unless \`metrics:\` says otherwise`,
    `- **Counted once**: ${row.once}`,
    ...(row.kinds ? [`- **Split by**: ${row.kinds.map((kind) => `\`${kind}\``).join(", ")}`] : []),
    ...(row.edges ? [`- **Edges of the histogram**: ${row.edges.join(", ")} ms`] : []),
    ...(missing.length > 0 ? [`- **Not there**: ${missing.join(", ")}`] : []),
    ...row.blind.map((text) => `- ${text}`),
  ];
  const own = row.mesh === "app" ? OWN_NAMES : "";
  return `## \`mesh: ${row.mesh}\` (${row.title})\n\n${facts.join("\n")}\n\n${own}\`\`\`promql\n${promql.join("\n")}\n\`\`\`\n`;
}

const OWN_NAMES = `These are the names unless the rollout has others:

\`\`\`yaml
metrics:
  requests: ${APPLICATION.requests}
  status: ${APPLICATION.status}          # label with the status
  failed: ${APPLICATION.failed}           # regular expression of those that are failures
  latency: ${APPLICATION.latency}   # without _bucket; milliseconds where it ends so
  side: ${APPLICATION.side}             # label that tells the sides apart
  namespace: ${APPLICATION.namespace}  # label with the namespace, or none
\`\`\`

`;
