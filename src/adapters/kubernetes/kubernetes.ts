import PQueue from "p-queue";
import type { ClusterReading, Drift, Proof, Readiness } from "../../analysis/types.ts";
import type { Cluster, ClusterQuestion } from "../../ports/cluster.ts";
import { allowedFor } from "../operator.ts";
import { Client } from "./client.ts";
import type { ClusterConfig } from "./clusters.ts";
import { Discovery } from "./discovery.ts";
import { type Reader, reader } from "./reader.ts";
import { readTarget, type TargetReading } from "./targets.ts";
import { toolWord } from "./tools.ts";
import { readWorkload } from "./workloads.ts";

/** Looks at one cluster at the same time. */
const AT_ONCE = 4;

/** As the operator; `for` as a repository (`owner/name`), with the clusters that are for it and knowing of no other. */
interface Kubernetes extends Cluster {
  readonly for: (repository: string) => Cluster;
  /** Whether a cluster's API server answers and lets us in: null, or why not. */
  readonly reach: (cluster: string) => Promise<string | null>;
}

interface Lane {
  readonly client: Client;
  readonly discovery: Discovery;
  readonly queue: PQueue;
}

/** Clusters by the operator's names. They are read and never written. */
export function createKubernetes(clusters: ReadonlyMap<string, ClusterConfig>): Kubernetes {
  const lanes = new Map<string, Lane>();

  function laneOf(name: string, config: ClusterConfig): Lane {
    const lane = lanes.get(name) ?? {
      client: new Client(config),
      discovery: new Discovery(),
      queue: new PQueue({ concurrency: AT_ONCE }),
    };
    lanes.set(name, lane);
    return lane;
  }

  const clusterOf = (allowed: typeof clusters): Cluster => ({
    async look(question) {
      const { cluster: name } = question;
      const config = allowed.get(name);
      if (!config) {
        const known = [...allowed.keys()].join(", ") || "none";
        const words = `no cluster is called "${name}"; the operator configured: ${known}`;
        return nothing(question, words);
      }
      const { client, discovery, queue } = laneOf(name, config);
      // Its time begins here: a look that waited for others that hang has none left.
      const get = client.look();
      return queue.add(async () => look(reader(get, discovery, config), question, config));
    },
  });
  return {
    ...clusterOf(clusters),
    for: (repository) => clusterOf(allowedFor(clusters, repository)),
    async reach(name) {
      const config = clusters.get(name);
      if (!config) return `no cluster is called "${name}"`;
      const { client, discovery } = laneOf(name, config);
      const found = await discovery.find(client.look(), "apps/v1", "Deployment");
      return found.status === "ok"
        ? null
        : found.status === "missing"
          ? "it has no Deployments"
          : found.words;
    },
  };
}

async function look(one: Reader, question: ClusterQuestion, config: ClusterConfig): Promise<ClusterReading> {
  const { cluster, namespace, targets, contains } = question;
  const [canary, stable] = await Promise.all(
    [question.canary, question.stable].map((asked) => asked && readWorkload(one, asked, namespace)),
  );
  const readings = await Promise.all(
    targets.map((target) =>
      readTarget(one, target, namespace, (live) => {
        // Files that are no objects are applied by whatever applies the workload.
        const from = live ?? canary?.live ?? null;
        return from === null
          ? Promise.resolve({ status: "silent", words: null } as const)
          : toolWord(one, from, config, contains);
      }),
    ),
  );
  return {
    traffic: targets.length === 0 ? null : named(cluster, together(readings.map(({ proof }) => proof))),
    appliedAt: latest(readings),
    drift: readings.find(({ drift }) => drift !== null)?.drift ?? null,
    canary: canary ? named(cluster, canary) : null,
    stable: stable ? named(cluster, stable) : null,
  };
}

const WORST: readonly Proof["status"][] = ["unavailable", "not-yet", "unknown", "proven"];

/** All targets must be proven; the worst of them counts. */
function together(proofs: readonly Proof[]): Proof {
  const worst = WORST.find((status) => proofs.some((proof) => proof.status === status)) ?? "unknown";
  const words = proofs.flatMap((proof) => (proof.status === worst ? [proof.words] : []));
  return { status: worst, words: words.join("; ") };
}

function latest(readings: readonly TargetReading[]): number | null {
  const times = readings.flatMap(({ appliedAt }) => (appliedAt === null ? [] : [appliedAt]));
  return times.length < readings.length || times.length === 0 ? null : Math.max(...times);
}

/** What it does not tell is said with its name. */
function named<Word extends Proof | Readiness>(cluster: string, { status, words }: Word): Word {
  const said =
    status === "unavailable"
      ? `cluster ${cluster}: ${words}`
      : status === "unknown"
        ? `cluster ${cluster} cannot prove it: ${words}`
        : words;
  // The status is the one that came in.
  return { status, words: said } as Word;
}

/** Nothing is known of a cluster that is not there. */
function nothing(question: ClusterQuestion, words: string): ClusterReading {
  const none = { status: "unavailable", words } as const;
  const drift: Drift | null = null;
  return {
    traffic: question.targets.length > 0 ? none : null,
    appliedAt: null,
    drift,
    canary: question.canary && none,
    stable: question.stable && none,
  };
}
