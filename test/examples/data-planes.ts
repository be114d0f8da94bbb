import type { Mesh } from "../../src/config/types.ts";
import type { Labels, Series } from "./counters.ts";

/** What the series of a service are called. */
export interface Named {
  readonly namespace: string;
  readonly service: string;
  readonly workload: string;
  /** The arm of the target. */
  readonly arm: string;
}

export type Fate = "answered" | "failed" | "in plain text";

/** What a data plane exposes of one request: its own count, and whatever else it counts beside. */
export interface DataPlane {
  /** The edges of its histogram, ms. */
  readonly edges: readonly number[];
  counted(side: Named, fate: Fate): readonly Series[];
  took(side: Named, le: number): Series;
  /** Requests that a circuit breaker of the callers turned away; null where nothing shows that. */
  turnedAway(side: Named): Series | null;
  /** Somebody else's failures under the same metric. */
  neighbour(side: Named): Series;
}

const ENVOY = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000];
const edge = (le: number, unit: number) => (le === Infinity ? "+Inf" : String(le / unit));

function istio(reporter: string, others: readonly string[]): DataPlane {
  const labels = (by: string, { namespace, service, workload }: Named, more: Labels = {}) => ({
    reporter: by,
    destination_workload: workload,
    destination_workload_namespace: namespace,
    destination_service: `${service}.${namespace}.svc.cluster.local`,
    destination_service_name: service,
    request_protocol: "http",
    response_code: "200",
    connection_security_policy: by === "source" ? "unknown" : "mutual_tls",
    ...more,
  });
  const fates: Readonly<Record<Fate, Labels>> = {
    answered: {},
    failed: { response_code: "503" },
    "in plain text": { connection_security_policy: "none" },
  };
  return {
    edges: ENVOY,
    counted: (side, fate) =>
      [reporter, ...others].map((by) => ["istio_requests_total", labels(by, side, fates[fate])]),
    took: (side, le) => [
      "istio_request_duration_milliseconds_bucket",
      { ...labels(reporter, side), le: edge(le, 1) },
    ],
    turnedAway: ({ service, namespace, arm }) => [
      "envoy_cluster_upstream_rq_pending_overflow",
      { cluster_name: `outbound|80|${arm}|${service}.${namespace}.svc.cluster.local` },
    ],
    neighbour: (side) => [
      "istio_requests_total",
      labels(reporter, { ...side, workload: `${side.workload}-worker` }, { response_code: "500" }),
    ],
  };
}

const linkerd: DataPlane = {
  edges: [1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1000, 2000],
  counted: ({ namespace, workload }, fate) =>
    ["inbound", "outbound"].map((direction) => [
      "response_total",
      {
        namespace,
        // What a proxy sends out belongs to the deployment that sends it.
        deployment: direction === "inbound" ? workload : "api",
        direction,
        classification: fate === "failed" ? "failure" : "success",
        tls: fate === "in plain text" ? "no_identity" : "true",
      },
    ]),
  took: ({ namespace, workload }, le) => [
    "response_latency_ms_bucket",
    { namespace, deployment: workload, direction: "inbound", tls: "true", le: edge(le, 1) },
  ],
  turnedAway: () => null,
  neighbour: ({ namespace, workload }) => [
    "response_total",
    { namespace, deployment: workload, direction: "outbound", classification: "failure", tls: "true" },
  ],
};

const linkerdOutbound: DataPlane = {
  edges: [25, 50, 100, 250, 500, 1000, 10_000],
  counted: (side, fate) => [
    [
      "outbound_http_route_backend_response_statuses_total",
      { ...backend(side), http_status: fate === "failed" ? "502" : "200", error: "" },
    ],
  ],
  took: (side, le) => [
    "outbound_http_route_backend_response_duration_seconds_bucket",
    { ...backend(side), le: edge(le, 1000) },
  ],
  turnedAway: () => null,
  neighbour: (side) => [
    "outbound_http_route_backend_response_statuses_total",
    { ...backend({ ...side, service: "reports" }), http_status: "500", error: "" },
  ],
};

function backend({ namespace, service, arm }: Named): Labels {
  return {
    parent_kind: "Service",
    parent_namespace: namespace,
    parent_name: service,
    route_kind: "HTTPRoute",
    route_name: service,
    backend_kind: "Service",
    backend_name: arm,
  };
}

const cilium: DataPlane = {
  edges: [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000],
  counted: (side, fate) =>
    ["server", "client"].map((reporter) => [
      "hubble_http_requests_total",
      { ...hubble(side, reporter), status: fate === "failed" ? "500" : "200" },
    ]),
  took: (side, le) => [
    "hubble_http_request_duration_seconds_bucket",
    { ...hubble(side, "server"), le: edge(le, 1000) },
  ],
  turnedAway: () => null,
  neighbour: (side) => [
    "hubble_http_requests_total",
    { ...hubble({ ...side, namespace: "staging" }, "server"), status: "500" },
  ],
};

function hubble({ namespace, workload }: Named, reporter: string): Labels {
  return {
    reporter,
    destination_namespace: namespace,
    destination_workload: workload,
    protocol: "HTTP/1.1",
    method: "GET",
  };
}

/** Those of the examples. */
export const DATA_PLANES: Readonly<Partial<Record<Mesh, DataPlane>>> = {
  istio: istio("destination", ["source"]),
  "istio-ambient": istio("waypoint", []),
  linkerd,
  "linkerd-outbound": linkerdOutbound,
  cilium,
};
