import { describe, expect, it } from "vitest";
import { findBypasses } from "../../../src/manifests/index.ts";
import { problem, value } from "../helpers.ts";
import { BETA, beside, mirrorRoute } from "./helpers.ts";

const V1 = "gateway.networking.k8s.io/v1";

const gateway = (more = "", kind = "HTTPRoute", top = "") => `apiVersion: ${V1}
kind: ${kind}
metadata: {name: web, namespace: shop}
spec:
  rules:
${top}  - backendRefs:
    - {name: v1, port: 80, weight: 9}
    - {name: v2, port: 80, weight: 1}
${more}`;

const contour = (more = "") => `apiVersion: projectcontour.io/v1
kind: HTTPProxy
metadata: {name: web}
spec:
  routes:
  - conditions: [{prefix: /a}]
    services:
    - {name: v1, port: 80, weight: 9}
    - {name: v2, port: 80, weight: 1}
${more}`;

const traefik = (more = "") => `apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: web}
spec:
  routes:
  - match: Host(\`a\`)
    services:
    - {name: v1, port: 80, weight: 9}
    - {name: v2, port: 80, weight: 1}
${more}`;

/** A rule of the team's for fewer requests than the route's, to the same side. */
const THEIRS: readonly (readonly [string, (more?: string) => string, string])[] = [
  [
    "HTTPRoute",
    gateway,
    `  - matches:
    - path: {type: PathPrefix, value: /beta}
      headers: [{name: X-Beta, value: "yes"}]
    timeouts: {request: 30s}
    backendRefs: [{name: v2, port: 80}]
`,
  ],
  [
    "HTTPProxy",
    contour,
    `  - conditions: [{prefix: /a}, {prefix: /beta}, {header: {name: X-Beta, exact: "yes"}}]
    services: [{name: v2, port: 80}]
`,
  ],
  [
    "IngressRoute",
    traefik,
    `  - match: (Host(\`b\`)) && Header(\`X-Beta\`, \`yes\`)
    services: [{name: v2, port: 80}]
`,
  ],
];

describe("a rule of the team's that takes some of a header's requests to the canary", () => {
  it.each(THEIRS)("stays, whether the route stands or not (%s)", (_, object, theirs) => {
    expect(beside(object(theirs)).without(BETA)).toBe(object(theirs));
    const inside = beside(object()).with(BETA) + theirs;
    expect(beside(inside).standing(BETA)).toEqual([BETA]);
    expect(beside(inside).without(BETA)).toBe(object(theirs));
    const sides = { stable: "v1", canary: "v2" };
    expect(value(findBypasses("f", inside, {}, sides, [BETA]))).toHaveLength(1);
  });

  it("is told from the route by its name where the object has names", () => {
    const named = (name: string) =>
      `  - name: ${name}\n    matches: [{headers: [{name: X-Beta, value: "yes"}]}]\n    backendRefs: [{name: v2, port: 80}]\n`;
    expect(beside(gateway(named("mine"))).without(BETA)).toBe(gateway(named("mine")));
    expect(problem(beside(gateway(named("mine"))).change([], [BETA])).message).toContain("on line 9");
    expect(beside(gateway(named("sluice-beta"))).without(BETA)).toBe(gateway());
    const touched = named("sluice-beta").replace("headers", "path: {value: /x}, headers");
    expect(beside(gateway(touched)).without(BETA)).toBe(gateway());
  });
});

describe("a route whose split was changed since", () => {
  it.each(THEIRS)("goes all the same (%s)", (_, object, theirs) => {
    const inside = beside(object()).with(BETA);
    const later = (text: string) => text.replace("weight: 9}", "weight: 9}\n    - {name: v3, port: 80}");
    expect(beside(later(inside)).without(BETA)).toBe(later(object()));
    const touched = inside.replace(/(- name: v2|- \{name: v2, port: 80\})\n(?! {2}- )/, "$1\n    # mine\n");
    expect(touched).not.toBe(inside);
    expect(beside(touched + theirs).without(BETA)).not.toContain("sluice");
  });

  it("goes when it has other matches beside those it had", () => {
    const split = (paths: string, policy = "") =>
      gateway("").replace("  - backendRefs", `  - matches: [${paths}]\n${policy}    backendRefs`);
    const [a, b] = ["{path: {value: /a}}", "{path: {value: /b}}"];
    const put = beside(split(a)).with(BETA).slice(split(a).length);
    const now = split(`${a}, ${b}`, "    timeouts: {request: 1s}\n");
    expect(beside(now + put).standing(BETA)).toEqual([]);
    expect(beside(now + put).without(BETA)).toBe(now);
    // Nothing of it is the route's where its split asks for something else.
    expect(beside(split(b) + put).without(BETA)).toBe(split(b) + put);
  });
});

