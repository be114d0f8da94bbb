/** One object of a kind that splits traffic, and what happens to it. */
export interface Example {
  readonly kind: string;
  readonly apiVersions: readonly string[];
  /** Below the first two lines. */
  readonly body: string;
  readonly route?: string;
  readonly arms: readonly (readonly [string, number])[];
  readonly next: readonly (readonly [string, number])[];
  /** The lines that differ afterwards. */
  readonly changed: readonly string[];
}

const gateway = (
  kind: string,
  versions: readonly string[],
  group = "gateway.networking.k8s.io",
): Example => ({
  kind,
  apiVersions: versions.map((version) => `${group}/${version}`),
  body: `metadata: {name: web}
spec:
  rules:
  - backendRefs:
    - {name: web, port: 80, weight: 9} # most
    - name: web-canary
      port: 80
      weight:  1 # few
`,
  route: "rules[0]",
  arms: [
    ["web", 9],
    ["web-canary", 1],
  ],
  next: [
    ["web", 5],
    ["web-canary", 1_000_000],
  ],
  changed: ["    - {name: web, port: 80, weight: 5} # most", "      weight:  1000000 # few"],
});

const traefikRoute = (kind: string): Example => ({
  kind,
  apiVersions: ["traefik.io/v1alpha1", "traefik.containo.us/v1alpha1"],
  body: `metadata: {name: web}
spec:
  routes:
  - match: Host(\`a\`)
    services:
    - {name: web, port: 80, weight: 3}
    - {name: web, port: 81, weight: 1}
`,
  route: "routes[0]",
  arms: [
    ["web:80", 3],
    ["web:81", 1],
  ],
  next: [["web:81", 7]],
  changed: ["    - {name: web, port: 81, weight: 7}"],
});

const knative = (kind: string): Example => ({
  kind,
  apiVersions: ["serving.knative.dev/v1"],
  body: `metadata: {name: web}
spec:
  traffic:
  - revisionName: web-00001
    percent: 100
  - latestRevision: true
    percent: 0
    tag: candidate
`,
  arms: [
    ["web-00001", 100],
    ["@latest", 0],
  ],
  next: [
    ["web-00001", 90],
    ["@latest", 10],
  ],
  changed: ["    percent: 90", "    percent: 10"],
});

const kuma = (kind: string): Example => ({
  kind,
  apiVersions: ["kuma.io/v1alpha1"],
  body: `metadata: {name: web}
spec:
  to:
  - targetRef: {kind: MeshService, name: web}
    rules:
    - default:
        backendRefs:
        - {kind: MeshService, name: web-v1, port: 80, weight: 90}
        - {kind: MeshService, labels: {app: web-v2}, port: 80, weight: 10}
`,
  route: "to[0].rules[0]",
  arms: [
    ["web-v1", 90],
    ["app=web-v2", 10],
  ],
  next: [["app=web-v2", 4_294_967_295]],
  changed: ["        - {kind: MeshService, labels: {app: web-v2}, port: 80, weight: 4294967295}"],
});

const smi = (apiVersions: readonly string[], unit: string): Example => ({
  kind: "TrafficSplit",
  apiVersions,
  body: `metadata: {name: web}
spec:
  service: web
  backends:
  - {service: web-v1, weight: 900${unit}}
  - service: web-v2
    weight: 100${unit}
`,
  arms: [
    ["web-v1", 900],
    ["web-v2", 100],
  ],
  next: [
    ["web-v1", 0],
    ["web-v2", 1000],
  ],
  changed: [`  - {service: web-v1, weight: 0${unit}}`, `    weight: 1000${unit}`],
});

const cilium = (kind: string, keys: readonly [string, string]): Example => ({
  kind,
  apiVersions: ["cilium.io/v2"],
  body: `metadata: {name: web}
spec:
  resources:
  - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
    name: shop/web-v1
  - "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
    name: web
    ${keys[0]}:
    - name: web
      routes:
      - match: {prefix: /}
        route:
          ${keys[1]}:
            clusters:
            - name: "shop/web-v1"
              weight: 90
            - name: "shop/web-v2"
              weight: 10
`,
  route: "resources[1].hosts[0].routes[0]",
  arms: [
    ["shop/web-v1", 90],
    ["shop/web-v2", 10],
  ],
  next: [
    ["shop/web-v1", 75],
    ["shop/web-v2", 25],
  ],
  changed: ["              weight: 75", "              weight: 25"],
});

const listener: Example = {
  ...cilium("CiliumEnvoyConfig", ["virtual_hosts", "weighted_clusters"]),
  body: `metadata: {name: web}
spec:
  resources:
  - "@type": type.googleapis.com/envoy.config.listener.v3.Listener
    filterChains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typedConfig:
          routeConfig:
            virtualHosts:
            - routes:
              - route: {weightedClusters: {clusters: [{name: a, weight: 1}, {name: b}]}}
`,
  route: "resources[0].filters[0][0].hosts[0].routes[0]",
  arms: [
    ["a", 1],
    ["b", 0],
  ],
  next: [["a", 2]],
  changed: ["              - route: {weightedClusters: {clusters: [{name: a, weight: 2}, {name: b}]}}"],
};

const INGRESS = ["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"];

