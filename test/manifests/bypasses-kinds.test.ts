import { describe, expect, it } from "vitest";
import { findBypasses, removeBypasses } from "../../src/manifests/index.ts";
import { KINDS } from "../../src/manifests/kinds.ts";
import type { Selector } from "../../src/manifests/types.ts";
import { problem, value } from "./helpers.ts";

interface Case {
  readonly kind: string;
  readonly text: string;
  /** Where two splits have the arms. */
  readonly selector?: Selector;
  readonly sides: { readonly stable: string; readonly canary: string };
  /** Each as `name route: match, percent`. */
  readonly found: readonly string[];
  /** What goes, and what is there instead; null where it stays. */
  readonly removed: readonly (readonly [string, string])[] | null;
  readonly why?: string;
}

const WEB = { stable: "web", canary: "web-canary" };
const SUBSETS = { stable: "v1", canary: "v2" };

const gateway = (kind: string, match: string, words: string): Case => {
  const chosen = `  - ${match}\n    backendRefs:\n    - {name: web-canary, port: 80}\n`;
  return {
    kind,
    text: `apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: {name: web}
spec:
  rules:
${chosen}  # the split
  - backendRefs:
    - {name: web, port: 80, weight: 9}
    - {name: web-canary, port: 80, weight: 1}
  # the same again is never reached; a weight of 0 and another's service take nothing
  - backendRefs:
    - {name: web-canary, port: 80}
  - ${match.replace("beta", "gamma")}
    backendRefs:
    - {name: web-canary, port: 80, weight: 0}
    - {name: web-canary, namespace: other, port: 80, weight: 1}
`.replace("metadata: {name: web}", "metadata: {name: web, namespace: shop}"),
    sides: WEB,
    found: [`web rules[0]: ${words}, 100`],
    removed: [[chosen, ""]],
  };
};

const layer4 = (kind: string): Case => ({
  kind,
  text: `apiVersion: gateway.networking.k8s.io/v1alpha2
kind: ${kind}
metadata: {name: web}
spec:
  rules:
  - backendRefs: [{name: web, port: 80, weight: 9}, {name: web-canary, port: 80, weight: 1}]
---
apiVersion: gateway.networking.k8s.io/v1alpha2
kind: ${kind}
metadata: {name: direct}
spec:
  rules:
  - backendRefs: [{name: web, port: 80, weight: 3}, {name: web-canary, port: 80}]
`,
  selector: { name: "web" },
  sides: WEB,
  found: ["direct rules[0]: null, 25"],
  removed: [
    ["weight: 3}, {name: web-canary, port: 80}", "weight: 4}, {name: web-canary, port: 80, weight: 0}"],
  ],
});

const istio = (list: string, match: string, words: string): Case => {
  const chosen = `  - match: ${match}\n    route: [{destination: {host: web, subset: v2, port: {number: 81}}}]\n`;
  return {
    kind: "VirtualService",
    text: `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  ${list}:
${chosen}  - route:
    - {destination: {host: web, subset: v1}, weight: 90}
    - {destination: {host: web, subset: v2}, weight: 10}
`,
    sides: SUBSETS,
    found: [`web ${list}[0]: ${words}, 100`],
    removed: [[chosen, ""]],
  };
};

const kuma = (kind: string, match: string, words: string): Case => {
  const chosen = `    - ${match}default: {backendRefs: [{kind: MeshService, name: web-canary, port: 80}]}\n`;
  return {
    kind,
    text: `type: ${kind}
name: web
mesh: default
spec:
  to:
  - targetRef: {kind: MeshService, name: web}
    rules:
${chosen}    - default:
        backendRefs:
        - {kind: MeshService, name: web, port: 80, weight: 9}
        - {kind: MeshService, name: web-canary, port: 80, weight: 1}
`,
    sides: WEB,
    found: [`web to[0].rules[0]: ${words}, 100`],
    removed: [[chosen, ""]],
  };
};

const smi = (apiVersion: string, unit: string): Case => ({
  kind: "TrafficSplit",
  text: `apiVersion: split.smi-spec.io/${apiVersion}
kind: TrafficSplit
metadata: {name: web}
spec: {service: web, backends: [{service: web, weight: 900${unit}}, {service: web-canary, weight: 100${unit}}]}
---
apiVersion: split.smi-spec.io/${apiVersion}
kind: TrafficSplit
metadata: {name: beta}
spec:
  service: web
  matches: [{kind: HTTPRouteGroup, name: beta}]
  backends: [{service: web-canary, weight: 1${unit}}]
`,
  sides: WEB,
  found: ["beta null: kind HTTPRouteGroup, name beta, 100"],
  removed: null,
  why: "the object as a whole",
});