describe("two sides that only a port tells apart", () => {
  const text = gateway().replaceAll("v2, port: 80", "v1, port: 81");
  const sides = { stable: "v1:80", canary: "v1:81" };

  it("have each their own rules and mirrors", () => {
    const stable = `  - matches: [{headers: [{name: X-Beta, value: "yes"}]}]\n    backendRefs: [{name: v1, port: 80}]\n`;
    expect(beside(text + stable, sides).without(BETA)).toBe(text + stable);
    const inside = beside(text, sides).with(mirrorRoute(10));
    const other = inside.replace("{name: v1, port: 81}\n", "{name: v1, port: 80}\n");
    expect(other).not.toBe(inside);
    expect(beside(other, sides).without(mirrorRoute(10))).toBe(other);
    expect(beside(inside, sides).without(mirrorRoute(10))).toBe(text);
  });
});

describe("a mirror of ours that a person touched", () => {
  const istio = (more = "") => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  http:
  - route:
    - destination: {host: web, subset: v1}
      weight: 9
    - destination: {host: web, subset: v2}
      weight: 1
${more}`;
  const kuma = `type: MeshHTTPRoute
mesh: default
name: web
spec:
  to:
  - targetRef: {kind: MeshService, name: web}
    rules:
    - matches: [{path: {type: PathPrefix, value: /}}]
      default:
        backendRefs:
        - {kind: MeshService, name: v1, port: 80, weight: 9}
        - {kind: MeshService, name: v2, port: 80, weight: 1}
`;
  it.each([
    [
      "VirtualService",
      istio(),
      "{host: web, subset: v2}\n      perc",
      "{host: web, subset: v2, port: {number: 80}}\n      perc",
    ],
    [
      "HTTPRoute",
      gateway(),
      "name: v2, port: 80}\n        perc",
      "name: v2, port: 8080, namespace: shop}\n        perc",
    ],
    ["HTTPProxy", contour(), "mirror: true", "mirror: true, validation: {caSecret: x}"],
    ["MeshHTTPRoute", kuma, "name: v2, port: 80}\n", "name: v2, port: 8080}\n"],
  ])("is known by where it leads, and goes (%s)", (_, text, from, to) => {
    const inside = beside(text).with(mirrorRoute(10));
    const touched = inside.replace(from, to);
    expect(touched).not.toBe(inside);
    expect(beside(touched).standing(mirrorRoute(10))).toEqual([]);
    expect(beside(touched).without(mirrorRoute(10))).toBe(text);
  });

  it("is known too where the object has one mirror a rule, also when another rule has more since", () => {
    const other =
      "  - match: [{port: 1}]\n    mirror: {host: log}\n    route: [{destination: {host: web, subset: v1}}]\n";
    const inside = beside(istio(other)).with(mirrorRoute(10));
    const touched = inside
      .replace("mirror: {host: web, subset: v2}", "mirror: {host: web, subset: v2, port: {number: 80}}")
      .replace("mirror: {host: log}", "mirrors: [{destination: {host: log}}]");
    expect(beside(touched).without(mirrorRoute(10))).toBe(
      istio(other.replace("mirror: {host: log}", "mirrors: [{destination: {host: log}}]")),
    );
  });

  it("is no mirror of a person's to another place", () => {
    const text = istio("    mirrors: [{destination: {host: web, subset: v3}}, {destination: {host: web}}]\n");
    expect(beside(text).without(mirrorRoute(10))).toBe(text);
  });
});
