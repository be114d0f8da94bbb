import { ENVOY_EDGES, GRPC_IS_BLIND, type Plane, SERVER_ERROR } from "./plane.ts";

/** Proxies that show Envoy's own statistics, by the cluster a request went to. */
function clusters(sides: Plane["sides"]) {
  return {
    sides,
    requests: [
      {
        metric: "envoy_cluster_upstream_rq",
        where: {},
        failed: [{ envoy_response_code: SERVER_ERROR }],
      },
    ],
    latency: [{ metric: "envoy_cluster_upstream_rq_time_bucket", unit: "ms", where: {} }],
    mtls: null,
    overflow: {
      metric: "envoy_cluster_upstream_rq_pending_overflow",
      sides,
      hint: "Envoy shows it for every cluster it knows: look whether the proxies are scraped",
    },
    edges: ENVOY_EDGES,
  } as const satisfies Partial<Plane>;
}

const BY_BACKEND = "A request goes to one cluster, and a cluster belongs to one backend.";

export const contour: Plane = {
  ...clusters([{ envoy_cluster_name: "{namespace}_{side}_{port}" }]),
  title: "Contour",
  sideIs: "backend",
  scope: {},
  once: BY_BACKEND,
  blind: [GRPC_IS_BLIND],
};

export const envoyGateway: Plane = {
  ...clusters([
    { envoy_cluster_name: "service/{namespace}/{side}/{port}" },
    { envoy_cluster_name: "service/{namespace}/{side}/{port}/{any}" },
  ]),
  title: "Envoy Gateway with mergeBackends",
  sideIs: "backend",
  scope: {},
  once: BY_BACKEND,
  blind: [
    "Without `EnvoyProxy.spec.mergeBackends` (1.9) a rule of a route is one cluster for all its backends and the sides cannot be told apart: set it, name per-backend clusters with `metrics: { stable, canary }`, or use application metrics.",
    GRPC_IS_BLIND,
  ],
};

export const kuma: Plane = {
  ...clusters([{ kuma_io_service: "{side}_{namespace}_svc_{port}" }]),
  overflow: null,
  title: "Kuma 2",
  sideIs: "backend",
  scope: { envoy_cluster_name: "localhost_{any}" },
  once: "A proxy reports what it gets and what it sends: only what it gets (clusters `localhost_…`) is read.",
  blind: [
    "Requests that never reach a pod are counted by their callers only.",
    "Two versions under one `kuma.io/service` tag cannot be told apart: give each a Service.",
    GRPC_IS_BLIND,
  ],
};

export const kuma3: Plane = {
  title: "Kuma 3",
  sideIs: "workload",
  scope: { namespace: "{namespace}", envoy_http_conn_manager_prefix: "self_inbound_dp_{any}" },
  sides: [{ kuma_workload: "{side}" }],
  requests: [
    {
      metric: "envoy_http_downstream_rq_xx_total",
      where: {},
      failed: [{ envoy_response_code_class: { is: "5" } }],
    },
  ],
  latency: [{ metric: "envoy_http_downstream_rq_time_bucket", unit: "ms", where: {} }],
  mtls: null,
  overflow: null,
  edges: ENVOY_EDGES,
  once: "A proxy reports what it gets and what it sends: only its inbound listener is read.",
  blind: ["Requests that never reach a pod are counted by their callers only.", GRPC_IS_BLIND],
};

export const consul: Plane = {
  ...clusters([
    { consul_destination_service: "{service}", consul_destination_service_subset: "{side}" },
    { consul_destination_service: "{side}", consul_destination_service_subset: "" },
  ]),
  title: "Consul",
  sideIs: "backend",
  scope: {},
  once: "Only clusters towards the service are read, which its callers report; its own proxies report none of them.",
  blind: [
    "Callers outside the mesh are not counted.",
    "A retried request counts once an attempt.",
    GRPC_IS_BLIND,
  ],
};

export const knative: Plane = {
  ...clusters([{ envoy_cluster_name: "{namespace}/{side}" }]),
  title: "Knative with Kourier",
  sideIs: "backend",
  scope: {},
  once: "A request goes to one cluster, and a cluster belongs to one revision.",
  blind: [
    "The arms must be revisions by name: `latestRevision: true` is none that metrics know.",
    "With another ingress than Kourier the series differ: use the row of that ingress, or application metrics.",
    "While a revision starts from zero its first requests wait in the activator; the wait counts as latency.",
    GRPC_IS_BLIND,
  ],
};
