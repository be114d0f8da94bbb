import { ENVOY_EDGES, GRPC_FAILURE, type Plane, SERVER_ERROR } from "./plane.ts";

/** gRPC answers 200 even when it fails: its status is a label of its own, a number as text. */
const ISTIO = {
  sideIs: "workload",
  sides: [{ destination_workload: "{side}" }],
  requests: [
    {
      metric: "istio_requests_total",
      where: {},
      failed: [
        { request_protocol: { not: "grpc" }, response_code: SERVER_ERROR },
        { request_protocol: { is: "grpc" }, grpc_response_status: GRPC_FAILURE },
      ],
    },
  ],
  latency: [{ metric: "istio_request_duration_milliseconds_bucket", unit: "ms", where: {} }],
  mtls: { label: "connection_security_policy", value: "mutual_tls" },
  overflow: {
    metric: "envoy_cluster_upstream_rq_pending_overflow",
    sides: [
      { cluster_name: "outbound|{port}|{backend}|{service}.{namespace}.svc.{any}" },
      { cluster_name: "outbound|{port}||{backend}.{namespace}.svc.{any}" },
    ],
    hint: "Istio's proxies leave it out unless the callers' pods ask for it (annotation proxy.istio.io/config with proxyStatsMatcher: inclusionSuffixes: [upstream_rq_pending_overflow])",
  },
  edges: ENVOY_EDGES,
} as const satisfies Partial<Plane>;

export const istio: Plane = {
  ...ISTIO,
  title: "Istio, sidecars",
  scope: { reporter: "destination", destination_workload_namespace: "{namespace}" },
  once: 'Client and server both report a request: the server\'s report (`reporter="destination"`) alone is read.',
  blind: [
    "Requests that never reach a pod (no healthy endpoint, an open circuit breaker) are counted by their callers only.",
    "A mirrored copy counts as a request of the canary.",
  ],
};

export const istioAmbient: Plane = {
  ...ISTIO,
  title: "Istio, ambient with a waypoint",
  scope: { reporter: "waypoint", destination_workload_namespace: "{namespace}" },
  once: 'Only the waypoint\'s report (`reporter="waypoint"`) is read.',
  blind: [
    "Without a waypoint there is nothing to read: ztunnel sees connections, not requests. Give the service a waypoint (`istioctl waypoint apply`, label `istio.io/use-waypoint`), or use application metrics (`mesh: app`).",
    "Traffic from an ingress gateway counts only when it goes through the waypoint (label `istio.io/ingress-use-waypoint`).",
    "A mirrored copy counts as a request of the canary.",
  ],
};
