import { copyFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubernetesFolder } from "../../dev/kubernetes/api-server.ts";
import { readWorkload } from "../../src/manifests/index.ts";
import { COMMIT, documentedRole, question, TestCluster, target } from "./cluster.ts";
import {
  accepted,
  application,
  deployment,
  fullWorkload,
  helmRelease,
  httpRoute,
  kustomization,
  pod,
  replicaSet,
  trafficSplit,
  virtualService,
} from "./objects.ts";

const folder = kubernetesFolder();
const BACKENDS = { stable: "checkout-stable", canary: "checkout-canary" };
const route = (stable: number, canary: number) =>
  target("gateway.networking.k8s.io/v1", "HTTPRoute", { stable, canary }, BACKENDS);
const istio = (stable: number, canary: number) =>
  target("networking.istio.io/v1", "VirtualService", { stable, canary });
const split = (stable: number, canary: number) =>
  target("split.smi-spec.io/v1alpha4", "TrafficSplit", { stable, canary });
const workload = (kind = "Deployment") => ({
  kind,
  namespace: null,
  name: "checkout-canary",
  containers: [{ name: "app", image: "shop:2" }],
  template: {
    metadata: { labels: { app: "checkout", track: "canary" } },
    spec: { containers: [{ name: "app", image: "shop:2" }] },
  },
  before: null,
});
const LABELS = "{ app: checkout, track: canary, pod-template-hash: new }";

