import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { kubernetesFolder } from "../../dev/kubernetes/api-server.ts";
import { TestCluster } from "./cluster.ts";

const folder = kubernetesFolder();
const PATHS = {
  "namespace.yaml": "/api/v1/namespaces/sluice",
  "serviceaccount.yaml": "/api/v1/namespaces/sluice/serviceaccounts/sluice",
  "configmap.yaml": "/api/v1/namespaces/sluice/configmaps/sluice",
  "secret.example.yaml": "/api/v1/namespaces/sluice/secrets/sluice",
  "deployment.yaml": "/apis/apps/v1/namespaces/sluice/deployments/sluice",
  "service.yaml": "/api/v1/namespaces/sluice/services/sluice",
  "poddisruptionbudget.yaml": "/apis/policy/v1/namespaces/sluice/poddisruptionbudgets/sluice",
  "networkpolicy.yaml": "/apis/networking.k8s.io/v1/namespaces/sluice/networkpolicies/sluice",
  "cluster-proof/clusterrole.yaml": "/apis/rbac.authorization.k8s.io/v1/clusterroles/sluice",
  "cluster-proof/clusterrolebinding.yaml": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/sluice",
} as const;

const text = (file: string) => readFile(new URL(`../../deploy/kubernetes/${file}`, import.meta.url), "utf8");

describe.skipIf(folder === null)("deploy/kubernetes", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await TestCluster.start(folder ?? "");
    await cluster.server.send("POST", "/api/v1/namespaces", await text("namespace.yaml"));
  });
  afterAll(() => cluster.stop());

  /** An apply refuses fields that the API does not have. */
  const apply = async (path: string, body: string, dry = true) =>
    cluster.server.send("PATCH", `${path}?fieldManager=test&force=true${dry ? "&dryRun=All" : ""}`, body);

  it.each(Object.entries(PATHS))("%s is applied without a complaint", async (file, path) => {
    const body = await text(file);
    const old = await cluster.server.send("GET", "/apis/policy/v1").then(
      () => false,
      () => true,
    );
    // A server from before 1.21 knows the same fields of it by another version.
    const beta = (of: string) => (old ? of.replace("policy/v1", "policy/v1beta1") : of);
    await apply(beta(path), beta(body));
  });

  it("is refused where a field is not the API's, so that the above can fail", async () => {
    const body = (await text("deployment.yaml")).replace("readOnlyRootFilesystem", "readOnlyRootFileSystem");
    await expect(apply(PATHS["deployment.yaml"], body)).rejects.toThrow(/readOnlyRootFileSystem/);
  });

  it("takes the patch of cluster-proof, which keeps all that it does not name", async () => {
    const before = JSON.stringify(parse(await text("deployment.yaml")));
    await apply(PATHS["deployment.yaml"], before, false);
    const path = PATHS["deployment.yaml"].concat("?fieldManager=proof&force=true&dryRun=All");
    const patched = deployment.parse(
      await cluster.server.send("PATCH", path, await text("cluster-proof/deployment.yaml")),
    );
    const { automountServiceAccountToken, containers } = patched.spec.template.spec;
    expect(automountServiceAccountToken).toBe(true);
    expect(containers[0]?.env.map(({ name }) => name).sort()).toEqual([
      "CLUSTER_KUBECONFIG",
      "CLUSTER_NAMESPACES",
      "REPLICAS",
    ]);
    expect(containers[0]?.securityContext.readOnlyRootFilesystem).toBe(true);
  });
});

const deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        automountServiceAccountToken: z.boolean(),
        containers: z.array(
          z.object({
            env: z.array(z.object({ name: z.string() })),
            securityContext: z.object({ readOnlyRootFilesystem: z.boolean() }),
          }),
        ),
      }),
    }),
  }),
});
