import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { parseClusters } from "../../../src/adapters/kubernetes/clusters.ts";

it("reads clusters by key, with defaults", () => {
  const { clusters, problems } = parseClusters({
    CLUSTER_KUBECONFIG: "/etc/sluice/kubeconfig",
    CLUSTER_CONTEXT: "prod",
    CLUSTER_NAMESPACES: "*",
    CLUSTER_EU_WEST_KUBECONFIG: "in-cluster",
    CLUSTER_EU_WEST_REPOSITORIES: "Acme/shop, acme-eu/*",
    CLUSTER_EU_WEST_NAMESPACES: "shop, team-a-*",
    CLUSTER_ONE_KUBECONFIG: "one",
    CLUSTER_ONE_REPOSITORIES: "acme/shop",
    CLUSTER_SERVICE_HOST: "10.0.0.1",
  });
  expect(problems).toEqual([]);
  expect([...clusters]).toEqual([
    [
      "production",
      { kubeconfig: "/etc/sluice/kubeconfig", context: "prod", timeoutMs: 10_000, argocdNamespace: "argocd" },
    ],
    [
      "eu-west",
      {
        kubeconfig: null,
        context: null,
        timeoutMs: 10_000,
        repositories: ["acme/shop", "acme-eu/*"],
        namespaces: ["shop", "team-a-*"],
        argocdNamespace: "argocd",
      },
    ],
    [
      "one",
      {
        kubeconfig: "one",
        context: null,
        timeoutMs: 10_000,
        repositories: ["acme/shop"],
        argocdNamespace: "argocd",
      },
    ],
  ]);
});

it.each([
  [
    { CLUSTER_CONTEXT: "x", CLUSTER_NAMESPACES: "*" },
    "CLUSTER_CONTEXT is set but CLUSTER_KUBECONFIG is not: set both.",
  ],
  [
    { CLUSTER_KUBECONFIG: "in-cluster", CLUSTER_CONTEXT: "x", CLUSTER_NAMESPACES: "*" },
    /service account has no contexts/,
  ],
  [
    { CLUSTER_KUBECONFIG: "k", CLUSTER_TIMEOUT_SECONDS: "0", CLUSTER_NAMESPACES: "*" },
    /not a number of seconds/,
  ],
  [{ CLUSTER_KUBECONFIG: "k", CLUSTER_REPOSITORIES: "acme" }, /not a list of owner\/name/],
  [{ CLUSTER_KUBECONFIG: "k", CLUSTER_NAMESPACES: "Shop" }, /not a list of namespaces/],
  [{ CLUSTER_KUBECONFIG: "k", CLUSTER_NAMESPACES: "" }, /CLUSTER_NAMESPACES is not set/],
  [{ CLUSTER_KUBECONFIG: "k", CLUSTER_REPOSITORIES: "acme/*" }, /CLUSTER_NAMESPACES is not set/],
  [{ CLUSTER_KUBECONFIG: "k", CLUSTER_REPOSITORIES: "acme/a,acme/b" }, /CLUSTER_NAMESPACES is not set/],
  [
    {
      CLUSTER_KUBECONFIG: "k",
      CLUSTER_REPOSITORIES: "acme/shop",
      CLUSTER_B_KUBECONFIG: "k",
      CLUSTER_B_NAME: "production",
      CLUSTER_B_NAMESPACES: "*",
    },
    /Two clusters are called/,
  ],
] as const)("%j is told at the start", (env, problem) => {
  const { problems } = parseClusters(env);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

it("all that is wrong with each cluster is told at once", () => {
  const { problems } = parseClusters({
    CLUSTER_KUBECONFIG: "in-cluster",
    CLUSTER_CONTEXT: "x",
    CLUSTER_TIMEOUT_SECONDS: "61",
    CLUSTER_REPOSITORIES: "acme",
    CLUSTER_NAMESPACES: "Shop",
    CLUSTER_Z_NAME: "production",
  });
  expect(problems).toEqual([
    "CLUSTER_CONTEXT is set, but a pod's own service account has no contexts.",
    expect.stringMatching(/^CLUSTER_TIMEOUT_SECONDS is not a number/),
    expect.stringMatching(/^CLUSTER_REPOSITORIES is not a list/),
    expect.stringMatching(/^CLUSTER_NAMESPACES is not a list/),
    "CLUSTER_Z_NAME is set but CLUSTER_Z_KUBECONFIG is not: set both.",
    expect.stringMatching(/^CLUSTER_Z_NAMESPACES is not set/),
    expect.stringMatching(/^Two clusters are called "production"/),
  ]);
});

it("the library for clusters is loaded by nobody who asks none", async () => {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve: (name, context, next) => { loaded.push(name); return next(name, context); } });
    await import("./src/entry/sluice.ts");
    console.log(loaded.some((name) => name.includes("client-node")));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout.trim()).toBe("false");
});
