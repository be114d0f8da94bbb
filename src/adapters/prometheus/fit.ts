import { type Mesh, NAMED_QUERIES, type Slo } from "../../config/types.ts";
import type { Fit, FitQuestion } from "../../ports/metrics.ts";
import { matchers, type Names } from "./names.ts";
import type { Plane } from "./planes/plane.ts";
import { understood } from "./question.ts";

/** How the objects of a rollout fit its data plane, by what is certain without asking anybody. */
export function fitOf(question: FitQuestion): Fit {
  const { plane, names } = understood(question.sides);
  const counts = question.slos.some(isCounted);
  const alike = sidesAlike(question, plane, names);
  return {
    problem: counts ? alike : null,
    notes: [
      ...(alike === null || counts ? [] : [alike]),
      ...(counts
        ? [
            ...unlabelled(question, plane),
            ...question.splits.flatMap(unseen(question)),
            ...question.splits.flatMap(orphaned(question, plane)),
          ]
        : []),
      ...elsewhere(question, plane, names),
    ],
  };
}

/** A query of the team's own may know what the data plane does not. */
function isCounted(slo: Slo): boolean {
  return slo.kind !== "query" || NAMED_QUERIES.some((name) => name === slo.query);
}

/** Every request would be of both sides at once, and is counted as one of stable's. */
function sidesAlike({ sides }: FitQuestion, plane: Plane, names: Names): string | null {
  const [stable, canary] = (["stable", "canary"] as const).map((side) =>
    matchers(plane, names, [side]).join(),
  );
  if (stable !== canary) return null;
  return `The metrics of \`mesh: ${sides.mesh}\` cannot tell the sides apart: both are asked for as the ${plane.sideIs} \`${names.canary.side}\`, and no request would count as the canary's. Give each a name of its own, or say with \`metrics: { stable, canary }\` what the metrics call them.`;
}

/** Linkerd has a label for each kind of workload, and one of them is read. */
function unlabelled({ sides, workloads }: FitQuestion, plane: Plane): readonly string[] {
  if (!plane.sides.some((row) => "deployment" in row)) return [];
  return workloads
    .filter(({ kind }) => kind !== "Deployment")
    .map(
      ({ file, kind, name }) =>
        `\`${file}\`: the metrics of \`mesh: ${sides.mesh}\` name a side by the label \`deployment\`, which no pod of the ${kind} ${name} has: nothing would be counted of it, and each release would be held as \`unavailable\`. \`linkerd-outbound\` counts by backend.`,
    );
}

interface Seen {
  /** Whose splits the proxies that are read carry out. */
  readonly kinds: readonly string[];
  /** What becomes of the requests of any other. */
  readonly otherwise: string;
}

const UNCOUNTED = "nothing would be counted, and each release would be held as `unavailable`";
const counted = (...kinds: readonly string[]): Seen => ({ kinds, otherwise: UNCOUNTED });

/** Only where it matters what splits: the others count where a request is answered, whoever sent it there. */
const SEEN: Readonly<Partial<Record<Mesh, Seen>>> = {
  "linkerd-outbound": counted("HTTPRoute", "GRPCRoute"),
  cilium: {
    kinds: ["HTTPRoute", "GRPCRoute", "Ingress", "CiliumEnvoyConfig", "CiliumClusterwideEnvoyConfig"],
    otherwise: "requests are counted only where a policy of Cilium's own sends them through its Envoy",
  },
  "envoy-gateway": counted("HTTPRoute", "GRPCRoute"),
  contour: counted("HTTPProxy", "HTTPRoute", "GRPCRoute"),
  traefik: counted("TraefikService", "IngressRoute", "HTTPRoute", "GRPCRoute", "Ingress"),
  "ingress-nginx": counted("Ingress"),
  consul: counted("ServiceSplitter", "HTTPRoute"),
  knative: counted("Service", "Route"),
};

/** The kinds whose splits a data plane's metrics show; null where it does not matter what splits. */
export function kindsSeen(mesh: Mesh): readonly string[] | null {
  return SEEN[mesh]?.kinds ?? null;
}

/** Splits of connections: whether there are requests in them the file does not say. */
const CONNECTIONS = [
  "TCPRoute",
  "TLSRoute",
  "UDPRoute",
  "IngressRouteTCP",
  "IngressRouteUDP",
  "MeshTCPRoute",
];
const CONNECTION_ROUTE = /^(?:tcp|tls)\[|^tcpproxy$/;

function unseen({ sides }: FitQuestion): (split: FitQuestion["splits"][number]) => readonly string[] {
  return ({ file, kind, name, route, byPath }) => {
    const { mesh, names } = sides;
    // A value by its path may be of anything, an application counts for itself, and who names both sides has looked.
    if (byPath || mesh === "app" || (names?.stable != null && names.canary !== null)) return [];
    const seen = SEEN[mesh];
    if (seen && !seen.kinds.includes(kind)) {
      const kinds = seen.kinds.map((one) => `\`${one}\``).join(", ");
      return [
        `\`${file}\`: \`mesh: ${mesh}\` sees what is split by ${kinds}, and this is the ${kind} ${name}: ${seen.otherwise}.`,
      ];
    }
    if (!CONNECTIONS.includes(kind) && !CONNECTION_ROUTE.test(route ?? "")) return [];
    return [
      `\`${file}\`: the ${kind} ${name} splits connections, and the metrics of \`mesh: ${mesh}\` count HTTP and gRPC requests: where its proxies see none in them, ${UNCOUNTED}.`,
    ];
  };
}

/** Where requests are counted by the service that they were sent to, and none of those that are split is it. */
function orphaned(
  { sides }: FitQuestion,
  plane: Plane,
): (split: FitQuestion["splits"][number]) => readonly string[] {
  const byParent = plane.scope["parent_name"] === "{service}";
  return ({ file, kind, name, parents = [] }) =>
    !byParent || parents.length === 0 || parents.includes(sides.service)
      ? []
      : [
          `\`${file}\`: the ${kind} ${name} splits requests for ${parents.map((parent) => `\`${parent}\``).join(", ")}, and \`service\` of the rollout is \`${sides.service}\`, by which they are counted: ${UNCOUNTED}.`,
        ];
}

/** Objects whose namespace is not the one that the metrics are asked in. */
function elsewhere({ sides, workloads }: FitQuestion, plane: Plane, names: Names): readonly string[] {
  if (!readsNamespace(plane, names)) return [];
  return workloads
    .filter(({ namespace }) => namespace !== null && namespace !== sides.namespace)
    .map(
      ({ file, kind, name, namespace }) =>
        `\`${file}\`: the ${kind} ${name} is in the namespace \`${namespace}\`, and the metrics are asked in \`${sides.namespace}\`, which is \`namespace\` of the rollout: of what runs elsewhere nothing would be counted.`,
    );
}

/** Whether the metrics' namespace is the workloads': a label that both sides share, or part of a backend's name. */
function readsNamespace(plane: Plane, names: Names): boolean {
  const asked = (namespace: string) => matchers(plane, { ...names, namespace }, ["stable", "canary"]).join();
  const ofBackends = plane.sides.some((row) =>
    Object.values(row).some((text) => text.includes("{namespace}")),
  );
  return (plane.sideIs === "workload" || ofBackends) && asked("a") !== asked("b");
}
