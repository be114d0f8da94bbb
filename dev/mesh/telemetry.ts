import { Counter, Histogram, Registry } from "prom-client";
import type { Pods } from "./desired.ts";

/** Envoy's default histogram edges in milliseconds. */
const EDGES_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000,
  3600000,
];

const LABELS = [
  "reporter",
  "source_workload",
  "source_workload_namespace",
  "source_canonical_service",
  "source_canonical_revision",
  "source_app",
  "source_version",
  "source_principal",
  "destination_workload",
  "destination_workload_namespace",
  "destination_service",
  "destination_service_name",
  "destination_service_namespace",
  "destination_canonical_service",
  "destination_canonical_revision",
  "destination_app",
  "destination_version",
  "destination_principal",
  "request_protocol",
  "response_code",
  "grpc_response_status",
  "response_flags",
  "connection_security_policy",
] as const;

export type Reporter = "source" | "destination";

interface Seen {
  readonly service: string;
  /** Null when no pod was reached. */
  readonly pods: Pods | null;
  readonly responseCode: number;
  readonly responseFlags: string;
  readonly milliseconds: number;
}

/** What one proxy counts since it started: Istio's standard metrics with Istio's labels. */
export class Telemetry {
  readonly #registry = new Registry();
  readonly #reporter: Reporter;
  readonly #requests = new Counter({
    name: "istio_requests_total",
    help: "requests",
    labelNames: LABELS,
    registers: [this.#registry],
  });
  readonly #duration = new Histogram({
    name: "istio_request_duration_milliseconds",
    help: "request duration",
    labelNames: LABELS,
    buckets: EDGES_MS,
    registers: [this.#registry],
  });

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  record(seen: Seen): void {
    const { pods } = seen;
    const namespace = pods?.namespace ?? "unknown";
    const labels = {
      reporter: this.#reporter,
      source_workload: "istio-ingressgateway",
      source_workload_namespace: "istio-system",
      source_canonical_service: "istio-ingressgateway",
      source_canonical_revision: "latest",
      source_app: "istio-ingressgateway",
      source_version: "unknown",
      source_principal: "spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway",
      destination_workload: pods?.workload ?? "unknown",
      destination_workload_namespace: namespace,
      destination_service: `${seen.service}.${namespace}.svc.cluster.local`,
      destination_service_name: seen.service,
      destination_service_namespace: namespace,
      destination_canonical_service: seen.service,
      destination_canonical_revision: pods?.version ?? "unknown",
      destination_app: seen.service,
      destination_version: pods?.version ?? "unknown",
      destination_principal: pods ? `spiffe://cluster.local/ns/${namespace}/sa/${seen.service}` : "unknown",
      request_protocol: "http",
      response_code: String(seen.responseCode),
      grpc_response_status: "",
      response_flags: seen.responseFlags,
      connection_security_policy: this.#reporter === "destination" ? "mutual_tls" : "unknown",
    };
    this.#requests.inc(labels);
    this.#duration.observe(labels, seen.milliseconds);
  }

  exposition(): Promise<string> {
    return this.#registry.metrics();
  }
}
