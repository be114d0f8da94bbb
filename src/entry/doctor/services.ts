import type { ClusterConfig } from "../../adapters/kubernetes/clusters.ts";
import type { SourceConfig } from "../../adapters/prometheus/sources.ts";
import { type Finding, findingsAbout, sentence } from "./finding.ts";

/** Whether a metrics source answers, by its name. */
export type AskSource = (name: string, query: string) => Promise<{ status: string; words?: string }>;

export async function examineSources(
  sources: ReadonlyMap<string, SourceConfig>,
  ask: AskSource,
): Promise<readonly Finding[]> {
  if (sources.size === 0) {
    const { problem } = findingsAbout("metrics");
    return [problem("No metrics source is configured.", "Set PROMETHEUS_URL, as docs/operating.md says.")];
  }
  return Promise.all(
    [...sources.keys()].map(async (name) => {
      const { ok, problem } = findingsAbout(`metrics ${name}`);
      const { status, words = "" } = await ask(name, "vector(1)");
      return status === "ok"
        ? ok("It answers.")
        : problem(
            `It does not answer: ${sentence(words)}`,
            "Check its address and how to sign in; the variables are in docs/operating.md.",
          );
    }),
  );
}

/** Whether a cluster's API server answers, by its name; null: yes. */
export type ReachCluster = (name: string) => Promise<string | null>;

export async function examineClusters(
  clusters: ReadonlyMap<string, ClusterConfig>,
  reach: ReachCluster,
): Promise<readonly Finding[]> {
  return Promise.all(
    [...clusters.keys()].map(async (name) => {
      const { ok, problem } = findingsAbout(`cluster ${name}`);
      const words = await reach(name);
      return words === null
        ? ok("Its API server answers.")
        : problem(
            sentence(words),
            "Check the kubeconfig and its credentials; docs/cluster.md has the role that is needed.",
          );
    }),
  );
}