const traefik = (kind: string): Case => {
  const chosen = `  - match: Host(\`a\`) && Header(\`X-Beta\`, \`1\`)\n    services: [{name: web-canary, port: 80}]\n`;
  return {
    kind,
    text: `apiVersion: traefik.io/v1alpha1
kind: ${kind}
metadata: {name: web}
spec:
  routes:
${chosen}  - match: Host(\`a\`)
    services:
    - {name: web, port: 80, weight: 3}
    - {name: web-canary, port: 80, weight: 1}
`,
    sides: WEB,
    found: [`web routes[0]: Host(\`a\`) && Header(\`X-Beta\`, \`1\`), 100`],
    removed: [[chosen, ""]],
  };
};

const knative = (kind: string): Case => ({
  kind,
  text: `apiVersion: serving.knative.dev/v1
kind: ${kind}
metadata: {name: web}
spec: {traffic: [{revisionName: web-1, percent: 90}, {revisionName: web-2, percent: 10}]}
---
apiVersion: serving.knative.dev/v1
kind: Route
metadata: {name: beta}
spec: {traffic: [{revisionName: web-0, percent: 40}, {revisionName: web-2, percent: 60}]}
`,
  sides: { stable: "web-1", canary: "web-2" },
  found: ["beta null: null, 60"],
  removed: [
    ["percent: 40}, {revisionName: web-2, percent: 60", "percent: 100}, {revisionName: web-2, percent: 0"],
  ],
});

const cilium = (kind: string): Case => {
  const chosen = `      - {match: {prefix: /, headers: [{name: x-beta, exact_match: "1"}]}, route: {cluster: shop/web-canary:80}}\n`;
  return {
    kind,
    text: `apiVersion: cilium.io/v2
kind: ${kind}
metadata: {name: web}
spec:
  resources:
  - "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
    virtual_hosts:
    - name: web
      routes:
${chosen}      - match: {prefix: /}
        route: {weighted_clusters: {clusters: [{name: shop/web, weight: 9}, {name: shop/web-canary, weight: 1}]}}
      - {match: {prefix: /late}, route: {cluster: shop/web-canary}}
`,
    sides: { stable: "shop/web", canary: "shop/web-canary" },
    found: [`web resources[0].hosts[0].routes[0]: prefix /, headers (name x-beta, exact_match "1"), 100`],
    removed: [[chosen, ""]],
  };
};

const NGINX_BETA = `    nginx.ingress.kubernetes.io/canary-by-header: X-Beta
    nginx.ingress.kubernetes.io/canary-by-header-value: "yes"
`;
const NGINX_COOKIE = `    nginx.ingress.kubernetes.io/canary-by-cookie: beta # testers
`;
const NGINX_PATH = `      - {path: /beta, backend: {service: {name: web-canary, port: {number: 80}}}}
`;

