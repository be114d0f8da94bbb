import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningPrometheus, startPrometheus } from "../../../dev/prometheus/start.ts";
import { PLANES } from "../../../src/adapters/prometheus/planes/index.ts";
import { createPrometheus } from "../../../src/adapters/prometheus/prometheus.ts";
import type { Evidence } from "../../../src/analysis/types.ts";
import { MESHES, type Mesh, NO_NAMES } from "../../../src/config/types.ts";
import type { MetricsQuestion } from "../../../src/ports/metrics.ts";
import { push } from "./push.ts";

const START = Math.floor(Date.now() / 1000) * 1000 - 3_600_000;
const INTERVAL = 15_000;

let prometheus: RunningPrometheus;
beforeAll(async () => {
  prometheus = await startPrometheus({ remoteWrite: true });
});
afterAll(() => prometheus.stop());

type Labels = Readonly<Record<string, string>>;
type Counted = readonly [metric: string, labels: Labels, by: number];

/** What a data plane really exposes: what belongs to the sides, and what lies beside it and must not be counted. */
interface Exposed {
  readonly mesh: Mesh;
  readonly how?: string;
  readonly ask?: Partial<MetricsQuestion>;
  /** Requests that went well and that failed: 900 and 9 of the stable side, 90 and 6 of the canary. */
  readonly sides: readonly Counted[];
  readonly beside: readonly Counted[];
  /** The labels of the canary's histogram, without `le`, by its name without `_bucket`. */
  readonly histogram: readonly [metric: string, labels: Labels];
}

const NS = "shop";
const istio = (reporter: string) => (workload: string, more: Labels) => ({
  reporter,
  destination_workload: workload,
  destination_workload_namespace: NS,
  destination_service_name: "checkout",
  request_protocol: "http",
  connection_security_policy: reporter === "source" ? "unknown" : "mutual_tls",
  response_code: "200",
  ...more,
});
const served = istio("destination");
const waypoint = istio("waypoint");
const inbound = (deployment: string, classification: string, more: Labels = {}) => ({
  namespace: NS,
  deployment,
  direction: "inbound",
  classification,
  tls: "true",
  ...more,
});
const outbound = (backend_name: string, more: Labels) => ({
  parent_group: "core",
  parent_kind: "Service",
  parent_namespace: NS,
  parent_name: "checkout",
  route_name: "checkout",
  backend_name,
  ...more,
});
const hubble = (destination_workload: string, status: string, more: Labels = {}) => ({
  reporter: "server",
  destination_namespace: NS,
  destination_workload,
  protocol: "HTTP/1.1",
  method: "GET",
  status,
  ...more,
});
const envoy = (envoy_cluster_name: string, envoy_response_code: string, more: Labels = {}) => ({
  envoy_cluster_name,
  envoy_response_code,
  ...more,
});
const RQ = "envoy_cluster_upstream_rq";
const RQ_TIME = "envoy_cluster_upstream_rq_time";
const byCluster = (mesh: Mesh, name: (side: string) => string, beside: readonly string[]): Exposed => ({
  mesh,
  sides: [
    [RQ, envoy(name("checkout"), "200"), 900],
    [RQ, envoy(name("checkout"), "503"), 9],
    [RQ, envoy(name("checkout-canary"), "200"), 90],
    [RQ, envoy(name("checkout-canary"), "500"), 6],
  ],
  beside: beside.map((cluster) => [RQ, envoy(cluster, "200"), 1000]),
  histogram: [RQ_TIME, { envoy_cluster_name: name("checkout-canary") }],
});
const traefik = (service: string, code: string, more: Labels = {}) => ({
  service,
  code,
  method: "GET",
  protocol: "http",
  ...more,
});
const NGINX = { namespace: NS, ingress: "checkout", service: "checkout", method: "GET", path: "/" };
const kuma = (kuma_io_service: string, envoy_response_code: string, cluster = "localhost_8080") => ({
  kuma_io_service,
  envoy_cluster_name: cluster,
  envoy_response_code,
});
const kuma3 = (
  kuma_workload: string,
  envoy_response_code_class: string,
  prefix = "self_inbound_dp_http",
) => ({
  namespace: NS,
  kuma_workload,
  envoy_http_conn_manager_prefix: prefix,
  envoy_response_code_class,
});
const consul = (service: string, subset: string, code: string) => ({
  consul_destination_service: service,
  consul_destination_service_subset: subset,
  consul_destination_namespace: "default",
  consul_source_service: "web",
  envoy_response_code: code,
});
const pod = (name: string, code: string) => ({
  namespace: NS,
  pod: name,
  container: "app",
  code,
  method: "get",
});

