import type { ApplicationMetrics } from "../../../config/types.ts";
import { CLIENT_EDGES, type Plane } from "./plane.ts";

/** What Kubernetes appends to a workload's name: a Deployment's pods get two words without vowels, a StatefulSet's a number. */
const POD = ["{side}-{hash}-{hash}", "{side}-{hash}", "{side}-{number}"];

/** Metrics of the application itself, under the names that the rollout gives. */
export function application(named: ApplicationMetrics): Plane {
  const bySide = named.side === "pod" ? POD : ["{side}"];
  return {
    title: "the application's own metrics",
    sideIs: "workload",
    scope: named.namespace === null ? {} : { [named.namespace]: "{namespace}" },
    sides: bySide.map((pattern) => ({ [named.side]: pattern })),
    requests: [{ metric: named.requests, where: {}, failed: [{ [named.status]: { is: named.failed } }] }],
    latency:
      named.latency === null ? [] : [{ metric: `${named.latency}_bucket`, unit: named.unit, where: {} }],
    mtls: null,
    overflow: null,
    edges: CLIENT_EDGES,
    once: "The application counts a request where it answers it.",
    blind: [
      "Requests that never reach the application are not counted.",
      "Whatever its counter counts counts: probes and scrapes of `/metrics` too, unless the application leaves them out.",
    ],
  };
}
