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
    expect(await traffic()).toMatchObject({
      status: "not-yet",
      words: expect.stringMatching(/9999999 is older than the weights$/),
    });
    applied({ sync: { status: "OutOfSync" }, operationState: { phase: "Failed", message: "no space left" } });
    expect(await traffic()).toMatchObject({
      status: "not-yet",
      words: expect.stringMatching(/ended Failed: no space left$/),
    });
  });

  it("is left to the traffic where nothing says that it applies the workload", async () => {
    expect(await traffic()).toMatchObject({ status: "unknown" });
  });
});

describe("a workload that a tool applies", () => {
  const config = { apiVersion: "v1", kind: "ConfigMap", name: "checkout", namespace: null, route: null };
  const arms = { arms: { stable: "stable", canary: "canary" }, weights: { stable: 75, canary: 25 } };
  const traffic = async () => {
    const contains = async (revision: string) => revision === COMMIT;
    const canary = workloadQuestion("Deployment");
    return (await small.look({ targets: [{ ...config, ...arms }], canary, contains })).traffic;
  };

  it("is behind while Argo CD finds it unwell, at whatever commit", async () => {
    for (const status of ["Degraded", "Progressing"]) {
      applied({ ...synced(COMMIT), health: { status, message: "no pod is ready" } });
      const words = new RegExp(`synced 1a2b3c4, ${status}: no pod is ready$`);
      expect(await traffic()).toMatchObject({ status: "not-yet", words: expect.stringMatching(words) });
    }
  });

  it.each([
    ["", 0, 0, "proven"],
    [" while Flux says it of an older generation", 1, 1, "not-yet"],
    [" while Flux has dealt with an older generation alone", null, 1, "not-yet"],
    [" while the newest condition of Flux is of an older generation", 1, 0, "not-yet"],
    [" while Flux says of no generation that it dealt with it", null, null, "not-yet"],
  ])("is of Flux's last commit%s", async (_, ready, whole, status) => {
    const group = "kustomize.toolkit.fluxcd.io";
    const labels = { [`${group}/name`]: "shop", [`${group}/namespace`]: "flux-system" };
    small.server.put(
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "checkout", namespace: "production", labels },
        spec: { selector: {}, template: templateOf("shop:2") },
      },
      "flux",
    );
    const seen = (generation: number, behind: number | null) =>
      behind === null ? {} : { observedGeneration: generation - behind };
    small.server.put(
      { kind: "Kustomization", metadata: { name: "shop", namespace: "flux-system" }, spec: {} },
      "flux",
      (generation) => ({
        ...seen(generation, whole),
        lastAppliedRevision: `main@sha1:${COMMIT}`,
        conditions: [{ type: "Ready", status: "True", ...seen(generation, ready) }],
        inventory: { entries: [{ id: "production_checkout_apps_Deployment" }] },
      }),
    );
    expect(await traffic()).toMatchObject({ status });
  });
});

const route = (subset: string, weight: number) => ({ destination: { host: "checkout", subset }, weight });

function virtualService(stable: number, canary: number, managed: readonly object[]): object {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "checkout", namespace: "production", generation: 1, managedFields: managed },
    spec: { http: [{ route: [route("stable", stable), route("canary", canary)] }] },
  };
}

/** An object as it is, whatever a server would write on it. */
function serve(object: object, date = Date.now()): void {
  small.server.fault = (request, response) => {
    if (!request.url?.includes("/namespaces/")) return false;
    response.writeHead(200, { date: new Date(date).toUTCString() });
    response.end(JSON.stringify(object));
    return true;
  };
}

const AT = Date.UTC(2026, 4, 4, 10);
const time = (seconds: number) => new Date(AT + 1000 * seconds).toISOString();
const GIT = { manager: "argocd", time: time(0), fieldsV1: { "f:spec": { "f:http": {} } } };
const istio = (stable: number, canary: number): TargetQuestion => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  namespace: null,
  name: "checkout",
  route: null,
  arms: { stable: "stable", canary: "canary" },
  weights: { stable, canary },
});

describe("when the weights came to the cluster", () => {
  it.each([
    [75, 25],
    [50, 50],
    [100, 0],
  ])("%i/%i: is told by who manages them, not by who writes labels", async (stable, canary) => {
    const labels = { manager: "labels", time: time(600), fieldsV1: { "f:metadata": { "f:labels": {} } } };
    serve(virtualService(stable, canary, [GIT, labels]));
    const { appliedAt } = await small.look({ targets: [istio(stable, canary)] });
    expect(Math.abs((appliedAt ?? 0) - AT)).toBeLessThan(2_000);
  });

  it("is told by our clock, however wrong the cluster's is, and never in the future", async () => {
    for (const ahead of [-3_600_000, 3_600_000]) {
      const now = Date.now();
      const written = { ...GIT, time: new Date(now + ahead - 60_000).toISOString() };
      serve(virtualService(75, 25, [written]), now + ahead);
      const { appliedAt } = await small.look({ targets: [istio(75, 25)] });
      expect(Math.abs((appliedAt ?? 0) - (now - 60_000))).toBeLessThan(3_000);
      const { drift } = await small.look({ targets: [istio(60, 40)] });
      expect(Math.abs((drift?.since ?? 0) - (now - 60_000))).toBeLessThan(3_000);
    }
    serve(virtualService(75, 25, [{ ...GIT, time: new Date(Date.now() + 3_600_000).toISOString() }]));
    const { appliedAt } = await small.look({ targets: [istio(75, 25)] });
    expect(appliedAt).toBeLessThanOrEqual(Date.now());
  });
});

it("drift of a long annotation is told by the place where it differs", async () => {
  const action = (weight: number) =>
    JSON.stringify({
      type: "forward",
      forwardConfig: {
        targetGroups: [
          { serviceName: "checkout-stable", servicePort: "80", weight: 100 - weight },
          { serviceName: "checkout-canary", servicePort: "80", weight },
        ],
      },
    });
  const name = "alb.ingress.kubernetes.io/actions.checkout";
  const fields = { "f:metadata": { "f:annotations": { [`f:${name}`]: {} } } };
  small.server.fault = null;
  serve({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name: "checkout",
      namespace: "production",
      annotations: { [name]: action(40) },
      managedFields: [{ manager: "kubectl-edit", time: time(0), fieldsV1: fields }],
    },
    spec: {},
  });
  const { drift } = await small.look({
    targets: [
      {
        ...istio(75, 25),
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        arms: { stable: "checkout-stable", canary: "checkout-canary" },
      },
    ],
  });
  expect(drift?.words).toMatch(
    /^Ingress checkout: metadata\.annotations\["alb\..*"\] is ….*60.*, git says ….*75/,
  );
  expect(drift?.words.length).toBeLessThan(320);
});