const EXPOSED: readonly Exposed[] = [
  {
    mesh: "istio",
    sides: [
      ["istio_requests_total", served("checkout", {}), 900],
      ["istio_requests_total", served("checkout", { response_code: "503", response_flags: "UF" }), 9],
      [
        "istio_requests_total",
        served("checkout-canary", { request_protocol: "grpc", grpc_response_status: "0" }),
        90,
      ],
      [
        "istio_requests_total",
        served("checkout-canary", { request_protocol: "grpc", grpc_response_status: "14" }),
        6,
      ],
    ],
    beside: [
      ["istio_requests_total", istio("source")("checkout", {}), 1000],
      ["istio_requests_total", istio("source")("checkout-canary", {}), 1000],
      ["istio_requests_total", served("checkout-canary-2", {}), 1000],
      ["istio_requests_total", served("checkout", { destination_workload_namespace: "other" }), 1000],
    ],
    histogram: ["istio_request_duration_milliseconds", served("checkout-canary", {})],
  },
  {
    mesh: "istio-ambient",
    sides: [
      ["istio_requests_total", waypoint("checkout", {}), 900],
      ["istio_requests_total", waypoint("checkout", { response_code: "500" }), 9],
      ["istio_requests_total", waypoint("checkout-canary", {}), 90],
      ["istio_requests_total", waypoint("checkout-canary", { response_code: "504" }), 6],
    ],
    beside: [["istio_requests_total", istio("source")("checkout-canary", {}), 1000]],
    histogram: ["istio_request_duration_milliseconds", waypoint("checkout-canary", {})],
  },
  {
    mesh: "linkerd",
    sides: [
      ["response_total", inbound("checkout", "success", { status_code: "200" }), 900],
      ["response_total", inbound("checkout", "failure", { status_code: "500" }), 9],
      ["response_total", inbound("checkout-canary", "success", { status_code: "200" }), 90],
      ["response_total", inbound("checkout-canary", "failure", { status_code: "200", grpc_status: "14" }), 6],
    ],
    beside: [
      ["response_total", inbound("checkout", "success", { direction: "outbound" }), 1000],
      ["response_total", inbound("checkout", "success", { route_name: "probe" }), 1000],
      ["response_total", inbound("checkout", "success", { namespace: "other" }), 1000],
    ],
    histogram: ["response_latency_ms", inbound("checkout-canary", "")],
  },
  {
    mesh: "linkerd-outbound",
    how: "HTTPRoute",
    sides: [
      [
        "outbound_http_route_backend_response_statuses_total",
        outbound("checkout", { http_status: "200" }),
        900,
      ],
      [
        "outbound_http_route_backend_response_statuses_total",
        outbound("checkout", { error: "REQUEST_TIMEOUT" }),
        9,
      ],
      [
        "outbound_http_route_backend_response_statuses_total",
        outbound("checkout-canary", { http_status: "200" }),
        90,
      ],
      [
        "outbound_http_route_backend_response_statuses_total",
        outbound("checkout-canary", { http_status: "503" }),
        6,
      ],
    ],
    beside: [
      [
        "outbound_http_route_backend_response_statuses_total",
        outbound("checkout", { parent_name: "cart", http_status: "200" }),
        1000,
      ],
    ],
    histogram: ["outbound_http_route_backend_response_duration_seconds", outbound("checkout-canary", {})],
  },
  {
    mesh: "linkerd-outbound",
    how: "GRPCRoute",
    sides: [
      [
        "outbound_grpc_route_backend_response_statuses_total",
        outbound("checkout", { grpc_status: "OK" }),
        900,
      ],
      [
        "outbound_grpc_route_backend_response_statuses_total",
        outbound("checkout", { error: "FAIL_FAST" }),
        9,
      ],
      [
        "outbound_grpc_route_backend_response_statuses_total",
        outbound("checkout-canary", { grpc_status: "NOT_FOUND" }),
        90,
      ],
      [
        "outbound_grpc_route_backend_response_statuses_total",
        outbound("checkout-canary", { grpc_status: "UNAVAILABLE" }),
        6,
      ],
    ],
    beside: [],
    histogram: ["outbound_grpc_route_backend_response_duration_seconds", outbound("checkout-canary", {})],
  },
  {
    mesh: "cilium",
    sides: [
      ["hubble_http_requests_total", hubble("checkout", "200"), 900],
      ["hubble_http_requests_total", hubble("checkout", "502"), 9],
      ["hubble_http_requests_total", hubble("checkout-canary", "200"), 90],
      ["hubble_http_requests_total", hubble("checkout-canary", "500"), 6],
    ],
    beside: [
      ["hubble_http_requests_total", hubble("checkout", "200", { reporter: "client" }), 1000],
      ["hubble_http_requests_total", hubble("checkout", "200", { destination_namespace: "other" }), 1000],
    ],
    histogram: ["hubble_http_request_duration_seconds", hubble("checkout-canary", "")],
  },
  byCluster("contour", (side) => `${NS}_${side}_80`, [`other_checkout_80`, `${NS}_checkout-canary-2_80`]),
  byCluster("envoy-gateway", (side) => `service/${NS}/${side}/80`, [
    "httproute/shop/checkout/rule/0",
    `service/other/checkout/80`,
  ]),
  byCluster("knative", (side) => `${NS}/${side}`, [`other/checkout`, `${NS}/checkout-canary-2`]),
  ...[
    "shop-{}-80@kubernetescrd",
    "shop-{}-http-80@kubernetesgateway",
    "httproute-shop-checkout-gw-shop-gw-ep-web-0-0123abcd-svc-shop-{}-0@kubernetesgateway",
  ].map((pattern): Exposed => {
    const name = (side: string) => pattern.replace("{}", side);
    const M = "traefik_service_requests_total";
    return {
      mesh: "traefik",
      how: pattern,
      sides: [
        [M, traefik(name("checkout"), "200"), 900],
        [M, traefik(name("checkout"), "503"), 9],
        [M, traefik(name("checkout-canary"), "0", { protocol: "grpc" }), 90],
        [M, traefik(name("checkout-canary"), "14", { protocol: "grpc" }), 6],
      ],
      beside: [
        [M, traefik("shop-checkout@kubernetescrd", "200"), 1000],
        [M, traefik("shop-checkout-canary-2-80@kubernetescrd", "200"), 1000],
      ],
      histogram: ["traefik_service_request_duration_seconds", traefik(name("checkout-canary"), "200")],
    };
  }),
  {
    mesh: "ingress-nginx",
    ask: { arms: { stable: "stable", canary: "checkout-canary" } },
    sides: [
      ["nginx_ingress_controller_requests", { ...NGINX, canary: "", status: "200" }, 900],
      ["nginx_ingress_controller_requests", { ...NGINX, canary: "", status: "500" }, 9],
      [
        "nginx_ingress_controller_requests",
        { ...NGINX, canary: "shop-checkout-canary-80", status: "200" },
        90,
      ],
      [
        "nginx_ingress_controller_requests",
        { ...NGINX, canary: "shop-checkout-canary-80", status: "503" },
        6,
      ],
    ],
    beside: [
      ["nginx_ingress_controller_requests", { ...NGINX, service: "cart", canary: "", status: "200" }, 1000],
      ["nginx_ingress_controller_requests", { ...NGINX, canary: "shop-other-80", status: "200" }, 1000],
    ],
    histogram: [
      "nginx_ingress_controller_response_duration_seconds",
      { ...NGINX, canary: "shop-checkout-canary-80" },
    ],
  },
  {
    mesh: "kuma",
    sides: [
      [RQ, kuma("checkout_shop_svc_80", "200"), 900],
      [RQ, kuma("checkout_shop_svc_80", "503"), 9],
      [RQ, kuma("checkout-canary_shop_svc_80", "200"), 90],
      [RQ, kuma("checkout-canary_shop_svc_80", "500"), 6],
    ],
    beside: [
      [RQ, kuma("checkout_shop_svc_80", "200", "payments_shop_svc_80"), 1000],
      [RQ, kuma("checkout_other_svc_80", "200"), 1000],
    ],
    histogram: [RQ_TIME, kuma("checkout-canary_shop_svc_80", "")],
  },
  {
    mesh: "kuma-3",
    sides: [
      ["envoy_http_downstream_rq_xx_total", kuma3("checkout", "2"), 900],
      ["envoy_http_downstream_rq_xx_total", kuma3("checkout", "5"), 9],
      ["envoy_http_downstream_rq_xx_total", kuma3("checkout-canary", "4"), 90],
      ["envoy_http_downstream_rq_xx_total", kuma3("checkout-canary", "5"), 6],
    ],
    beside: [["envoy_http_downstream_rq_xx_total", kuma3("checkout", "2", "self_outbound_payments"), 1000]],
    histogram: ["envoy_http_downstream_rq_time", kuma3("checkout-canary", "")],
  },
  {
    mesh: "consul",
    how: "subsets of one service",
    ask: { arms: { stable: "v1", canary: "v2" } },
    sides: [
      [RQ, consul("checkout", "v1", "200"), 900],
      [RQ, consul("checkout", "v1", "503"), 9],
      [RQ, consul("checkout", "v2", "200"), 90],
      [RQ, consul("checkout", "v2", "500"), 6],
    ],
    beside: [[RQ, consul("payments", "v2", "200"), 1000]],
    histogram: [RQ_TIME, consul("checkout", "v2", "")],
  },
  {
    mesh: "consul",
    how: "a service a side",
    sides: [
      [RQ, consul("checkout", "", "200"), 900],
      [RQ, consul("checkout", "", "503"), 9],
      [RQ, consul("checkout-canary", "", "200"), 90],
      [RQ, consul("checkout-canary", "", "500"), 6],
    ],
    beside: [[RQ, consul("checkout-canary", "v3", "200"), 1000]],
    histogram: [RQ_TIME, consul("checkout-canary", "", "")],
  },
  {
    mesh: "app",
    sides: [
      ["http_requests_total", pod("checkout-6d4b75cb6d-hx7vq", "200"), 900],
      ["http_requests_total", pod("checkout-6d4b75cb6d-9qv2t", "500"), 9],
      ["http_requests_total", pod("checkout-canary-5f7c9d8b4-x2x4z", "200"), 90],
      ["http_requests_total", pod("checkout-canary-0", "503"), 6],
    ],
    beside: [
      ["http_requests_total", pod("checkout-worker-5f7c9d8b4-x2x4z", "200"), 1000],
      ["http_requests_total", pod("checkout-canary-2-5f7c9d8b4-x2x4z", "200"), 1000],
    ],
    histogram: ["http_request_duration_seconds", pod("checkout-canary-0", "")],
  },
  {
    mesh: "app",
    how: "names of its own",
    ask: {
      names: {
        ...NO_NAMES,
        stable: "1.4",
        canary: "1.5",
        application: {
          requests: "rpc_handled_total",
          status: "result",
          failed: "error|timeout",
          latency: "rpc_duration_milliseconds",
          unit: "ms",
          side: "version",
          namespace: null,
        },
      },
    },
    sides: [
      ["rpc_handled_total", { version: "1.4", result: "ok" }, 900],
      ["rpc_handled_total", { version: "1.4", result: "error" }, 9],
      ["rpc_handled_total", { version: "1.5", result: "ok" }, 90],
      ["rpc_handled_total", { version: "1.5", result: "timeout" }, 6],
    ],
    beside: [["rpc_handled_total", { version: "115", result: "ok" }, 1000]],
    histogram: ["rpc_duration_milliseconds", { version: "1.5" }],
  },
];

