import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type SmallKubernetes, startSmallKubernetes } from "../../../dev/kubernetes/server.ts";
import type { ClusterConfig } from "../../../src/adapters/kubernetes/clusters.ts";
import { createKubernetes } from "../../../src/adapters/kubernetes/kubernetes.ts";
import type { ClusterReading } from "../../../src/analysis/types.ts";
import type { ClusterQuestion, WorkloadQuestion } from "../../../src/ports/cluster.ts";

/** A small server, and the adapter over it. */
export interface Small {
  readonly server: SmallKubernetes;
  look(question: Partial<ClusterQuestion>): Promise<ClusterReading>;
  stop(): Promise<void>;
}

export async function startSmall(change: Partial<ClusterConfig> = {}): Promise<Small> {
  const server = await startSmallKubernetes();
  const dir = await mkdtemp(join(tmpdir(), "sluice-kubeconfig-"));
  const kubeconfig = join(dir, "config");
  await writeFile(kubeconfig, kubeconfigFor(server.url));
  const config = { kubeconfig, context: null, timeoutMs: 20_000, argocdNamespace: "argocd", ...change };
  const kubernetes = createKubernetes(new Map([["production", config]]));
  return {
    server,
    look: (question) => kubernetes.look({ ...NOTHING, ...question }),
    async stop() {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export function kubeconfigFor(server: string, user: Record<string, unknown> = { token: "first" }): string {
  return stringify({
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

const NOTHING: ClusterQuestion = {
  cluster: "production",
  namespace: "production",
  targets: [],
  contains: async () => null,
  canary: null,
  stable: null,
};

/** A pod template as git has it. */
export function templateOf(image: string, mode = "fast"): object {
  return {
    metadata: { labels: { app: "checkout" } },
    spec: { containers: [{ name: "app", image, env: [{ name: "MODE", value: mode }] }] },
  };
}

export function workloadQuestion(kind: string, change: Partial<WorkloadQuestion> = {}): WorkloadQuestion {
  return {
    kind,
    namespace: null,
    name: "checkout",
    containers: [{ name: "app", image: "shop:2" }],
    template: templateOf("shop:2"),
    before: null,
    ...change,
  };
}
