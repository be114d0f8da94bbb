import type { Path } from "./source.ts";
import { MESHES, type Mesh, type MetricsNames, NAMED_QUERIES, type NamedQuery, type Slo } from "./types.ts";

/** What a data plane's own metrics can tell besides requests and latency, as its row in adapters/prometheus/planes. */
export const ANSWERS: Readonly<Record<Mesh, readonly NamedQuery[]>> = {
  istio: ["mtls", "overflow", "requestRate"],
  "istio-ambient": ["mtls", "overflow", "requestRate"],
  linkerd: ["mtls", "requestRate"],
  "linkerd-outbound": ["requestRate"],
  cilium: ["requestRate"],
  "envoy-gateway": ["overflow", "requestRate"],
  contour: ["overflow", "requestRate"],
  traefik: ["requestRate"],
  "ingress-nginx": ["requestRate"],
  kuma: ["requestRate"],
  "kuma-3": ["requestRate"],
  consul: ["overflow", "requestRate"],
  knative: ["overflow", "requestRate"],
  app: ["requestRate"],
};

const UNTOLD: Readonly<Record<NamedQuery, string>> = {
  mtls: "what is encrypted",
  overflow: "what circuit breakers turn away",
  requestRate: "how many requests there are",
};

/** Where the stable side is told by what its requests lack: what it is called is asked of nobody. */
const NAMELESS_STABLE: readonly Mesh[] = ["ingress-nginx"];

/** The data planes that answer a built-in query, such as `` `istio`, `linkerd` ``. */
export function answering(query: NamedQuery): string {
  return MESHES.filter((mesh) => ANSWERS[mesh].includes(query))
    .map((mesh) => `\`${mesh}\``)
    .join(", ");
}

interface Flaw {
  readonly path: Path;
  readonly message: string;
}

/** What a rollout's data plane can never do, whatever the files and the metrics say. */
export function meshFlaws(
  mesh: Mesh,
  slos: readonly Slo[],
  names: MetricsNames | undefined,
): readonly Flaw[] {
  return [...unanswered(mesh, slos), ...nameTwice(mesh, names)];
}

/** Each release would be held for want of evidence, and taken back once that has lasted too long. */
function unanswered(mesh: Mesh, slos: readonly Slo[]): readonly Flaw[] {
  return slos.flatMap((slo, index) => {
    const query = NAMED_QUERIES.find((one) => slo.kind === "query" && one === slo.query);
    if (query === undefined || ANSWERS[mesh].includes(query)) return [];
    const message = `\`${query}\` can never be judged with \`mesh: ${mesh}\`, whose metrics do not show ${UNTOLD[query]}: each release would be held as \`unavailable\`. Remove it, or ask by a \`query\` of your own; it is known with ${answering(query)}.`;
    return [{ path: ["slos", index, query], message }];
  });
}

function nameTwice(mesh: Mesh, names: MetricsNames | undefined): readonly Flaw[] {
  if (!names || names.canary === null || names.canary !== names.stable) return [];
  if (NAMELESS_STABLE.includes(mesh)) return [];
  const message =
    "`stable` and `canary` are the same: the metrics would not tell the sides apart, and no release could be judged. Name each as the metrics do.";
  return [{ path: ["metrics", "canary"], message }];
}