let runs = 0;
const source = () =>
  ({ url: prometheus.url, auth: { kind: "none" }, headers: {}, timeoutMs: 20_000 }) as const;

/** Each run has a stretch of time of its own in the one server, and a job of its own. */
async function observe(exposed: Exposed, change: Partial<MetricsQuestion> = {}): Promise<Evidence> {
  const start = START + runs * 600_000 - 24 * 3_600_000;
  runs += 1;
  const rise = (metric: string, labels: Labels, by: number) =>
    push(prometheus.url, { __name__: metric, job: `run-${runs}`, instance: "10.0.0.1:9090", ...labels }, [
      { timestamp: start, value: 5 },
      { timestamp: start + INTERVAL, value: 5 + by },
    ]);
  for (const one of [...exposed.sides, ...exposed.beside]) await rise(...one);
  const [metric, labels] = exposed.histogram;
  const inSeconds = metric.endsWith("_seconds");
  for (const [ms, by] of [
    [100, 40],
    [300, 90],
    [Infinity, 96],
  ] as const) {
    const le = ms === Infinity ? "+Inf" : String(inSeconds ? ms / 1000 : ms);
    await rise(`${metric}_bucket`, { ...labels, le }, by);
  }
  const observation = await createPrometheus(new Map([["production", source()]])).observe({
    source: "production",
    mesh: exposed.mesh,
    namespace: NS,
    service: "checkout",
    stable: "checkout",
    canary: "checkout-canary",
    since: start + 1000,
    now: start + 20_000,
    queries: [],
    ...exposed.ask,
    ...change,
  });
  if (observation.status !== "ok") throw new Error(`${observation.code}: ${observation.detail}`);
  return observation.evidence;
}

