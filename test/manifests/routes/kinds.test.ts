import { describe, expect, it } from "vitest";
import { findBypasses, kindRows } from "../../../src/manifests/index.ts";
import { problem, value } from "../helpers.ts";
import { EXAMPLES, manifestOf } from "../kinds-examples.ts";
import { BETA, beside, cookie, header, headerRoute, linesPutIn, mirrorRoute } from "./helpers.ts";

const example = (kind: string, apiVersion: string, route?: string) => {
  const found = EXAMPLES.find(
    (one) =>
      one.kind === kind &&
      one.apiVersions.includes(apiVersion) &&
      (route === undefined || one.route === route),
  );
  const [stable, canary] = found?.arms ?? [];
  if (found === undefined || stable === undefined || canary === undefined) throw new Error(`no ${kind}`);
  const text = manifestOf(found, apiVersion);
  const sides = { stable: stable[0], canary: canary[0] };
  return { text, sides, ...beside(text, sides) };
};

const V1 = "gateway.networking.k8s.io/v1";
const ALB = "alb.ingress.kubernetes.io";
const NGINX = "nginx.ingress.kubernetes.io";

/** What each kind puts in, line by line. */
const PUT_IN: readonly (readonly [
  string,
  string,
  ReturnType<typeof headerRoute> | ReturnType<typeof mirrorRoute>,
  string,
])[] = [
  [
    "VirtualService",
    "networking.istio.io/v1",
    BETA,
    `  - name: sluice-beta
    match:
    - headers:
        x-beta:
          exact: "yes"
    route:
    - destination: {host: web, subset: v2}`,
  ],
  [
    "HTTPRoute",
    V1,
    BETA,
    `  - matches:
    - headers:
      - name: X-Beta
        value: "yes"
    backendRefs:
    - name: web-canary
      port: 80`,
  ],
  [
    "HTTPRoute",
    V1,
    mirrorRoute(20),
    `    filters:
    - type: RequestMirror
      requestMirror:
        backendRef:
          name: web-canary
          port: 80
        percent: 20`,
  ],
  [
    "GRPCRoute",
    V1,
    mirrorRoute(0.5),
    `    filters:
    - type: RequestMirror
      requestMirror:
        backendRef:
          name: web-canary
          port: 80
        fraction:
          numerator: 5
          denominator: 1000`,
  ],
  [
    "HTTPRoute",
    "policy.linkerd.io/v1beta3",
    headerRoute(header("x", "a.b", "prefix")),
    `  - matches:
    - headers:
      - type: RegularExpression
        name: x
        value: '^a\\.b.*'
    backendRefs:
    - name: web-canary
      port: 80`,
  ],
  [
    "MeshHTTPRoute",
    "kuma.io/v1alpha1",
    headerRoute(cookie("side", "canary")),
    `    - matches:
      - headers:
        - type: RegularExpression
          name: cookie
          value: "^(.*; ?)?side=canary(;.*)?$"
      default:
        backendRefs:
        - {kind: MeshService, labels: {app: web-v2}, port: 80}`,
  ],
  [
    "MeshHTTPRoute",
    "kuma.io/v1alpha1",
    mirrorRoute(12.5),
    `        filters:
        - type: RequestMirror
          requestMirror:
            percentage: "12.5"
            backendRef: {kind: MeshService, labels: {app: web-v2}, port: 80}`,
  ],
  [
    "IngressRoute",
    "traefik.io/v1alpha1",
    BETA,
    `  - match: "(Host(\`a\`)) && Header(\`X-Beta\`, \`yes\`)"
    services:
    - {name: web, port: 81}
    priority: 10`,
  ],
  [
    "IngressRoute",
    "traefik.containo.us/v1alpha1",
    headerRoute(header("x", "a"), header("y", "b", "prefix")),
    `  - match: '(Host(\`a\`)) && (Headers(\`x\`, \`a\`) || HeadersRegexp(\`y\`, \`^b.*\`))'
    services:
    - {name: web, port: 81}
    priority: 10`.replaceAll("'", '"'),
  ],
  [
    "HTTPProxy",
    "projectcontour.io/v1",
    headerRoute(header("x", "a"), header("z", "b", "regex")),
    `  - conditions:
    - header:
        name: x
        exact: a
    services:
    - {name: b, port: 80}
  - conditions:
    - header:
        name: z
        regex: "^(?:b)$"
    services:
    - {name: b, port: 80}`,
  ],
  [
    "HTTPProxy",
    "projectcontour.io/v1",
    mirrorRoute(50),
    "    - {name: b, port: 80, weight: 50, mirror: true}",
  ],
  [
    "Ingress",
    "networking.k8s.io/v1",
    headerRoute(header("x", "b.*", "regex"), cookie("beta", "always")),
    `    ${NGINX}/canary-by-header: "x"
    ${NGINX}/canary-by-header-pattern: "^(?:b.*)$"
    ${NGINX}/canary-by-cookie: "beta"`,
  ],
  [
    "CiliumEnvoyConfig",
    "cilium.io/v2",
    headerRoute(header("x", "a"), header("x", "b", "regex")),
    ["{exact: a}", "{safe_regex: {regex: b}}"]
      .map(
        (match) => `      - name: sluice-beta
        match: {prefix: /, headers: [{name: x, string_match: ${match}}]}
        route:
          weighted_clusters:
            clusters:
            - name: "shop/web-v2"
              weight: 100`,
      )
      .join("\n"),
  ],
  [
    "CiliumClusterwideEnvoyConfig",
    "cilium.io/v2",
    mirrorRoute(12.5),
    `          requestMirrorPolicies:
          - cluster: shop/web-v2
            runtimeFraction:
              defaultValue:
                numerator: 1250
                denominator: TEN_THOUSAND`,
  ],
];