describe.skipIf(folder === null)(
  "A real kube-apiserver (skipped where .cache/kubernetes has none, see CONTRIBUTING.md)",
  () => {
    let cluster: TestCluster;

    beforeAll(async () => {
      cluster = await TestCluster.start(folder ?? "");
    });
    afterAll(() => cluster?.stop());

    it("says that a kind's CRD is not installed", async () => {
      const open = await cluster.open();
      const { traffic } = await open.look(question({ targets: [route(75, 25)] }));
      expect(traffic).toEqual({
        status: "not-yet",
        words: "the cluster knows no HTTPRoute of gateway.networking.k8s.io/v1: its CRD is not installed",
      });
    });

    describe("with the CRDs of Istio, Gateway API, SMI, Argo CD and Flux", () => {
      beforeAll(async () => {
        for (const group of [
          "networking.istio.io",
          "gateway.networking.k8s.io",
          "split.smi-spec.io",
          "argoproj.io",
          "kustomize.toolkit.fluxcd.io",
          "helm.toolkit.fluxcd.io",
        ])
          await cluster.install(group);
      });

      it("proves an HTTPRoute by Accepted and ResolvedRefs of the present generation", async () => {
        const open = await cluster.open();
        const look = async () => (await open.look(question({ targets: [route(75, 25)] }))).traffic;
        expect(await look()).toEqual({
          status: "not-yet",
          words: "there is no HTTPRoute checkout in namespace production",
        });
        await cluster.apply(httpRoute(100, 0));
        expect(await look()).toMatchObject({
          status: "not-yet",
          words: "HTTPRoute checkout has 100/0, git says 75/25",
        });
        await cluster.apply(httpRoute(75, 25, accepted(1)));
        expect(await look()).toEqual({
          status: "not-yet",
          words:
            "HTTPRoute checkout has the weights, but example.com/gateway says: its controller has seen generation 1 of 2",
        });
        await cluster.apply(httpRoute(75, 25, accepted(2, false)));
        expect(await look()).toEqual({
          status: "not-yet",
          words:
            "HTTPRoute checkout is refused: example.com/gateway says: Accepted is False: NoMatchingParent: no listener matches",
        });
        await cluster.apply(httpRoute(75, 25, accepted(2)));
        expect(await look()).toMatchObject({
          status: "proven",
          words: expect.stringMatching(/^HTTPRoute checkout accepted at \d\d:\d\d:\d\d, 75\/25$/),
        });
      });

      it("reads the same object in any served version", async () => {
        const open = await cluster.open();
        await cluster.apply(virtualService(75, 25, "", "v1beta1"));
        for (const version of ["v1", "v1beta1", "v1alpha3"]) {
          const wanted = target(`networking.istio.io/${version}`, "VirtualService", {
            stable: 75,
            canary: 25,
          });
          const { traffic } = await open.look(question({ targets: [wanted] }));
          expect(traffic?.status, version).toBe("unknown");
        }
        // A version that the server has not: the one it prefers.
        const older = target(
          "gateway.networking.k8s.io/v1alpha2",
          "HTTPRoute",
          { stable: 75, canary: 25 },
          BACKENDS,
        );
        expect((await open.look(question({ targets: [older] }))).traffic?.status).toBe("proven");
      });

      it("says of Istio without status what it cannot prove, and proves it with status", async () => {
        const open = await cluster.open();
        await cluster.apply(virtualService(75, 25));
        const look = async () => (await open.look(question({ targets: [istio(75, 25)] }))).traffic;
        expect(await look()).toEqual({
          status: "unknown",
          words:
            "cluster production cannot prove it: VirtualService checkout has 75/25, Istio writes no status; there is no Argo CD application shop that lists VirtualService checkout",
        });
        const status = (word: string, more = "") =>
          `status: { observedGeneration: "1", conditions: [{ type: Reconciled, status: "${word}", message: "3/4 proxies up to date" }]${more} }`;
        await cluster.apply(virtualService(75, 25, status("False")));
        expect(await look()).toMatchObject({
          status: "not-yet",
          words: expect.stringMatching(/3\/4 proxies/),
        });
        await cluster.apply(
          virtualService(
            75,
            25,
            status(
              "True",
              ", validationMessages: [{ level: ERROR, type: { code: IST0101, name: ReferencedResourceNotFound } }]",
            ),
          ),
        );
        expect(await look()).toMatchObject({
          status: "not-yet",
          words: expect.stringMatching(/is refused: Istio's analysis.*IST0101/),
        });
        await cluster.apply(virtualService(75, 25, status("True", ", validationMessages: []")));
        expect(await look()).toMatchObject({
          status: "proven",
          words: expect.stringMatching(/taken by the proxies at .*, 75\/25$/),
        });
      });

      it("names the field that drifts, who manages it and since when", async () => {
        const open = await cluster.open();
        await cluster.apply(virtualService(60, 40));
        const { drift, traffic } = await open.look(question({ targets: [istio(75, 25)] }));
        expect(traffic?.status).toBe("not-yet");
        expect(drift?.words).toMatch(
          /^VirtualService checkout: spec\.http\[0\]\.route\[0\]\.weight is 60, git says 75; `.+` wrote it at \d\d:\d\d:\d\d$/,
        );
        expect(Math.abs((drift?.since ?? 0) - Date.now())).toBeLessThan(120_000);
      });

      it("takes Argo CD's word for a kind without status, and its message where it is stuck", async () => {
        const open = await cluster.open();
        const look = async () => (await open.look(question({ targets: [istio(75, 25)] }))).traffic;
        await cluster.apply(
          virtualService(
            75,
            25,
            "status: { observedGeneration: null, conditions: null, validationMessages: null }",
          ),
        );
        await cluster.apply(
          application(
            `{ sync: { status: Synced, revision: "${COMMIT}", comparedTo: { destination: {}, source: { repoURL: x } } }, health: { status: Healthy } }`,
          ),
        );
        expect(await look()).toEqual({
          status: "proven",
          words:
            "Argo CD application shop: synced 1a2b3c4, Healthy; VirtualService checkout has 75/25, Istio writes no status",
        });
        await cluster.apply(application(`{ sync: { status: Synced, revision: "${"9".repeat(40)}" } }`));
        expect(await look()).toMatchObject({
          status: "unknown",
          words: expect.stringMatching(/9999999 is older than the weights/),
        });
        // One that applies other objects says nothing of this one.
        const other = virtualService(75, 25).replace("name: checkout\n", "name: other\n");
        await cluster.apply(other);
        const { traffic } = await open.look(question({ targets: [{ ...istio(75, 25), name: "other" }] }));
        expect(traffic).toMatchObject({
          status: "unknown",
          words: expect.stringMatching(
            /there is no Argo CD application shop that lists VirtualService other$/,
          ),
        });
        await cluster.apply(virtualService(100, 0));
        await cluster.apply(
          application(
            `{ sync: { status: OutOfSync }, operationState: { phase: Failed, message: "one or more objects failed to apply", startedAt: "2026-05-04T10:00:00Z", operation: {} } }`,
          ),
        );
        expect(await look()).toMatchObject({
          status: "not-yet",
          words: expect.stringContaining(
            "Argo CD application shop: its last sync ended Failed: one or more objects failed to apply",
          ),
        });
      });

      it("takes Flux's word, through a HelmRelease too", async () => {
        const open = await cluster.open();
        const look = async () => (await open.look(question({ targets: [split(75, 25)] }))).traffic;
        const flux = (kind: string, name: string, namespace: string) =>
          `{ ${kind}.toolkit.fluxcd.io/name: ${name}, ${kind}.toolkit.fluxcd.io/namespace: ${namespace} }`;
        const ready = (status: string, more = "") =>
          `{ observedGeneration: 1, conditions: [{ type: Ready, status: "${status}", reason: ReconciliationFailed, message: "kustomize build failed", lastTransitionTime: "2026-05-04T10:00:00Z", observedGeneration: 1 }]${more} }`;
        await cluster.apply(trafficSplit(75, 25, flux("kustomize", "shop", "flux-system")));
        await cluster.apply(kustomization(ready("False")));
        expect(await look()).toMatchObject({
          status: "unknown",
          words: expect.stringContaining(
            "Flux Kustomization shop: Ready is False: ReconciliationFailed: kustomize build failed",
          ),
        });
        await cluster.apply(kustomization(ready("True", `, lastAppliedRevision: "main@sha1:${COMMIT}"`)));
        expect(await look()).toMatchObject({
          status: "proven",
          words:
            "Flux Kustomization shop: applied 1a2b3c4, Ready; TrafficSplit checkout has 75/25, TrafficSplit has no status that says so",
        });
        await cluster.apply(trafficSplit(75, 25, flux("helm", "checkout", "production")));
        await cluster.apply(helmRelease(ready("True")));
        // A merge patch keeps the labels of before; only the new ones count.
        expect(await look()).toMatchObject({
          status: "proven",
          words: expect.stringContaining(
            "Flux HelmRelease checkout: released, Ready; Flux Kustomization shop: applied 1a2b3c4",
          ),
        });
      });

      it("knows a workload that runs its version, and one that does not yet", async () => {
        const open = await cluster.open();
        const look = async () => (await open.look(question({ canary: workload() }))).canary;
        expect(await look()).toMatchObject({
          status: "not-yet",
          words: expect.stringMatching(/there is no Deployment checkout-canary/),
        });
        const done = (generation: number) =>
          `{ observedGeneration: ${generation}, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 }`;
        await cluster.apply(deployment("shop:1", done(1)));
        expect(await look()).toEqual({
          status: "not-yet",
          words: "Deployment checkout-canary is told to run shop:1, git says shop:2",
        });
        await cluster.apply(deployment("shop:2", done(1)));
        expect(await look()).toMatchObject({
          status: "not-yet",
          words: expect.stringMatching(/its newest version is not dealt with/),
        });
        await cluster.apply(deployment("shop:2", done(2)));
        expect(await look()).toEqual({
          status: "proven",
          words: "Deployment checkout-canary runs shop:2, 2 of 2 ready",
        });
      });

      it("gives a template back that is still git's, whatever it fills in and however it writes it", async () => {
        const open = await cluster.open();
        for (const kind of ["Deployment", "StatefulSet", "DaemonSet"]) {
          const text = fullWorkload(kind);
          // As it stands in the file: how the server reads YAML counts too.
          const path = `/apis/apps/v1/namespaces/production/${kind.toLowerCase()}s`;
          await cluster.server.send("POST", path, text);
          const read = readWorkload("apps/full.yaml", text);
          if (!read.ok) throw new Error(read.problem.message);
          const { name, namespace, containers, template } = read.value;
          const asked = { kind, name, namespace, containers, template, before: template };
          const look = async (change: Partial<typeof asked>) =>
            (await open.look(question({ canary: { ...asked, ...change } }))).canary?.words;
          expect(await look({}), kind).toMatch(/its newest version is not dealt with yet$/);
          const slow = JSON.parse(JSON.stringify(template).replace("fast", "slow"));
          const words = "is not as git says yet: spec.template.spec.containers[app].env[MODE].value";
          expect(await look({ template: slow }), kind).toBe(`${kind} full ${words}`);
          const less = JSON.parse(JSON.stringify(template).replace('"args":["--log","json"],', ""));
          expect(await look({ template: less }), kind).toMatch(/git says yet: .*\[app\]\.args$/);
        }
      });

      it("fails a crash loop, an image that cannot be pulled and an exceeded deadline, by the newest pods alone", async () => {
        const open = await cluster.open();
        const look = async () => (await open.look(question({ canary: workload() }))).canary;
        const half =
          "{ observedGeneration: 2, replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1";
        await cluster.apply(deployment("shop:2", `${half} }`));
        const apps = "/apis/apps/v1/namespaces/production";
        const owner = await cluster.uid(`${apps}/deployments/checkout-canary`);
        await cluster.apply(replicaSet("old", "1", owner));
        await cluster.apply(replicaSet("new", "2", owner));
        const [old, fresh] = [
          await cluster.uid(`${apps}/replicasets/checkout-canary-old`),
          await cluster.uid(`${apps}/replicasets/checkout-canary-new`),
        ];
        const crash =
          'restartCount: 5, state: { waiting: { reason: CrashLoopBackOff, message: "back-off 40s" } }, lastState: { terminated: { exitCode: 1, reason: Error, message: "no database" } }';
        await cluster.apply(pod("checkout-canary-old-1", LABELS.replace("new", "old"), old, crash));
        expect(await look()).toMatchObject({
          status: "not-yet",
          words: expect.stringMatching(/1 of 2 are of the new version, 1 ready$/),
        });
        await cluster.apply(pod("checkout-canary-new-1", LABELS, fresh, crash));
        expect(await look()).toEqual({
          status: "failed",
          words:
            "Deployment checkout-canary: pod checkout-canary-new-1, container app: CrashLoopBackOff, 5 restarts, last exit code 1 (Error): no database",
        });
        await cluster.remove("/api/v1/namespaces/production/pods/checkout-canary-new-1?gracePeriodSeconds=0");
        await cluster.apply(
          pod(
            "checkout-canary-new-2",
            LABELS,
            fresh,
            'restartCount: 0, state: { waiting: { reason: ImagePullBackOff, message: "not found" } }',
          ),
        );
        expect(await look()).toMatchObject({
          status: "failed",
          words: expect.stringMatching(/ImagePullBackOff: not found$/),
        });
        await cluster.remove("/api/v1/namespaces/production/pods/checkout-canary-new-2?gracePeriodSeconds=0");
        await cluster.apply(
          deployment(
            "shop:2",
            `${half}, conditions: [{ type: Progressing, status: "False", reason: ProgressDeadlineExceeded, message: "has timed out progressing" }] }`,
          ),
        );
        expect(await look()).toMatchObject({
          status: "failed",
          words: "Deployment checkout-canary: ProgressDeadlineExceeded: has timed out progressing",
        });
      });

      it("signs in by token, token file, certificate and command, and is refused as nobody", async () => {
        await cluster.apply(httpRoute(75, 25, accepted(2)));
        await writeFile(cluster.file("token"), "sluice");
        await writeFile(
          cluster.file("credentials.mjs"),
          'console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token: "sluice" } }))',
        );
        const { certificate, key } = cluster.server.files;
        const users = {
          token: { token: "sluice" },
          tokenFile: { "auth-provider": { name: "tokenFile", config: { tokenFile: cluster.file("token") } } },
          certificate: { "client-certificate": certificate, "client-key": key },
          exec: {
            exec: {
              apiVersion: "client.authentication.k8s.io/v1",
              command: process.execPath,
              args: [cluster.file("credentials.mjs")],
            },
          },
        };
        for (const [way, user] of Object.entries(users)) {
          const { traffic } = await (await cluster.open(user)).look(question({ targets: [route(75, 25)] }));
          expect(traffic, way).toMatchObject({ status: "proven" });
        }
        const nobody = await cluster.open({ token: "nobody" });
        expect((await nobody.look(question({ targets: [route(75, 25)] }))).traffic).toEqual({
          status: "unavailable",
          words:
            "cluster production: Sluice may not get httproutes.gateway.networking.k8s.io in namespace production (403): its role lacks this verb, see docs/cluster.md",
        });
        const stranger = await cluster.open({ token: "stranger" });
        expect((await stranger.look(question({ targets: [route(75, 25)] }))).traffic).toEqual({
          status: "unavailable",
          words: "cluster production: it refuses our credentials (401)",
        });
      });

      it("takes up an authority that was replaced, once the server's certificate is not trusted by the old one", async () => {
        const authority = cluster.file("authority.crt");
        const { ca, certificate } = cluster.server.files;
        await copyFile(certificate, authority);
        const open = await cluster.open({ token: "sluice" }, authority);
        const look = async () => (await open.look(question({ targets: [route(75, 25)] }))).traffic;
        const words = "cluster production: its certificate is not trusted";
        expect(await look()).toEqual({ status: "unavailable", words });
        await copyFile(ca, authority);
        expect(await look()).toMatchObject({ status: "proven" });
      });

      it("asks little: a look at a release that waits is two requests, whatever the kind", async () => {
        await cluster.apply(
          deployment(
            "shop:2",
            "{ observedGeneration: 2, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2, conditions: null }",
          ),
        );
        const open = await cluster.open();
        await cluster.server.requests("sluice");
        const asked = question({ targets: [route(75, 25)], canary: workload() });
        await open.look(asked);
        expect(await cluster.server.requests("sluice")).toHaveLength(6);
        for (let look = 0; look < 3; look += 1) {
          expect(await open.look(asked)).toMatchObject({
            traffic: { status: "proven" },
            canary: { status: "proven" },
          });
          expect([...(await cluster.server.requests("sluice"))].sort()).toEqual([
            "get /apis/apps/v1/namespaces/production/deployments/checkout-canary",
            "get /apis/gateway.networking.k8s.io/v1/namespaces/production/httproutes/checkout",
          ]);
        }
      });

      it("needs every verb of the documented role and says which one is missing", async () => {
        const role = await documentedRole();
        const status =
          "{ observedGeneration: 2, replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 }";
        await cluster.apply(deployment("shop:2", status));
        const scheduled =
          "{ observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 1, currentNumberScheduled: 2, numberMisscheduled: 0, numberReady: 1 }";
        const daemonSet = deployment("shop:2", scheduled).replace("kind: Deployment", "kind: DaemonSet");
        await cluster.apply(daemonSet.replace("  replicas: 2\n", ""));
        await cluster.apply(virtualService(75, 25));
        await cluster.apply(trafficSplit(75, 25));
        const seen = new Set<string>();
        for (const [index, rule] of role.rules.entries()) {
          for (const resource of rule.resources) {
            const rules = role.rules.map((one, i) =>
              i === index ? { ...one, resources: one.resources.filter((name) => name !== resource) } : one,
            );
            await cluster.grant({ ...role, rules: rules.filter(({ resources }) => resources.length > 0) });
            const name = rule.apiGroups[0] === "" ? resource : `${resource}.${rule.apiGroups[0]}`;
            const words = `Sluice may not ${rule.verbs[0]} ${name} in namespace`;
            const open = await cluster.open();
            const reading = await open.look(questionFor(resource));
            expect(JSON.stringify(reading), name).toContain(words);
            seen.add(name);
          }
        }
        await cluster.grant(role);
        expect(seen.size).toBe(role.rules.flatMap(({ resources }) => resources).length);
        const whole = await (await cluster.open()).look(questionFor("replicasets"));
        expect(JSON.stringify(whole)).not.toContain("may not");
      });
    });
  },
);

/** One whose answer needs a resource. */
function questionFor(resource: string) {
  const kinds: Readonly<Record<string, string>> = {
    deployments: "Deployment",
    statefulsets: "StatefulSet",
    daemonsets: "DaemonSet",
    controllerrevisions: "DaemonSet",
    httproutes: "HTTPRoute",
    grpcroutes: "GRPCRoute",
    tcproutes: "TCPRoute",
    tlsroutes: "TLSRoute",
    udproutes: "UDPRoute",
  };
  const kind = kinds[resource] ?? "";
  if (
    resource.endsWith("sets") ||
    resource === "controllerrevisions" ||
    resource === "deployments" ||
    resource === "pods"
  )
    return question({
      canary: workload(resource === "replicasets" || resource === "pods" ? "Deployment" : kind),
    });
  if (kind !== "")
    return question({
      targets: [target("gateway.networking.k8s.io/v1", kind, { stable: 75, canary: 25 }, BACKENDS)],
    });
  return question({
    targets: [resource.includes("virtual") || resource === "applications" ? istio(75, 25) : split(75, 25)],
  });
}