describe("every data plane", () => {
  it("is fed with metrics of its own in these tests", () => {
    expect(new Set(EXPOSED.map(({ mesh }) => mesh))).toEqual(new Set(MESHES));
    expect(Object.keys(PLANES)).toEqual(MESHES.filter((mesh) => mesh !== "app"));
  });

  it.each(EXPOSED.map((one) => [[one.mesh, one.how].filter(Boolean).join(", "), one] as const))(
    "%s: each side has its own requests, failures and latency, and nothing beside them",
    async (_, exposed) => {
      const { scrapes } = await observe(exposed);
      expect(scrapes).toMatchObject([
        {
          stable: { requests: 909, errors: 9, latency: [] },
          canary: {
            requests: 96,
            errors: 6,
            latency: [
              { le: 100, count: 40 },
              { le: 300, count: 90 },
              { le: Infinity, count: 96 },
            ],
          },
        },
      ]);
    },
  );

  const exact = (mesh: Mesh) => EXPOSED.find((one) => one.mesh === mesh);
  const totals = ({ scrapes }: Evidence) =>
    scrapes.map(({ stable, canary }) => [stable.requests, canary.requests]);
  const bare = (mesh: Mesh, sides: readonly Counted[], beside: readonly Counted[] = []): Exposed => ({
    mesh,
    sides,
    beside,
    histogram: exact(mesh)?.histogram ?? ["none", {}],
  });

  it("takes the whole value of its label where the rollout names a side, and no pattern", async () => {
    const backend = (index: number) => `httproute/shop/checkout/rule/0/backend/${index}`;
    const exposed = bare(
      "envoy-gateway",
      [
        [RQ, envoy(backend(0), "200"), 70],
        [RQ, envoy(backend(1), "200"), 30],
      ],
      [[RQ, envoy(`${backend(1)}0`, "200"), 1000]],
    );
    const names = { ...NO_NAMES, stable: backend(0), canary: backend(1) };
    expect(totals(await observe(exposed, { names }))).toEqual([[70, 30]]);
  });

  it("reads one port or one route where the rollout says which", async () => {
    const ports = bare("contour", [
      [RQ, envoy("shop_checkout_80", "200"), 70],
      [RQ, envoy("shop_checkout_8080", "200"), 700],
      [RQ, envoy("shop_checkout-canary_80", "200"), 30],
    ]);
    expect(totals(await observe(ports))).toEqual([[770, 30]]);
    expect(totals(await observe(ports, { names: { ...NO_NAMES, port: "80" } }))).toEqual([[70, 30]]);
    const M = "nginx_ingress_controller_requests";
    const routes = bare("ingress-nginx", [
      [M, { ...NGINX, canary: "", status: "200" }, 70],
      [M, { ...NGINX, ingress: "admin", canary: "", status: "200" }, 700],
      [M, { ...NGINX, canary: "shop-checkout-canary-80", status: "200" }, 30],
    ]);
    expect(totals(await observe(routes))).toEqual([[770, 30]]);
    expect(totals(await observe(routes, { names: { ...NO_NAMES, route: "checkout" } }))).toEqual([[70, 30]]);
  });

  it.each([
    ["by name and port", "checkout:80", "checkout-canary:80"],
    ["by namespace and name", "shop/checkout:80", "shop/checkout-canary:80#2"],
    ["by its host in the cluster", "checkout.shop.svc.cluster.local:80", "checkout-canary.shop.svc:80"],
  ])("knows an arm that its file calls %s", async (_, stable, canary) => {
    const exposed = bare(
      "contour",
      [
        [RQ, envoy("shop_checkout_80", "200"), 70],
        [RQ, envoy("shop_checkout-canary_80", "200"), 30],
      ],
      [[RQ, envoy("shop_checkout-canary_8080", "200"), 1000]],
    );
    expect(totals(await observe(exposed, { arms: { stable, canary } }))).toEqual([[70, 30]]);
  });

  it("falls back on the workload's name where an arm is a place in a file", async () => {
    const exposed = bare("contour", [
      [RQ, envoy("shop_checkout_80", "200"), 70],
      [RQ, envoy("shop_checkout-canary_80", "200"), 30],
    ]);
    const arms = { stable: "/traffic/stable", canary: "/traffic/canary" };
    expect(totals(await observe(exposed, { arms }))).toEqual([[70, 30]]);
  });

  it("takes every name as it is, whatever characters it has", async () => {
    const stable = 'a"b\\c{d}.*|e';
    const canary = "a\nb+(c)[d]^$?";
    const M = "istio_requests_total";
    const exposed = bare(
      "istio",
      [
        [M, served(stable, {}), 70],
        [M, served(canary, {}), 30],
      ],
      [[M, served("e", {}), 1000]],
    );
    expect(totals(await observe(exposed, { stable, canary }))).toEqual([[70, 30]]);
  });
});
