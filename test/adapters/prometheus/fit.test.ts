import { describe, expect, it } from "vitest";
import { fitOf } from "../../../src/adapters/prometheus/fit.ts";
import { MESHES, type Mesh } from "../../../src/config/types.ts";
import { KINDS } from "../../../src/manifests/kinds.ts";
import type { FitQuestion } from "../../../src/ports/metrics.ts";
import { rolloutWith } from "../../config/helpers.ts";

interface Case {
  readonly mesh: Mesh;
  readonly metrics?: string;
  readonly slos?: string;
  readonly stable?: Partial<FitQuestion["workloads"][number]>;
  readonly canary?: Partial<FitQuestion["workloads"][number]>;
  readonly arms?: { readonly stable: string; readonly canary: string };
  readonly split?: Partial<FitQuestion["splits"][number]>;
}

/** A rollout that fits every data plane, but for what is said. */
function told({ mesh, metrics, slos, arms = { stable: "v1", canary: "v2" }, ...said }: Case) {
  const rollout = rolloutWith({ mesh, ...(metrics && { metrics }), ...(slos && { slos }) });
  const workload = { kind: "Deployment", namespace: null };
  const stable = { file: "apps/v1.yaml", name: "checkout", ...workload, ...said.stable };
  const canary = { file: "apps/v2.yaml", name: "checkout-canary", ...workload, ...said.canary };
  return fitOf({
    sides: {
      mesh,
      namespace: rollout.namespace,
      service: rollout.service,
      stable: stable.name,
      canary: canary.name,
      arms,
      names: rollout.metrics,
    },
    slos: rollout.slos,
    workloads: [stable, canary],
    splits: [
      {
        file: "mesh.yaml",
        kind: KIND[mesh] ?? "VirtualService",
        name: "checkout",
        route: null,
        byPath: false,
        ...said.split,
      },
    ],
  });
}

const KIND: Partial<Record<Mesh, string>> = {
  "linkerd-outbound": "GRPCRoute",
  cilium: "HTTPRoute",
  "envoy-gateway": "HTTPRoute",
  contour: "HTTPProxy",
  traefik: "IngressRoute",
  "ingress-nginx": "Ingress",
  consul: "ServiceSplitter",
  knative: "Service",
};
const FITS = { problem: null, notes: [] };
const QUERY = "[{ query: up, max: 1 }]";

describe("the sides of a rollout", () => {
  it.each(MESHES)("of mesh %s fit, each with a name of its own", (mesh) => {
    expect(told({ mesh })).toEqual(FITS);
  });

  it.each(MESHES)("of mesh %s need the names by which its metrics tell them apart, and no other", (mesh) => {
    const byWorkload = told({ mesh, canary: { name: "checkout" } }).problem;
    const byArm = told({ mesh, arms: { stable: "v1", canary: "v1#2" } }).problem;
    const alike = [byWorkload, byArm].filter((problem) => problem !== null);
    // Where the stable side is told by what its requests lack, its name is asked of nobody.
    expect(alike).toHaveLength(mesh === "ingress-nginx" ? 0 : 1);
    for (const problem of alike) expect(problem).toContain(`\`mesh: ${mesh}\` cannot tell the sides apart`);
  });

  it.each<[string, Case]>([
    ["the canary has stable's name", { mesh: "istio", metrics: "{ canary: checkout }" }],
    ["stable has the canary's", { mesh: "linkerd-outbound", metrics: "{ stable: v2 }" }],
    [
      "values by path leave the workloads'",
      { mesh: "contour", arms: { stable: "/a", canary: "/b" }, canary: { name: "checkout" } },
    ],
  ])("cannot be told apart where %s", (_, one) => {
    expect(told(one).problem).toContain("both are asked for as the");
  });

  it("may be told apart by the names that the metrics have, whatever the files say", () => {
    const metrics = "{ stable: checkout-a, canary: checkout-b }";
    expect(told({ mesh: "istio", metrics, canary: { name: "checkout" } })).toEqual(FITS);
  });

  it("are a note where only queries of the team's own are asked", () => {
    const { problem, notes } = told({ mesh: "istio", slos: QUERY, canary: { name: "checkout" } });
    expect({ problem, notes }).toEqual({
      problem: null,
      notes: [expect.stringContaining("tell the sides apart")],
    });
  });
});