describe("what each kind puts in", () => {
  it.each(PUT_IN)("%s %s", (kind, apiVersion, route, lines) => {
    const { text, sides, with: put } = example(kind, apiVersion);
    const inside = put(route);
    expect(linesPutIn(text, inside).join("\n")).toBe(lines);
    const after = beside(inside, sides);
    expect(after.standing(route)).toEqual([route]);
    expect(after.with(route)).toBe(inside);
    expect(after.without(route)).toBe(text);
  });

  it("an action, its conditions and its paths for an ALB, whose order the controller keeps", () => {
    const { text, sides, with: put } = example("Ingress", "networking.k8s.io/v1", "split");
    const route = headerRoute(header("x", "a"), header("X", "it's", "prefix"));
    const inside = put(route);
    expect(inside).toBe(
      text
        .replace(
          "spec:\n",
          `    ${ALB}/actions.sluice-beta: '{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"arn:1"}]}}'
    ${ALB}/conditions.sluice-beta: '[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"x","values":["a","it''s*"]}}]'
spec:\n`,
        )
        .replace(
          "      paths:\n",
          `      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: sluice-beta
            port: {name: use-annotation}\n`,
        ),
    );
    const after = beside(inside, sides);
    expect(after.standing(route)).toEqual([route]);
    expect(after.with(route)).toBe(inside);
    expect(after.without(route)).toBe(text);
    expect(value(findBypasses("f", inside, {}, sides, [route]))).toEqual([]);
    const changed = beside(inside.replace('["a",', '["b",'), sides);
    expect(changed.standing(route)).toEqual([]);
    expect(changed.without(route)).toBe(text);
  });
});

describe("every kind", () => {
  const all = EXAMPLES.map((one) => [one.kind, one.apiVersions.at(-1) ?? "", one.route ?? ""] as const);
  const rowOf = (kind: string, apiVersion: string) =>
    kindRows().filter((row) => row.kind === kind && row.apiVersions.includes(apiVersion));

  it.each(all)("does what its row says: %s %s %s", (kind, apiVersion, route) => {
    const found = EXAMPLES.find(
      (one) => one.kind === kind && one.apiVersions.includes(apiVersion) && (one.route ?? "") === route,
    );
    const [stable, canary] = found?.arms ?? [];
    if (found === undefined || stable === undefined || canary === undefined) throw new Error("no example");
    const { change } = beside(manifestOf(found, apiVersion), { stable: stable[0], canary: canary[0] });
    // Connections have no headers, whatever else the kind has.
    const isConnection = /^(?:tcp|tls)/.test(route);
    const rows = rowOf(kind, apiVersion).filter(
      ({ router }) => kind !== "Ingress" || router.startsWith(route === "" ? "ingress-nginx" : "AWS"),
    );
    expect(rows).toHaveLength(1);
    for (const [managed, where] of [
      [BETA, rows[0]?.headerRoutes],
      [mirrorRoute(50), rows[0]?.mirror],
    ] as const) {
      const result = change([], [managed]);
      expect(result.ok, where ?? "no").toBe(where !== null && !isConnection);
      if (result.ok) continue;
      expect(result.problem.code).toBe("no-route");
      expect(result.problem.message).toMatch(/cannot stand/);
      const gone = change([managed], []);
      expect(gone.ok).toBe(true);
    }
  });
});

