import { describe, expect, it } from "vitest";
import type { ManagedRoute } from "../../src/config/types.ts";
import { findBypasses, removeBypasses, setRoutes, standingRoutes } from "../../src/manifests/index.ts";
import type { Selector } from "../../src/manifests/types.ts";
import { problem, splitsOf, value } from "./helpers.ts";

const V1_V2 = { stable: "v1", canary: "v2" };
const find = (text: string, sides = V1_V2, selector: Selector = {}) =>
  value(findBypasses("f.yaml", text, selector, sides, []));
const remove = (text: string, sides = V1_V2, selector: Selector = {}) =>
  removeBypasses("f.yaml", text, selector, sides, []);
const said = (text: string, sides = V1_V2, selector: Selector = {}) =>
  find(text, sides, selector).map(({ name, route, match, percent }) => ({
    at: `${name} ${route}`,
    match,
    percent,
  }));

const istio = (http: string, head = "metadata: {name: reviews}") =>
  `apiVersion: networking.istio.io/v1\nkind: VirtualService\n${head}\nspec:\n  hosts: [reviews]\n  http:\n${http}`;
const to = (subset: string, weight?: number, host = "reviews") =>
  `    - destination: {host: ${host}, subset: ${subset}}\n${weight === undefined ? "" : `      weight: ${weight}\n`}`;
const SPLIT = `  - route:\n${to("v1", 80)}${to("v2", 20)}`;
const MOBILE = `  # phones first
  - match:
    - headers:
        user-agent:
          regex: ".*Mobile.*"
    route:
${to("v2")}`;