const CASES: readonly Case[] = [
  istio("http", "[{headers: {x-beta: {exact: '1'}}}]", "headers x-beta exact '1'"),
  istio("tcp", "[{port: 9000}]", "port 9000"),
  istio("tls", "[{sniHosts: [a.b, c.d]}]", "sniHosts (a.b; c.d)"),
  gateway(
    "HTTPRoute",
    "matches: [{headers: [{name: x-beta, value: on}]}, {path: {value: /beta}}]",
    "headers (name x-beta, value on) or path value /beta",
  ),
  gateway("GRPCRoute", "matches: [{method: {service: beta}}]", "method service beta"),
  layer4("TCPRoute"),
  layer4("TLSRoute"),
  layer4("UDPRoute"),
  kuma(
    "MeshHTTPRoute",
    "matches: [{headers: [{type: Exact, name: x, value: y}]}]\n      ",
    "headers (type Exact, name x, value y)",
  ),
  kuma("MeshTCPRoute", "", "null"),
  smi("v1alpha4", ""),
  smi("v1alpha1", "m"),
  {
    kind: "ServiceSplitter",
    text: `apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceSplitter
metadata: {name: web}
spec:
  splits:
  - {weight: 90, serviceSubset: v1}
  - {weight: 10, serviceSubset: v2}
---
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceRouter
metadata: {name: web}
spec:
  routes:
  - match: {http: {header: [{name: x-beta, exact: "1"}]}}
    destination: {serviceSubset: v2}
  - match: {http: {pathPrefix: /api}}
    destination: {service: web}
  - match: {http: {pathPrefix: /other}}
    destination: {service: other, serviceSubset: v2}
---
apiVersion: consul.hashicorp.com/v1alpha1
kind: ServiceSplitter
metadata: {name: all}
spec: {splits: [{weight: 99.5, service: old}, {weight: 0.5, service: web, serviceSubset: v2}]}
`,
    sides: SUBSETS,
    found: ['web routes[0]: header (name x-beta, exact "1"), 100', "all null: null, 0.5"],
    removed: [
      [
        `  - match: {http: {header: [{name: x-beta, exact: "1"}]}}\n    destination: {serviceSubset: v2}\n`,
        "",
      ],
      ["99.5, service: old}, {weight: 0.5", "100, service: old}, {weight: 0"],
    ],
  },
  traefik("IngressRoute"),
  traefik("IngressRouteTCP"),
  traefik("IngressRouteUDP"),
  {
    kind: "TraefikService",
    text: `apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: split}
spec: {weighted: {services: [{name: web, port: 80, weight: 3}, {name: web-canary, port: 80, weight: 1}]}}
---
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: beta}
spec: {weighted: {services: [{name: web-canary, port: 80}]}}
`,
    sides: WEB,
    found: ["beta weighted: null, 100"],
    removed: null,
    why: "the object as a whole",
  },
  {
    kind: "HTTPProxy",
    text: `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: web}
spec:
  routes:
  - conditions: [{prefix: /}, {header: {name: x-beta, exact: "1"}}]
    services: [{name: web-canary, port: 80}]
  - services:
    - {name: web, port: 80, weight: 90}
    - {name: web-canary, port: 80, weight: 10}
  - conditions: [{prefix: /copy}]
    services: [{name: web, port: 80}, {name: web-canary, port: 80, mirror: true, weight: 100}]
  - conditions: [{prefix: /even}]
    services: [{name: other, port: 80}, {name: web-canary, port: 80}]
`,
    sides: WEB,
    found: [
      `web routes[0]: prefix /, header (name x-beta, exact "1"), 100`,
      "web routes[3]: prefix /even, 50",
    ],
    removed: [
      [
        `  - conditions: [{prefix: /}, {header: {name: x-beta, exact: "1"}}]\n    services: [{name: web-canary, port: 80}]\n`,
        "",
      ],
      [
        "{name: other, port: 80}, {name: web-canary, port: 80}",
        "{name: other, port: 80, weight: 2}, {name: web-canary, port: 80, weight: 0}",
      ],
    ],
  },
  {
    kind: "Ingress",
    text: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-canary
  annotations:
    nginx.ingress.kubernetes.io/canary: "true"
${NGINX_BETA}${NGINX_COOKIE}    nginx.ingress.kubernetes.io/canary-weight: "10"
spec:
  rules:
  - http: {paths: [{path: /, backend: {service: {name: web-canary, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: web.example
    http:
      paths:
${NGINX_PATH}      - {path: /, backend: {service: {name: web, port: {number: 80}}}}
`,
    sides: { stable: "stable", canary: "web-canary" },
    found: [
      `web-canary canary-by-header: canary-by-header X-Beta, canary-by-header-value "yes", 100`,
      "web-canary canary-by-cookie: canary-by-cookie beta, 100",
      "web rules[0].paths[0]: host web.example, path /beta, 100",
    ],
    removed: [
      [NGINX_BETA, ""],
      [NGINX_COOKIE, ""],
      [NGINX_PATH, ""],
    ],
  },
  {
    kind: "Ingress",
    text: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    alb.ingress.kubernetes.io/actions.split: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","weight":90},{"serviceName":"web-canary","weight":10}]}}'
    alb.ingress.kubernetes.io/actions.beta: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","weight":1},{"serviceName":"web-canary","weight":3}]}}'
spec:
  rules:
  - http:
      paths:
      - {path: /beta, backend: {service: {name: beta, port: {name: use-annotation}}}}
      - {path: /, backend: {service: {name: split, port: {name: use-annotation}}}}
`,
    selector: { route: "split" },
    sides: WEB,
    found: ["web beta: null, 75"],
    removed: [
      [
        '"weight":1},{"serviceName":"web-canary","weight":3',
        '"weight":4},{"serviceName":"web-canary","weight":0',
      ],
    ],
  },
  knative("Service"),
  knative("Route"),
  cilium("CiliumEnvoyConfig"),
  cilium("CiliumClusterwideEnvoyConfig"),
];

describe("ways round the split, of every kind", () => {
  it("every kind has a case", () => {
    const kinds = new Set(KINDS.map(({ kind }) => kind));
    expect([...kinds].filter((kind) => !CASES.some((one) => one.kind === kind))).toEqual([]);
  });

  it.each(CASES.map((one) => [`${one.kind}: ${one.found[0]}`, one] as const))("%s", (_, one) => {
    const { text, sides, selector = {} } = one;
    const found = value(findBypasses("f", text, selector, sides, []));
    expect(found.map(({ name, route, match, percent }) => `${name} ${route}: ${match}, ${percent}`)).toEqual(
      one.found,
    );
    const removed = removeBypasses("f", text, selector, sides, []);
    if (one.removed === null) {
      expect(problem(removed).code).toBe("bypass-stays");
      expect(problem(removed).message).toContain(one.why);
      return;
    }
    const expected = one.removed.reduce((now, [from, to]) => {
      expect(now.split(from)).toHaveLength(2);
      return now.replace(from, () => to);
    }, text);
    expect(value(removed)).toBe(expected);
    expect(value(findBypasses("f", expected, selector, sides, []))).toEqual([]);
  });
});
