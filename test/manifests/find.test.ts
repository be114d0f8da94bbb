import { describe, expect, it } from "vitest";
import { chooseSplit, findSplits } from "../../src/manifests/index.ts";
import { problem, splitsOf, value, virtualService } from "./helpers.ts";

const arms = (text: string) =>
  splitsOf(text).map((split) => split.arms.map((arm) => `${arm.name} ${arm.weight}`));
const route = (...destinations: string[]) =>
  virtualService(`  - route:\n${destinations.map((one) => `    - ${one}\n`).join("")}`);

describe("finding splits", () => {
  it("looks at every list of a VirtualService and names a rule by its name or its place", () => {
    const two = "[{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 2}]";
    const text = `apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: {name: all, namespace: shop}
spec:
  http:
  - {name: api, route: ${two}}
  - {route: [{destination: {host: a}}]}
  - {route: ${two}}
  - {name: twice, route: ${two}}
  - {name: twice, route: ${two}}
  - {redirect: {uri: /}}
  tcp:
  - {route: ${two}}
  tls:
  - {route: ${two}}
`;
    const found = splitsOf(text);
    expect(found.map((split) => split.route)).toEqual([
      "api",
      "http[2]",
      "http[3]",
      "http[4]",
      "tcp[0]",
      "tls[0]",
    ]);
    expect(found[0]).toEqual({
      file: "f.yaml",
      apiVersion: "networking.istio.io/v1alpha3",
      kind: "VirtualService",
      namespace: "shop",
      name: "all",
      route: "api",
      arms: [
        { name: "a", weight: 1 },
        { name: "b", weight: 2 },
      ],
      limits: { max: 2_147_483_647, sum: null },
      line: 6,
    });
  });

  it("reads absent weights as the API does: 0 for Istio, 1 for the Gateway API, an error for SMI", () => {
    expect(arms(route("destination: {host: a}", "{destination: {host: b}, weight: 100}"))).toEqual([
      ["a 0", "b 100"],
    ]);
    const gateway =
      "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: {rules: [{backendRefs: [{name: a}, {name: b, weight: 3}]}]}\n";
    expect(arms(gateway)).toEqual([["a 1", "b 3"]]);
    const smi = (version: string) =>
      `apiVersion: split.smi-spec.io/${version}\nkind: TrafficSplit\nmetadata: {name: r}\nspec: {backends: [{service: a}, {service: b, weight: 3}]}\n`;
    for (const version of ["v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4"]) {
      expect(problem(findSplits("f", smi(version))).message).toContain('weight of "a" is missing');
    }
  });

  it("says for which services a mesh's route takes requests, and nothing of gateways", () => {
    const parentsOf = (parents: string) =>
      splitsOf(
        `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r}\nspec: {parentRefs: ${parents}, rules: [{backendRefs: [{name: a}, {name: b}]}]}\n`,
      )[0]?.parents;
    expect(parentsOf("[{kind: Service, group: '', name: api}, {name: shop}]")).toEqual(["api"]);
    expect(parentsOf("[{kind: Gateway, name: shop}]")).toBeUndefined();
  });

  it("gives arms names that a person can type and that are unique", () => {
    const at = (host: string, subset: string) => `destination: {host: ${host}, subset: ${subset}}`;
    const named = (...destinations: string[]) =>
      splitsOf(route(...destinations))[0]?.arms.map((arm) => arm.name);
    expect(named(at("x", "v1"), at("x", "v2"))).toEqual(["v1", "v2"]);
    expect(named(at("x", "v1"), at("y", "v1"), at("x", "v2"))).toEqual(["x/v1", "y/v1", "v2"]);
    expect(
      named("destination: {host: x, port: {number: 80}}", "destination: {host: x, port: {number: 81}}"),
    ).toEqual(["x:80", "x:81"]);
    expect(named("destination: {host: v1}", at("x", "v1"))).toEqual(["v1", "x/v1"]);
    expect(named("destination: {host: x}", "destination: {host: x}")).toEqual(["x", "x#2"]);
  });

  it("leaves other kinds, other API groups and single destinations alone", () => {
    for (const text of [
      "",
      "# nothing\n",
      "just text",
      "- a\n- b\n",
      "kind: VirtualService\n",
      route("destination: {host: a}\n      weight: 100"),
      route("destination: {host: a}", "destination: {host: b}").replace(
        "networking.istio.io/v1",
        "appmesh.k8s.aws/v1beta2",
      ),
    ]) {
      expect(findSplits("f", text)).toEqual({ ok: true, value: [] });
    }
  });
});

describe("choosing one split", () => {
  const two = virtualService(`  - name: web
    route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 2}]
  - route: [{destination: {host: a}, weight: 1}, {destination: {host: canary}, weight: 2}]
`);

  it("lists the choices when several match", () => {
    const refused = problem(chooseSplit("f.yaml", two, {}));
    expect(refused).toMatchObject({ code: "ambiguous", file: "f.yaml", line: 8 });
    expect(refused.message).toContain("VirtualService checkout route web (line 8: a, b)");
    expect(refused.message).toContain("VirtualService checkout route http[1] (line 9: a, canary)");
  });

  it("narrows by route and by arms; the kind in any case, a missing namespace fits all", () => {
    expect(value(chooseSplit("f", two, { route: "http[1]" })).line).toBe(9);
    const selector = { arms: ["canary"], kind: "virtualservice", namespace: "production" };
    expect(value(chooseSplit("f", two, selector)).route).toBe("http[1]");
  });

  it("names the nearest arm and the ones there are", () => {
    const refused = problem(chooseSplit("f", two, { arms: ["canry"] }));
    expect(refused.code).toBe("unknown-arm");
    expect(refused.message).toContain('no subset, service or backend "canry" (did you mean "canary"?)');
    expect(refused.message).toContain("(line 8: a, b)");
    expect(problem(chooseSplit("f", two, { arms: ["b", "canary"] })).message).toContain(
      'no split has all of "b", "canary"',
    );
  });

  it("says what is there when nothing is found", () => {
    expect(problem(chooseSplit("f", two, { name: "other" })).message).toMatch(
      /no split has name "other"; there is Virtual/,
    );
    const service =
      "kind: Service\nmetadata: {name: web}\n---\nkind: HTTPRoute\napiVersion: policy.linkerd.io/v1beta1\nmetadata: {name: r}\n";
    const { message } = problem(chooseSplit("f", service, {}));
    expect(message).toContain(
      "only Service web, HTTPRoute r (of policy.linkerd.io/v1beta1; known are gateway",
    );
    expect(problem(chooseSplit("f", "", {})).message).toContain("no Kubernetes object at all");
  });

  it("is not kept from a good split by a bad one beside it", () => {
    const text = two.replace("host: b}, weight: 2", "host: b}, weight: two");
    expect(findSplits("f", text).ok).toBe(false);
    expect(value(chooseSplit("f", text, { route: "http[1]" })).arms).toHaveLength(2);
  });
});