export const EXAMPLES: readonly Example[] = [
  ...(["http", "tcp", "tls"] as const).map(
    (list): Example => ({
      kind: "VirtualService",
      apiVersions: ["v1alpha3", "v1beta1", "v1"].map((version) => `networking.istio.io/${version}`),
      body: `metadata: {name: web}
spec:
  ${list}:
  - route:
    - destination: {host: web, subset: v1}
      weight: 90
    - weight: 10 # few
      destination: {host: web, subset: v2}
`,
      route: `${list}[0]`,
      arms: [
        ["v1", 90],
        ["v2", 10],
      ],
      next: [
        ["v1", 75],
        ["v2", 25],
      ],
      changed: ["      weight: 75", "    - weight: 25 # few"],
    }),
  ),
  gateway("HTTPRoute", ["v1alpha2", "v1beta1", "v1"]),
  gateway("HTTPRoute", ["v1beta2", "v1beta3"], "policy.linkerd.io"),
  gateway("GRPCRoute", ["v1alpha2", "v1"]),
  gateway("TCPRoute", ["v1alpha2", "v1"]),
  gateway("TLSRoute", ["v1alpha2", "v1alpha3", "v1"]),
  gateway("UDPRoute", ["v1alpha2", "v1"]),
  smi(
    ["v1alpha2", "v1alpha3", "v1alpha4"].map((version) => `split.smi-spec.io/${version}`),
    "",
  ),
  smi(["split.smi-spec.io/v1alpha1"], "m"),
  kuma("MeshHTTPRoute"),
  kuma("MeshTCPRoute"),
  {
    kind: "ServiceSplitter",
    apiVersions: ["consul.hashicorp.com/v1alpha1"],
    body: `metadata: {name: web}
spec:
  splits:
    - weight: 90
    - weight: 10
      service: web-v2
`,
    arms: [
      ["web", 9_000],
      ["web-v2", 1_000],
    ],
    next: [
      ["web", 8_725],
      ["web-v2", 1_275],
    ],
    changed: ["    - weight: 87.25", "    - weight: 12.75"],
  },
  ...["weighted", "highestRandomWeight"].map(
    (list): Example => ({
      kind: "TraefikService",
      apiVersions: ["traefik.io/v1alpha1", "traefik.containo.us/v1alpha1"],
      body: `metadata: {name: web}
spec:
  ${list}:
    services:
    - {name: a, kind: TraefikService, weight: 3}
    - {name: b, port: 80, weight: 1}
`,
      route: list,
      arms: [
        ["a", 3],
        ["b", 1],
      ],
      next: [["b", 0]],
      changed: ["    - {name: b, port: 80, weight: 0}"],
    }),
  ),
  traefikRoute("IngressRoute"),
  traefikRoute("IngressRouteTCP"),
  traefikRoute("IngressRouteUDP"),
  ...(["routes:\n  - ", "tcpproxy:\n    "] as const).map(
    (place): Example => ({
      kind: "HTTPProxy",
      apiVersions: ["projectcontour.io/v1"],
      body: `metadata: {name: web}
spec:
  ${place}services:
    - {name: a, port: 80, weight: 90}
    - {name: b, port: 80, weight: 10}
`,
      route: place.startsWith("routes") ? "routes[0]" : "tcpproxy",
      arms: [
        ["a", 90],
        ["b", 10],
      ],
      next: [
        ["a", 10],
        ["b", 90],
      ],
      changed: ["    - {name: a, port: 80, weight: 10}", "    - {name: b, port: 80, weight: 90}"],
    }),
  ),
  {
    kind: "Ingress",
    apiVersions: INGRESS,
    body: `metadata:
  name: web-canary
  annotations:
    nginx.ingress.kubernetes.io/canary: "true"
    nginx.ingress.kubernetes.io/canary-weight: '10' # text
spec:
  rules:
  - http: {paths: [{path: /, backend: {service: {name: web-v2, port: {number: 80}}}}]}
`,
    arms: [
      ["stable", 90],
      ["web-v2", 10],
    ],
    next: [
      ["stable", 75],
      ["web-v2", 25],
    ],
    changed: ["    nginx.ingress.kubernetes.io/canary-weight: '25' # text"],
  },
  {
    kind: "Ingress",
    apiVersions: INGRESS,
    body: `metadata:
  name: web
  annotations:
    alb.ingress.kubernetes.io/actions.split: >
      {"type":"forward","forwardConfig":{"targetGroups":[
      {"serviceName":"web","servicePort":80,"weight":90},
      {"targetGroupARN":"arn:1","weight":10}]}}
spec:
  rules:
  - http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: split
            port: {name: use-annotation}
`,
    route: "split",
    arms: [
      ["web", 90],
      ["arn:1", 10],
    ],
    next: [
      ["web", 5],
      ["arn:1", 995],
    ],
    changed: [
      '      {"serviceName":"web","servicePort":80,"weight":5},',
      '      {"targetGroupARN":"arn:1","weight":995}]}}',
    ],
  },
  knative("Service"),
  knative("Route"),
  cilium("CiliumEnvoyConfig", ["virtual_hosts", "weighted_clusters"]),
  cilium("CiliumClusterwideEnvoyConfig", ["virtualHosts", "weightedClusters"]),
  listener,
];

export function manifestOf({ kind, body }: Example, apiVersion: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\n${body}`;
}
