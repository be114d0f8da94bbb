import { CLIENT_EDGES, GRPC_FAILURE, GRPC_IS_BLIND, type Plane, SERVER_ERROR } from "./plane.ts";

export const traefik: Plane = {
  title: "Traefik",
  sideIs: "backend",
  scope: {},
  // TraefikService and IngressRoute; Gateway API as 3.1, 3.3 to 3.6 and 3.7 name it.
  sides: [
    { service: "{namespace}-{side}-{port}@kubernetescrd" },
    { service: "{namespace}-{side}-{port}@kubernetesgateway" },
    { service: "{namespace}-{side}-http-{port}@kubernetesgateway" },
    { service: "httproute-{namespace}-{any}-svc-{namespace}-{side}-{port}@kubernetesgateway" },
  ],
  requests: [
    {
      metric: "traefik_service_requests_total",
      where: {},
      failed: [
        { protocol: { not: "grpc.*" }, code: SERVER_ERROR },
        { protocol: { is: "grpc.*" }, code: GRPC_FAILURE },
      ],
    },
  ],
  latency: [{ metric: "traefik_service_request_duration_seconds_bucket", unit: "s", where: {} }],
  mtls: null,
  overflow: null,
  edges: [100, 300, 1200, 5000],
  once: "Only leaf services are read; a weighted service above them has no port in its name.",
  blind: [
    "Traefik's own edges are wide (100 ms, 300 ms, 1.2 s, 5 s): set `metrics.prometheus.buckets` for finer limits.",
    "The name of a service joins namespace, name and port with dashes: where that is not unique, set `metrics: { stable, canary }` to the exact values of the label `service`.",
  ],
};

export const ingressNginx: Plane = {
  title: "ingress-nginx",
  sideIs: "backend",
  // Also the canary's requests carry the service of the main Ingress.
  scope: { namespace: "{namespace}", service: "{service}" },
  narrow: { ingress: "{route}" },
  sides: [{ canary: "{namespace}-{side}-{port}" }],
  stable: [{ canary: "" }],
  requests: [{ metric: "nginx_ingress_controller_requests", where: {}, failed: [{ status: SERVER_ERROR }] }],
  latency: [{ metric: "nginx_ingress_controller_response_duration_seconds_bucket", unit: "s", where: {} }],
  mtls: null,
  overflow: null,
  edges: CLIENT_EDGES,
  once: "Only the controller reports, each request once.",
  blind: [
    "`service` of the rollout must be the main Ingress's backend; where several Ingresses lead to it, `metrics: { route: NAME }` names the one that is split.",
    "Scrape with `honorLabels: true`: else `namespace` is the controller's.",
    GRPC_IS_BLIND,
  ],
};

export const cilium: Plane = {
  title: "Cilium Hubble",
  sideIs: "workload",
  scope: { reporter: "server", destination_namespace: "{namespace}" },
  sides: [{ destination_workload: "{side}" }],
  requests: [{ metric: "hubble_http_requests_total", where: {}, failed: [{ status: SERVER_ERROR }] }],
  latency: [{ metric: "hubble_http_request_duration_seconds_bucket", unit: "s", where: {} }],
  mtls: null,
  overflow: null,
  edges: CLIENT_EDGES,
  once: 'Hubble sees a request at the client and at the server: the server\'s report (`reporter="server"`) alone is read.',
  blind: [
    "The metric `httpV2` must be on with `labelsContext=destination_namespace,destination_workload`: without it the sides cannot be told apart.",
    "Only traffic that passes Envoy (an L7 policy, Ingress or Gateway API) has HTTP metrics.",
    GRPC_IS_BLIND,
  ],
};
