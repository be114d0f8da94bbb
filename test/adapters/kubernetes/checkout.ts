import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { type SmallKubernetes, startSmallKubernetes } from "../../../dev/kubernetes/server.ts";
import { createKubernetes } from "../../../src/adapters/kubernetes/kubernetes.ts";
import type { Proof } from "../../../src/analysis/types.ts";
import type { ClusterQuestion } from "../../../src/ports/cluster.ts";
import { kubeconfigFor } from "./small.ts";

/** The route of `checkout` at 75/25. */
export const question: ClusterQuestion = {
  cluster: "production",
  namespace: "production",
  targets: [
    {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      namespace: null,
      name: "checkout",
      route: null,
      arms: { stable: "stable", canary: "canary" },
      weights: { stable: 75, canary: 25 },
    },
  ],
  contains: async () => null,
  canary: null,
  stable: null,
};

/** What is said of it while all is well. */
export const PROVEN = {
  status: "proven",
  words: expect.stringMatching(/^VirtualService checkout taken by the proxies at \d\d:\d\d:\d\d, 75\/25$/),
};

/** A small server that has the route. */
export async function startCheckout(): Promise<SmallKubernetes> {
  const server = await startSmallKubernetes();
  const route = (subset: string, weight: number) => ({ destination: { host: "checkout", subset }, weight });
  server.put(
    {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "checkout", namespace: "production" },
      spec: { http: [{ route: [route("stable", 75), route("canary", 25)] }] },
    },
    "argocd-controller",
    (observedGeneration) => ({ observedGeneration, conditions: [{ type: "Reconciled", status: "True" }] }),
  );
  return server;
}

/** A folder for kubeconfigs, and looks through one. */
export interface Kubeconfigs {
  readonly dir: string;
  open(
    url: string,
    user?: Record<string, unknown>,
    timeoutMs?: number,
  ): Promise<{ readonly look: () => Promise<Proof | null>; readonly kubeconfig: string }>;
  remove(): Promise<void>;
}

export async function makeKubeconfigs(): Promise<Kubeconfigs> {
  const dir = await mkdtemp(join(tmpdir(), "sluice-kubeconfig-"));
  return {
    dir,
    async open(url, user = { token: "first" }, timeoutMs = 3_000) {
      const kubeconfig = join(dir, `config-${Math.random()}`);
      await writeFile(kubeconfig, kubeconfigFor(url, user));
      const configured = { kubeconfig, context: null, timeoutMs, argocdNamespace: "argocd" };
      const cluster = createKubernetes(new Map([["production", configured]]));
      return { look: async () => (await cluster.look(question)).traffic, kubeconfig };
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
