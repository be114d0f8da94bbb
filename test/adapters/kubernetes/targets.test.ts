import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TargetQuestion } from "../../../src/ports/cluster.ts";
import { type Small, startSmall, templateOf, workloadQuestion } from "./small.ts";

let small: Small;
beforeEach(async () => {
  small = await startSmall();
});
afterEach(() => small.stop());

const COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";
const OLD = "9".repeat(40);

/** Puts the canary workload, which Argo CD applies, and says where Argo CD is. */
function applied(status: object): void {
  const annotations = { "argocd.argoproj.io/tracking-id": "shop:x/y:z/z" };
  small.server.put(
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "checkout", namespace: "production", annotations },
      spec: { selector: {}, template: templateOf("shop:2") },
    },
    "argocd",
  );
  const listed = { group: "apps", kind: "Deployment", namespace: "production", name: "checkout" };
  small.server.put(
    {
      kind: "Application",
      metadata: { name: "shop", namespace: "argocd" },
      spec: { syncPolicy: { automated: {} } },
      status: { ...status, resources: [listed] },
    },
    "argocd",
  );
}

const synced = (revision: string) => ({
  sync: { status: "Synced", revision },
  health: { status: "Healthy" },
});

describe.each([
  ["a file without an apiVersion", { apiVersion: "", kind: "TrafficRoute", name: "checkout" }],
  ["an object of the core", { apiVersion: "v1", kind: "ConfigMap", name: "checkout" }],
  [
    "values by path",
    { apiVersion: "", kind: "Value", name: "values.yaml", arms: { stable: "/stable", canary: "/canary" } },
  ],
])("%s", (_, change) => {
  const target: TargetQuestion = {
    namespace: null,
    route: null,
    arms: { stable: "stable", canary: "canary" },
    weights: { stable: 75, canary: 25 },
    ...change,
  };
  const traffic = async () =>
    (
      await small.look({
        targets: [target],
        canary: workloadQuestion("Deployment"),
        contains: async (revision) => revision === COMMIT,
      })
    ).traffic;

  it("is live by the word of what applies the workload", async () => {
    applied(synced(COMMIT));
    expect(await traffic()).toMatchObject({
      status: "proven",
      words: expect.stringContaining("is a file and no object of the cluster"),
    });
  });

  it("is not live while that is behind or stuck, whatever the traffic", async () => {
    applied(synced(OLD));
    expect(await traffic()).toMatchObject({ status: "not-yet", words: /9999999 is older than the weights$/ });
    applied({ sync: { status: "OutOfSync" }, operationState: { phase: "Failed", message: "no space left" } });
    expect(await traffic()).toMatchObject({ status: "not-yet", words: /ended Failed: no space left$/ });
  });

  it("is left to the traffic where nothing says that it applies the workload", async () => {
    expect(await traffic()).toMatchObject({ status: "unknown" });
  });
});