describe("a split that the proxies of a data plane do not carry out", () => {
  it.each<[Mesh, string]>([
    ["linkerd-outbound", "TrafficSplit"],
    ["ingress-nginx", "VirtualService"],
    ["knative", "VirtualService"],
    ["contour", "VirtualService"],
    ["envoy-gateway", "TCPRoute"],
    ["traefik", "HTTPProxy"],
    ["consul", "MeshHTTPRoute"],
  ])("is noted: mesh %s, %s", (mesh, kind) => {
    expect(told({ mesh, split: { kind } })).toEqual({
      problem: null,
      notes: [
        expect.stringMatching(
          new RegExp(`^\`mesh.yaml\`: \`mesh: ${mesh}\` sees .* the ${kind} checkout: nothing would be`),
        ),
      ],
    });
  });

  it("is counted by Hubble where a policy brings its requests to Envoy", () => {
    expect(told({ mesh: "cilium", split: { kind: "VirtualService" } }).notes).toEqual([
      expect.stringContaining("only where a policy of Cilium's own"),
    ]);
  });

  it("does not matter where requests are counted by whoever answers them", () => {
    const meshes = ["istio", "istio-ambient", "linkerd", "kuma", "kuma-3"] as const;
    for (const mesh of meshes) {
      for (const kind of ["Ingress", "HTTPProxy", "HTTPRoute", "TrafficSplit"]) {
        expect(told({ mesh, split: { kind } }), `${mesh} ${kind}`).toEqual(FITS);
      }
    }
  });

  it("is not spoken of where it is a value by its path, the team asks itself, or names both sides", () => {
    const split = { kind: "ConfigMap" };
    expect(told({ mesh: "contour", split: { ...split, byPath: true } })).toEqual(FITS);
    expect(told({ mesh: "contour", split, slos: QUERY })).toEqual(FITS);
    expect(told({ mesh: "contour", split, metrics: "{ stable: a, canary: b }" })).toEqual(FITS);
    expect(told({ mesh: "app", split })).toEqual(FITS);
  });

  it("is none of a kind that nobody can split by", () => {
    const known = new Set(KINDS.map(({ kind }) => kind));
    for (const kind of Object.values(KIND)) expect(known).toContain(kind);
  });

  it.each<[Mesh, string, string | null]>([
    ["istio", "VirtualService", "tcp[0]"],
    ["istio", "VirtualService", "tls[1]"],
    ["contour", "HTTPProxy", "tcpproxy"],
    ["kuma", "MeshTCPRoute", null],
    ["linkerd", "TCPRoute", null],
  ])("splits connections, in which there may be no requests: mesh %s, %s %s", (mesh, kind, route) => {
    expect(told({ mesh, split: { kind, route } }).notes).toEqual([
      expect.stringContaining(`the ${kind} checkout splits connections`),
    ]);
    expect(told({ mesh: "istio", split: { route: "http[0]" } })).toEqual(FITS);
    expect(told({ mesh: "app", split: { kind, route } })).toEqual(FITS);
  });
});

describe("a route of a mesh", () => {
  const parents = ["carts", "orders"];

  it("takes requests of the services that it names, and `service` is to be one of them", () => {
    expect(told({ mesh: "linkerd-outbound", split: { kind: "HTTPRoute", parents } }).notes).toEqual([
      expect.stringContaining(
        "splits requests for `carts`, `orders`, and `service` of the rollout is `checkout`",
      ),
    ]);
    const own = [...parents, "checkout"];
    expect(told({ mesh: "linkerd-outbound", split: { kind: "HTTPRoute", parents: own } })).toEqual(FITS);
  });

  it("may take others where nothing is counted by them", () => {
    for (const mesh of ["linkerd", "istio", "cilium"] as const) {
      expect(told({ mesh, split: { kind: "HTTPRoute", parents } })).toEqual(FITS);
    }
  });
});

describe("workloads that the metrics do not show", () => {
  it("are those of linkerd that are no Deployments", () => {
    const sets = { stable: { kind: "StatefulSet" }, canary: { kind: "DaemonSet" } };
    expect(told({ mesh: "linkerd", ...sets }).notes).toEqual([
      expect.stringMatching(/^`apps\/v1.yaml`: .*no pod of the StatefulSet checkout has/),
      expect.stringMatching(/^`apps\/v2.yaml`: .*no pod of the DaemonSet checkout-canary has/),
    ]);
    for (const mesh of MESHES.filter((one) => one !== "linkerd"))
      expect(told({ mesh, ...sets })).toEqual(FITS);
  });

  it("are those in another namespace than the metrics are asked in", () => {
    expect(
      told({ mesh: "istio", stable: { namespace: "shop" }, canary: { namespace: "staging" } }).notes,
    ).toEqual([
      expect.stringMatching(
        /^`apps\/v2.yaml`: .* is in the namespace `staging`, and the metrics are asked in `shop`/,
      ),
    ]);
  });

  it.each<[string, Case]>([
    ["nothing is asked by namespace", { mesh: "consul" }],
    ["the backends' namespace is their own", { mesh: "linkerd-outbound" }],
    ["the metrics have no such label", { mesh: "app", metrics: "{ namespace: none }" }],
    ["both sides are named whole", { mesh: "contour", metrics: "{ stable: a_b_80, canary: a_c_80 }" }],
  ])("but not where %s", (_, one) => {
    expect(told({ ...one, canary: { namespace: "staging" } })).toEqual(FITS);
  });
});