describe("a route that reaches the canary outside the split (Istio)", () => {
  it("is found with what it takes, and goes to the byte", () => {
    const text = istio(MOBILE + SPLIT);
    expect(find(text)).toEqual([
      {
        file: "f.yaml",
        kind: "VirtualService",
        name: "reviews",
        route: "http[0]",
        match: 'headers user-agent regex ".*Mobile.*"',
        percent: 100,
        line: 8,
      },
    ]);
    expect(value(remove(text))).toBe(istio(`  # phones first\n${SPLIT}`));
    expect(find(istio(SPLIT))).toEqual([]);
    expect(value(remove(istio(SPLIT)))).toBe(istio(SPLIT));
  });

  it("keeps CRLF, comments and what other documents hold", () => {
    const text = `# top\r\n${istio(MOBILE + SPLIT).replaceAll("\n", "\r\n")}---\r\nkind: Other\r\nx: 1 # stays`;
    const mobile = MOBILE.slice(MOBILE.indexOf("  - match")).replaceAll("\n", "\r\n");
    expect(value(remove(text))).toBe(text.replace(mobile, ""));
  });

  it("may be one of several destinations: then the canary's weight goes to the stable side", () => {
    const api = `  - name: api\n    match: [{uri: {prefix: /api}}]\n    route:\n`;
    const text = istio(`${api}${to("v1", 60)}${to("v2", 30)}${to("v3", 10)}${SPLIT}`);
    expect(said(text, V1_V2, { route: "http[1]" })).toEqual([
      { at: "reviews api", match: "uri prefix /api", percent: 30 },
    ]);
    expect(value(remove(text, V1_V2, { route: "http[1]" }))).toBe(
      istio(`${api}${to("v1", 90)}${to("v2", 0)}${to("v3", 10)}${SPLIT}`),
    );
    const others = istio(`${api}${to("v2", 30)}${to("v3", 10)}${to("v4", 20)}${SPLIT}`);
    expect(value(remove(others))).toBe(istio(`${api}${to("v2", 0)}${to("v3", 10)}${to("v4", 50)}${SPLIT}`));
    expect(said(istio(`${api}${to("v1", 1)}${to("v2", 0)}${SPLIT}`), V1_V2, { route: "http[1]" })).toEqual(
      [],
    );
    expect(said(istio(`${api}${to("v1", 1)}${to("v2")}${SPLIT}`), V1_V2, { route: "http[1]" })).toEqual([]);
  });

  it("is none where nothing can reach it", () => {
    const all = `  - route:\n${to("v2")}`;
    expect(said(istio(SPLIT + all))).toEqual([]);
    expect(said(istio(SPLIT + MOBILE))).toEqual([]);
    const root = SPLIT.replace("- route", "- match: [{uri: {prefix: /}}]\n    route");
    expect(said(istio(root + all))).toEqual([]);
    const same = SPLIT.replace("- route", "- match: [{headers: {a: {exact: b}}}]\n    route");
    expect(said(istio(`${same}${MOBILE}`))).toHaveLength(1);
    const again = `  - match:\n    - headers:\n        a: {exact: "b"}\n    route:\n${to("v2")}`;
    expect(said(istio(same + again))).toEqual([]);
    // What a delegate does not take goes on.
    expect(said(istio(`  - delegate: {name: other}\n${SPLIT}${all}`))).toEqual([]);
    expect(said(istio(`${same}  - delegate: {name: other}\n${all}`))).toEqual([
      { at: "reviews http[2]", match: null, percent: 100 },
    ]);
  });

  it("before the split hides it: it takes everything, and goes", () => {
    const all = `  - route:\n${to("v2")}`;
    expect(said(istio(all + SPLIT))).toEqual([{ at: "reviews http[0]", match: null, percent: 100 }]);
    expect(value(remove(istio(all + SPLIT)))).toBe(istio(SPLIT));
  });

  it("stays where requests would go nowhere without it, and says so", () => {
    const api = SPLIT.replace("- route", "- match: [{uri: {prefix: /api}}]\n    route");
    const refused = problem(remove(istio(`${api}  - route:\n${to("v2")}`)));
    expect(refused).toMatchObject({ code: "bypass-stays", line: 13 });
    expect(refused.message).toContain("takes every request");
    const other = istio(`  - match: [{port: 80}]\n    route:\n${to("v2")}`, "metadata: {name: other}");
    const alone = problem(remove(`${istio(SPLIT)}---\n${other}`));
    expect(alone).toMatchObject({ code: "bypass-stays", line: 19 });
    expect(alone.message).toContain("VirtualService other route http[0]");
    expect(alone.message).toContain("only one of its list");
  });

  it("stays where the split would not be found any more, and says so", () => {
    const refused = problem(remove(istio(MOBILE + SPLIT), V1_V2, { route: "http[1]" }));
    expect(refused).toMatchObject({ code: "bypass-stays", line: 15 });
    expect(refused.message).toContain("chosen by an index (http[1])");
    const pointers = { stable: "/spec/http/1/route/0/weight", canary: "/spec/http/1/route/1/weight" };
    expect(said(istio(MOBILE + SPLIT), pointers)).toHaveLength(1);
    expect(problem(remove(istio(MOBILE + SPLIT), pointers)).code).toBe("bypass-stays");
    const named = istio(MOBILE + SPLIT.replace("- route", "- name: main\n    route"));
    expect(value(remove(named, V1_V2, { route: "main" }))).toBe(
      named.replace(/ {2}- match:.*?(?= {2}- name)/s, ""),
    );
  });

  it("several go together, also those that only others hid", () => {
    const rest = `  - match: [{headers: {b: {exact: c}}}]\n    route:\n${to("v2")}`;
    const all = `  - route:\n${to("v2")}`;
    expect(said(istio(all + rest + SPLIT))).toHaveLength(1);
    expect(value(remove(istio(all + rest + SPLIT)))).toBe(istio(SPLIT));
  });

  it("copies of requests are no traffic", () => {
    const mirror = `  - match: [{port: 1}]\n    mirror: {host: reviews, subset: v2}\n    route:\n${to("v1")}`;
    expect(said(istio(mirror + SPLIT))).toEqual([]);
  });
});

