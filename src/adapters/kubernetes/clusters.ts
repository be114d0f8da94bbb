import { configuredIn, type Environment, lacking, repositoriesOf } from "../operator.ts";

/** A cluster that the operator configured; repositories know its name only. */
export interface ClusterConfig {
  /** A kubeconfig file, or null: the service account of the pod we run in. */
  readonly kubeconfig: string | null;
  /** Context of the kubeconfig; null: its current one. */
  readonly context: string | null;
  /** For one look as a whole, retries included. */
  readonly timeoutMs: number;
  /** `owner/name` or `owner/*`, in lower case: who may use it; everybody when absent. */
  readonly repositories?: readonly string[];
  /** Namespaces whose objects may be read, `name` or `begins-with*`; every one when absent. */
  readonly namespaces?: readonly string[];
  /** Where Argo CD keeps its applications, where an object does not say it. */
  readonly argocdNamespace: string;
}

export interface ParsedClusters {
  readonly clusters: ReadonlyMap<string, ClusterConfig>;
  /** Clear sentences that name the variable; never its value. */
  readonly problems: readonly string[];
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** What the names of its variables end with. */
export const CLUSTER_SUFFIXES = [
  "KUBECONFIG",
  "CONTEXT",
  "NAME",
  "REPOSITORIES",
  "NAMESPACES",
  "TIMEOUT_SECONDS",
  "ARGOCD_NAMESPACE",
] as const;

/**
 * Reads clusters from environment-like variables.
 *
 * The first cluster is `CLUSTER_KUBECONFIG`, more are `CLUSTER_<KEY>_KUBECONFIG`. With the prefix P = `CLUSTER` or
 * `CLUSTER_<KEY>`:
 *
 * | variable | meaning |
 * |---|---|
 * | `P_KUBECONFIG` | a kubeconfig file, with a token, a token file, a client certificate or an exec command in it; or `in-cluster`: the service account of the pod we run in |
 * | `P_CONTEXT` | a context of that file; its current one when absent |
 * | `P_NAME` | what `cluster:` in a configuration says; default `production` for the first, else KEY in lower case with `-` for `_` |
 * | `P_REPOSITORIES` | who may use it, as `owner/name,owner/*`; every repository when absent |
 * | `P_NAMESPACES` | whose objects they may see, as `shop,team-a-*`, or `*` for every namespace; needed unless `P_REPOSITORIES` is one repository |
 * | `P_TIMEOUT_SECONDS` | for one whole look at the cluster, retries included; default 10 |
 * | `P_ARGOCD_NAMESPACE` | where Argo CD's applications are; default `argocd` |
 *
 * A cluster with a problem is left out. The files are read at the first look, and again when they stop working.
 */
export function parseClusters(env: Environment): ParsedClusters {
  const { configured, problems } = configuredIn(env, {
    first: "CLUSTER",
    suffixes: CLUSTER_SUFFIXES,
    many: "clusters",
    read: parseCluster,
  });
  return { clusters: configured, problems };
}

function parseCluster(
  prefix: string,
  settings: ReadonlyMap<(typeof CLUSTER_SUFFIXES)[number], string>,
  problems: string[],
): ClusterConfig {
  const kubeconfig = settings.get("KUBECONFIG");
  if (!kubeconfig) problems.push(lacking(prefix, settings, "KUBECONFIG"));
  const context = settings.get("CONTEXT") ?? null;
  if (kubeconfig === "in-cluster" && context !== null)
    problems.push(`${prefix}_CONTEXT is set, but a pod's own service account has no contexts.`);
  const seconds = Number(settings.get("TIMEOUT_SECONDS") ?? DEFAULT_TIMEOUT_MS / 1000);
  if (!(seconds > 0 && seconds <= 60))
    problems.push(`${prefix}_TIMEOUT_SECONDS is not a number of seconds over 0 and at most 60.`);
  const repositories = repositoriesOf(prefix, settings.get("REPOSITORIES"), problems);
  const namespaces = namespacesIn(settings.get("NAMESPACES"), repositories ?? []);
  // Of a list that cannot be read it is not known whether it is one repository.
  if (namespaces === "missing" && repositories !== null)
    problems.push(
      `${prefix}_NAMESPACES is not set, and ${prefix}_REPOSITORIES is not one repository alone: say which namespaces those who use it may see, as name,begins-with*, or * for every one.`,
    );
  if (namespaces === "malformed")
    problems.push(`${prefix}_NAMESPACES is not a list of namespaces, as name,begins-with*.`);
  return {
    kubeconfig: !kubeconfig || kubeconfig === "in-cluster" ? null : kubeconfig,
    context,
    timeoutMs: seconds * 1000,
    ...(repositories && { repositories }),
    ...(typeof namespaces !== "string" && namespaces && { namespaces }),
    argocdNamespace: settings.get("ARGOCD_NAMESPACE") ?? "argocd",
  };
}

/** Null: every one, as the operator says, or as there is one repository that nothing could leak to. */
function namespacesIn(
  text: string | undefined,
  repositories: readonly string[],
): readonly string[] | "missing" | "malformed" | null {
  const alone = repositories.length === 1 && !repositories[0]?.endsWith("/*");
  if (text === undefined) return alone ? null : "missing";
  const list = text.split(",").map((one) => one.trim());
  if (list.includes("*")) return null;
  return list.every((one) => /^[a-z0-9][a-z0-9-]*\*?$/.test(one)) ? list : "malformed";
}

/** Whether the objects of a namespace may be read; null: of those that are in none. */
export function mayRead(
  { namespaces }: Pick<ClusterConfig, "namespaces">,
  namespace: string | null,
): boolean {
  if (namespaces === undefined) return true;
  return namespaces.some((one) =>
    one.endsWith("*") ? namespace?.startsWith(one.slice(0, -1)) : one === namespace,
  );
}