describe("the words for what cannot be", () => {
  const why = (
    kind: string,
    apiVersion: string,
    route: ReturnType<typeof headerRoute> | ReturnType<typeof mirrorRoute>,
  ) => problem(example(kind, apiVersion).change([], [route])).message;

  it("say what to do instead", () => {
    expect(why("TCPRoute", V1, BETA)).toBe(
      'the header route "beta" cannot stand beside this split of TCPRoute web: its kind cannot send requests to one side by a header; leave setHeaderRoute out, or drive a kind that can (VirtualService, HTTPRoute, GRPCRoute, MeshHTTPRoute, IngressRoute, HTTPProxy, Ingress, CiliumEnvoyConfig, CiliumClusterwideEnvoyConfig)',
    );
    expect(why("HTTPRoute", "policy.linkerd.io/v1beta2", mirrorRoute(5))).toContain("has no RequestMirror");
    expect(why("HTTPRoute", "gateway.networking.k8s.io/v1alpha2", mirrorRoute(5))).toContain(
      "set its percentage to 100",
    );
    expect(why("IngressRoute", "traefik.io/v1alpha1", mirrorRoute(5))).toContain("spec.mirroring");
    expect(why("IngressRoute", "traefik.io/v1alpha1", headerRoute(header("x", "`")))).toContain("backquote");
    expect(why("HTTPProxy", "projectcontour.io/v1", mirrorRoute(0.5))).toContain("whole percent, not 0.5");
    expect(why("Ingress", "networking.k8s.io/v1", mirrorRoute(5))).toContain(
      "mirror-target of the main Ingress",
    );
    expect(why("Ingress", "networking.k8s.io/v1", headerRoute(cookie("side", "canary")))).toContain(
      'the value "always" in a cookie',
    );
    expect(why("Ingress", "networking.k8s.io/v1", headerRoute(header("x", "1"), header("y", "1")))).toContain(
      "one header and one cookie",
    );
    const alb = (...match: Parameters<typeof headerRoute>) =>
      problem(example("Ingress", "networking.k8s.io/v1", "split").change([], [headerRoute(...match)]))
        .message;
    expect(alb(header("x", "a"), header("y", "a"))).toContain("one header, with several values");
    expect(alb(header("x", "a.*", "regex"))).toContain("no regex, no cookie");
    expect(alb(header("x", "a*"))).toContain("* and ? for any characters");
    const pathless = example("Ingress", "networking.k8s.io/v1", "split").text.replace(
      "use-annotation",
      "http",
    );
    expect(
      problem(beside(pathless, { stable: "web", canary: "arn:1" }).change([], [BETA])).message,
    ).toContain("no path of this Ingress");
    const path = beside("traffic: {stable: 90, canary: 10}\n", {
      stable: "/traffic/stable",
      canary: "/traffic/canary",
    });
    expect(problem(path.change([], [BETA])).message).toContain("only a value in a file");
    expect(path.without(BETA)).toBe("traffic: {stable: 90, canary: 10}\n");
  });

  it("name the line of what is in the way", () => {
    const contour = example("HTTPProxy", "projectcontour.io/v1", "routes[0]").text;
    const mirrored = beside(`${contour}    - {name: log, port: 80, mirror: true}\n`, {
      stable: "a",
      canary: "b",
    });
    expect(problem(mirrored.change([], [mirrorRoute(5)])).message).toContain("has a mirror already");
    const nginx = example("Ingress", "networking.k8s.io/v1").text;
    const chosen = nginx.replace("spec:", `    ${NGINX}/canary-by-header: x-other\nspec:`);
    const sides = { stable: "stable", canary: "web-v2" };
    expect(problem(beside(chosen, sides).change([], [headerRoute(cookie("a", "always"))])).message).toContain(
      "canary-by-header already",
    );
    const gateway = example("HTTPRoute", V1).text;
    const taken = `${gateway}  - matches: [{headers: [{name: X-Beta, value: "yes"}]}]\n    backendRefs: [{name: web, port: 80}]\n`;
    expect(
      problem(beside(taken, { stable: "web", canary: "web-canary" }).change([], [BETA])).message,
    ).toContain("line 11");
    const traefik = example("IngressRoute", "traefik.io/v1alpha1").text;
    const tied = `${traefik}  - {match: PathPrefix(\`/b\`), priority: 10, services: [{name: x}]}\n`;
    expect(
      problem(beside(tied, { stable: "web:80", canary: "web:81" }).change([], [BETA])).message,
    ).toContain("its priority would have to be 10, which routes[1] has");
  });
});