describe("the same destination, whatever it is called", () => {
  const bypass = (host: string, head: string) =>
    istio(`  - match: [{port: 1}]\n    route:\n${to("v2", undefined, host)}`, head);
  const inShop = istio(SPLIT, "metadata: {name: reviews, namespace: shop}");
  const plain = "metadata: {name: other}";

  it.each([
    ["reviews", "metadata: {name: other, namespace: shop}", 1],
    ["reviews.shop.svc.cluster.local", plain, 1],
    ["Reviews.shop.svc", plain, 1],
    // Where it will be applied is not known.
    ["reviews", plain, 1],
    ["reviews", "metadata: {name: other, namespace: bar}", 0],
    ["reviews.bar.svc.cluster.local", "metadata: {name: other, namespace: shop}", 0],
    ["ratings", "metadata: {name: other, namespace: shop}", 0],
    ["reviews.example.com", plain, 0],
  ])("%s in %s: %i", (host, head, count) => {
    expect(said(`${inShop}---\n${bypass(host, head)}`)).toHaveLength(count);
  });

  it("a subset is one host's own", () => {
    const twoHosts = `  - match: [{uri: {prefix: /ratings}}]\n    route:\n${to("v2", undefined, "ratings")}`;
    expect(said(istio(twoHosts + SPLIT))).toEqual([]);
  });

  it("the selector's namespace is that of objects that name none", () => {
    const text = `${istio(SPLIT)}---\n${bypass("reviews.bar.svc.cluster.local", plain)}`;
    expect(said(text)).toHaveLength(1);
    expect(said(text, V1_V2, { namespace: "shop" })).toEqual([]);
    expect(said(text, V1_V2, { namespace: "bar" })).toHaveLength(1);
  });

  it("another kind's route to the canary's service counts too", () => {
    const hosts = istio(
      `  - route:\n    - destination: {host: web}\n      weight: 9\n    - destination: {host: web-canary}\n      weight: 1\n`,
    );
    const route = `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: beta}\nspec:\n  rules:\n  - backendRefs: [{name: web-canary, port: 80}]\n`;
    expect(said(`${hosts}---\n${route}`, { stable: "web", canary: "web-canary" })).toEqual([
      { at: "beta rules[0]", match: null, percent: 100 },
    ]);
  });
});

