import { type Plane, SERVER_ERROR } from "./plane.ts";

export const linkerd: Plane = {
  title: "Linkerd, server side",
  sideIs: "workload",
  scope: { namespace: "{namespace}", direction: "inbound" },
  sides: [{ deployment: "{side}" }],
  requests: [
    {
      metric: "response_total",
      // What the kubelet asks is no user's request.
      where: { route_name: { not: "probe" } },
      failed: [{ classification: { is: "failure" } }],
    },
  ],
  latency: [{ metric: "response_latency_ms_bucket", unit: "ms", where: { route_name: { not: "probe" } } }],
  mtls: { label: "tls", value: "true" },
  overflow: null,
  edges: [
    1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 100, 200, 300, 400, 500, 1000, 2000, 3000, 4000, 5000, 10_000, 20_000,
    30_000, 40_000, 50_000,
  ],
  once: 'Both proxies report a request: the server\'s (`direction="inbound"`) alone is read.',
  blind: [
    "The workloads must be Deployments: the label `deployment` names the sides.",
    "Latency is the time to the first byte, of failures and successes alike.",
    "Requests that never reach a pod are counted by their callers only: `linkerd-outbound` sees them.",
    "Series of a pod without traffic for 10 minutes go and begin again at zero.",
  ],
};

export const linkerdOutbound: Plane = {
  title: "Linkerd, client side by backend of an HTTPRoute or GRPCRoute",
  sideIs: "backend",
  scope: { parent_namespace: "{namespace}", parent_name: "{service}" },
  narrow: { route_name: "{route}" },
  sides: [{ backend_name: "{side}" }],
  requests: [
    {
      metric: "outbound_http_route_backend_response_statuses_total",
      where: {},
      failed: [{ http_status: SERVER_ERROR }, { http_status: { not: "5.." }, error: { is: ".+" } }],
    },
    {
      metric: "outbound_grpc_route_backend_response_statuses_total",
      where: {},
      failed: [
        {
          grpc_status: {
            is: "UNKNOWN|DEADLINE_EXCEEDED|PERMISSION_DENIED|INTERNAL|UNAVAILABLE|DATA_LOSS",
          },
        },
        { grpc_status: { is: "" }, error: { is: ".+" } },
      ],
    },
  ],
  latency: [
    { metric: "outbound_http_route_backend_response_duration_seconds_bucket", unit: "s", where: {} },
    { metric: "outbound_grpc_route_backend_response_duration_seconds_bucket", unit: "s", where: {} },
  ],
  mtls: null,
  overflow: null,
  edges: [25, 50, 100, 250, 500, 1000, 10_000],
  once: "Only clients report these metrics, each its own requests.",
  blind: [
    "Callers outside the mesh are not counted.",
    "A retried request counts once an attempt.",
    'A request that its caller gives up (`error="CANCEL"`) counts as failed.',
  ],
};