describe("what is there of a person's", () => {
  const sides = { stable: "web", canary: "web-canary" };
  const gateway = `apiVersion: ${V1}
kind: HTTPRoute
metadata: {name: web}
spec:
  rules:
  - name: all
    matches:
    - path: {type: PathPrefix, value: /a}
    - {method: GET, headers: [{name: x-tenant, value: a}]}
    filters:
    - {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [x]}}
    backendRefs:
    - {name: web, port: 80, weight: 9}
    - {name: web-canary, port: 80, weight: 1}
    timeouts: {request: 5s}
`;

  it("is in the route too: each match with each header, filters, timeouts, and a name where there are names", () => {
    const inside = beside(gateway, sides).with(mirrorRoute(10), BETA);
    expect(linesPutIn(gateway, inside).join("\n")).toBe(`    - type: RequestMirror
      requestMirror:
        backendRef: {name: web-canary, port: 80}
        percent: 10
  - name: sluice-beta
    matches:
    - path: {type: PathPrefix, value: /a}
      headers:
      - name: X-Beta
        value: "yes"
    - {method: GET, headers: [{name: x-tenant, value: a}, {name: X-Beta, value: "yes"}]}
    filters:
    - {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [x]}}
    timeouts: {request: 5s}
    backendRefs:
    - {name: web-canary, port: 80}`);
    const after = beside(inside, sides);
    expect(after.standing(BETA, mirrorRoute(10))).toHaveLength(2);
    expect(after.without(mirrorRoute(10), BETA)).toBe(gateway);
    expect(after.without(BETA, mirrorRoute(10))).toBe(gateway);
  });

  it("is refused where it has no room", () => {
    const full = gateway + "  - backendRefs: [{name: web, port: 80}]\n".repeat(15);
    expect(problem(beside(full, sides).change([], [BETA])).message).toContain("16 are the most");
    const many = headerRoute(...Array.from({ length: 33 }, (_, index) => header(`x-${index}`, "1")));
    expect(problem(beside(gateway, sides).change([], [many])).message).toContain(
      "66 matches, and 64 are the most",
    );
  });

  it("leaves another route alone when one goes", () => {
    const other = { ...headerRoute(header("x-team", "a")), name: "team" };
    const inside = beside(gateway, sides).with(BETA, other);
    const rest = beside(inside, sides).without(BETA);
    expect(rest).toBe(beside(gateway, sides).with(other));
    expect(beside(rest, sides).without(other)).toBe(gateway);
  });

  it.each([
    [
      "VirtualService",
      "networking.istio.io/v1",
      "http",
      "match: [{uri: {prefix: /b}}]",
      "route",
      "destination: {host: web, subset: NAME}",
    ],
    [
      "HTTPRoute",
      V1,
      "rules",
      "matches: [{path: {type: PathPrefix, value: /b}}]",
      "backendRefs",
      "name: NAME, port: 80",
    ],
    [
      "HTTPProxy",
      "projectcontour.io/v1",
      "routes",
      "conditions: [{prefix: /b}]",
      "services",
      "name: NAME, port: 80",
    ],
    [
      "IngressRoute",
      "traefik.io/v1alpha1",
      "routes",
      "match: Host(`b.example.com`)",
      "services",
      "name: NAME, port: 80",
    ],
  ])(
    "leaves the same route beside another split of the object alone (%s)",
    (kind, apiVersion, list, taking, arms, to) => {
      const split = (first: string) =>
        `  - ${first}\n    ${arms}:\n${["v1", "v2"].map((name) => `    - {${to.replace("NAME", name)}, weight: 1}\n`).join("")}`;
      const text = `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: web}\nspec:\n  ${list}:\n${split(taking.replace("/b", "/a").replace("b.ex", "a.ex"))}${split(taking)}`;
      const names = { stable: "v1", canary: "v2" };
      const [first, second] = [{ route: `${list}[0]` }, { route: `${list}[1]` }];
      const one = beside(text, names, first).with(BETA);
      const both = beside(one, names, second).with(BETA);
      expect(linesPutIn(one, both).length).toBe(linesPutIn(text, one).length);
      for (const selector of [first, second]) {
        expect(beside(both, names, selector).standing(BETA)).toEqual([BETA]);
        expect(beside(both, names, selector).with(BETA)).toBe(both);
      }
      expect(beside(both, names, second).without(BETA)).toBe(one);
      const other = beside(both, names, first).without(BETA);
      expect(beside(other, names, second).standing(BETA)).toEqual([BETA]);
      expect(beside(other, names, second).without(BETA)).toBe(text);
    },
  );
});