describe("the words of a match", () => {
  const words = (match: string) =>
    said(istio(`  - match:${match}\n    route:\n${to("v2")}${SPLIT}`))[0]?.match;

  it("are the file's own on one line", () => {
    expect(words("\n    - uri: {prefix: /a}\n      headers:\n        x: {exact: 'y'}\n    - port: 80")).toBe(
      "uri prefix /a, headers x exact 'y' or port 80",
    );
    expect(words(" [{headers: {a: {exact: b}, c: {prefix: d}}}]")).toBe("headers (a exact b, c prefix d)");
    expect(words("\n    - uri:\n        regex: >-\n          one\n          two")).toBe("uri regex one two");
    expect(words(" [{}]")).toBeNull();
  });

  it("are short, and nothing in them acts", () => {
    expect(words(' [{uri: {exact: "a\u202Eb\u200B"}}]')).toBe('uri exact "a·b·"');
    const long = words(` [{uri: {exact: ${"x".repeat(1_000)}}}]`) ?? "";
    expect([...long]).toHaveLength(201);
    expect(long.endsWith("x…")).toBe(true);
  });

  it("end soon, however often an alias multiplies them", () => {
    const bomb = ["a: &a {k: v, l: w}"];
    for (let i = 0; i < 40; i += 1) {
      const before = i === 0 ? "a" : `a${i - 1}`;
      bomb.push(`a${i}: &a${i} {x: *${before}, y: *${before}}`);
    }
    const text = istio(`  - match: [{headers: *a39}]\n    route:\n${to("v2")}${SPLIT}`).replace(
      "spec:",
      `bomb:\n${bomb.map((line) => `  ${line}`).join("\n")}\nspec:`,
    );
    expect(said(text)[0]?.match).toMatch(/^headers \(x \(x .*…$/);
  });
});

describe("routes of ours", () => {
  const testers: ManagedRoute = {
    kind: "header",
    name: "testers",
    match: [{ in: "header", name: "x-tester", value: { how: "exact", text: "yes" } }],
  };
  const copies: ManagedRoute = { kind: "mirror", name: "copies", percent: 10 };
  const gateway = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  rules:
  - matches:
    - headers: [{name: x-beta, value: "1"}]
    backendRefs:
    - {name: v2, port: 80}
  - backendRefs:
    - {name: v1, port: 80, weight: 9}
    - {name: v2, port: 80, weight: 1}
`;
  const nginx = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-canary
  annotations:
    nginx.ingress.kubernetes.io/canary: "true"
    nginx.ingress.kubernetes.io/canary-weight: "10"
spec:
  rules:
  - http: {paths: [{path: /, backend: {service: {name: v2, port: {number: 80}}}}]}
`;

  it.each([
    ["VirtualService", istio(MOBILE + SPLIT), V1_V2, 1],
    ["HTTPRoute", gateway, V1_V2, 1],
    ["Ingress", nginx, { stable: "stable", canary: "v2" }, 0],
  ])(
    "are none while they are set, and the team's own beside them stay ways round (%s)",
    (_, text, sides, own) => {
      const routes = [testers];
      const set = value(setRoutes("f", text, {}, sides, { before: [], after: routes }));
      expect(set).not.toBe(text);
      expect(value(findBypasses("f", set, {}, sides, routes))).toHaveLength(own);
      expect(value(findBypasses("f", set, {}, sides, []))).toHaveLength(own + 1);
      const removed = value(removeBypasses("f", set, {}, sides, routes));
      expect(value(standingRoutes("f", removed, {}, sides, routes))).toEqual(routes);
      expect(value(setRoutes("f", removed, {}, sides, { before: routes, after: [] }))).toBe(
        value(removeBypasses("f", text, {}, sides, [])),
      );
    },
  );

  it("that copy requests are none either", () => {
    const routes = [copies];
    const set = value(setRoutes("f", istio(SPLIT), {}, V1_V2, { before: [], after: routes }));
    expect(set).not.toBe(istio(SPLIT));
    for (const ours of [routes, []]) expect(value(findBypasses("f", set, {}, V1_V2, ours))).toEqual([]);
  });
});

it("many are found soon, and too many are left alone", () => {
  const rules = Array.from({ length: 8_000 }, (_, n) => `  - match: [{port: ${n}}]\n    route:\n${to("v2")}`);
  const text = istio(rules.join("") + SPLIT);
  expect(find(text)).toHaveLength(8_000);
  expect(problem(remove(text))).toMatchObject({ code: "too-many" });
});

it("an unreadable weight beside the split is taken for all of it, and not changed", () => {
  const text = istio(
    `  - match: [{port: 1}]\n    route:\n${to("v1", 1)}${to("v2", 1).replace("weight: 1", 'weight: "{{ .Values.w }}"')}${SPLIT}`,
  );
  expect(said(text, V1_V2, { route: "http[1]" })).toMatchObject([{ percent: 100 }]);
  expect(problem(remove(text, V1_V2, { route: "http[1]" })).code).toBe("template");
});

it("says what is wrong with a split that is not there", () => {
  expect(problem(findBypasses("f", istio(SPLIT), {}, { stable: "v1", canary: "v9" }, [])).code).toBe(
    "unknown-arm",
  );
  expect(problem(remove("a: [", V1_V2)).code).toBe("yaml");
  expect(splitsOf(istio(SPLIT))).toHaveLength(1);
});
