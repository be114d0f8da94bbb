import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Small, startSmall, templateOf, workloadQuestion } from "./small.ts";

let small: Small;
afterEach(() => small.stop());

const target = (namespace: string) => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  namespace,
  name: "checkout",
  route: null,
  arms: { stable: "stable", canary: "canary" },
  weights: { stable: 75, canary: 25 },
});

function virtualService(namespace: string, metadata: object = {}): void {
  const route = (subset: string, weight: number) => ({ destination: { host: "checkout", subset }, weight });
  small.server.put(
    {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "checkout", namespace, ...metadata },
      spec: { http: [{ route: [route("stable", 75), route("canary", 25)] }] },
    },
    "git",
  );
}

describe("a cluster for some namespaces", () => {
  beforeEach(async () => {
    small = await startSmall({ namespaces: ["shop", "team-a-*"] });
    for (const namespace of ["shop", "team-a-1", "secret"]) virtualService(namespace);
  });

  it.each(["shop", "team-a-1"])("tells of %s", async (namespace) => {
    const { traffic } = await small.look({ targets: [target(namespace)] });
    expect(traffic).toMatchObject({ status: "unknown", words: expect.stringMatching(/has 75\/25/) });
  });

  it("an object of another namespace is not asked for", async () => {
    small.server.put(
      {
        kind: "Deployment",
        metadata: { name: "checkout", namespace: "secret" },
        spec: { selector: {}, template: templateOf("shop:1") },
      },
      "git",
    );
    const namespace = "secret";
    const { traffic, canary } = await small.look({
      targets: [target(namespace)],
      canary: workloadQuestion("Deployment", { namespace }),
    });
    const words =
      "cluster production: namespace secret is not one that the operator lets this cluster be read for";
    expect(traffic).toEqual({ status: "unavailable", words });
    expect(canary).toEqual({ status: "unavailable", words });
    expect(small.server.requests.filter((one) => one.includes(namespace))).toEqual([]);
  });

  it.each([
    "apps%2Fv1%2Fnamespaces%2Fsecret%2Fdeployments%2Fcheckout/v1",
    "../api/v1/namespaces/secret",
    "apps?/v1",
    "apps#/v1",
    "Apps/v1",
    "/v1",
    `${"a".repeat(254)}/v1`,
  ])("nor is another address of the server, by an apiVersion that is none: %s", async (apiVersion) => {
    const byPath = { ...target("shop"), apiVersion, arms: { stable: "/stable", canary: "/canary" } };
    const { traffic } = await small.look({ targets: [byPath] });
    expect(traffic).toMatchObject({
      status: "unknown",
      words: expect.stringMatching(/is a file and no object of the cluster/),
    });
    expect(small.server.requests).toEqual([]);
  });

  it("nor is one of no namespace", async () => {
    const { traffic } = await small.look({
      targets: [{ ...target("shop"), apiVersion: "cilium.io/v2", kind: "CiliumClusterwideEnvoyConfig" }],
    });
    expect(traffic).toMatchObject({
      status: "unavailable",
      words: expect.stringMatching(/is of no namespace/),
    });
  });
});

describe("a tool's label that somebody wrote on an object is no claim to what the tool says", () => {
  beforeEach(async () => {
    small = await startSmall({ namespaces: ["shop"] });
  });

  const look = async () => (await small.look({ targets: [target("shop")] })).traffic;
  const says = "kustomize build failed: secret.yaml";
  const ready = {
    observedGeneration: 1,
    conditions: [{ type: "Ready", status: "False", reason: "Failed", message: says }],
  };

  it("of Argo CD", async () => {
    const annotations = { "argocd.argoproj.io/tracking-id": "theirs:x/y:z/z" };
    virtualService("shop", { annotations });
    const application = (resources: readonly object[]) =>
      small.server.put(
        {
          kind: "Application",
          metadata: { name: "theirs", namespace: "argocd" },
          status: {
            resources,
            sync: { status: "OutOfSync" },
            operationState: { phase: "Failed", message: says },
          },
        },
        "argocd",
      );
    const ours = {
      group: "networking.istio.io",
      kind: "VirtualService",
      namespace: "shop",
      name: "checkout",
    };
    application([{ ...ours, namespace: "theirs" }]);
    expect(await look()).toMatchObject({
      status: "unknown",
      words: expect.stringMatching(
        /there is no Argo CD application theirs that lists VirtualService checkout$/,
      ),
    });
    application([ours]);
    expect(await look()).toMatchObject({ words: expect.stringContaining(says) });
  });

  it.each([
    ["kustomize", "Kustomization"],
    ["helm", "HelmRelease"],
  ])("of Flux's %s", async (tool, kind) => {
    const group = `${tool}.toolkit.fluxcd.io`;
    virtualService("shop", {
      labels: { [`${group}/name`]: "theirs", [`${group}/namespace`]: "flux-system" },
    });
    const flux = (inventory: object | undefined) =>
      small.server.put(
        { kind, metadata: { name: "theirs", namespace: "flux-system" }, spec: {} },
        "flux",
        () => ({ ...ready, inventory }),
      );
    for (const inventory of [
      undefined,
      { entries: [{ id: "theirs_x_networking.istio.io_VirtualService" }] },
    ]) {
      flux(inventory);
      expect(await look()).toMatchObject({ words: expect.not.stringContaining(says) });
    }
    flux({ entries: [{ id: "shop_checkout_networking.istio.io_VirtualService" }] });
    expect(await look()).toMatchObject({ words: expect.stringContaining(says) });
  });
});
