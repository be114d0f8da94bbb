import { APPLICATION, type Rollout, type Slo } from "../../config/types.ts";
import { planeOf } from "./planes/index.ts";
import type { Plane } from "./planes/plane.ts";

/** What the metrics of a rollout cannot tell, a sentence each: of its data plane at all, and for each of its SLOs. */
export function blindSpots(rollout: Pick<Rollout, "mesh" | "slos" | "metrics">): readonly string[] {
  const plane = planeOf(rollout.mesh, rollout.metrics?.application ?? APPLICATION);
  return [...plane.blind, ...rollout.slos.flatMap((slo) => ofSlo(plane, slo))];
}

function ofSlo(plane: Plane, slo: Slo): readonly string[] {
  if (slo.kind === "latency") return ofLatency(plane, slo);
  if (slo.kind !== "query") return [];
  // That it cannot tell at all is refused with the configuration.
  if (slo.query === "overflow" && plane.overflow) {
    return [`\`overflow\` is read from \`${plane.overflow.metric}\`: ${plane.overflow.hint}.`];
  }
  return [];
}

/** Between two edges of a histogram nothing is known but how many requests are there. */
function ofLatency(
  plane: Plane,
  { quantile, max }: { readonly quantile: number; readonly max: number },
): readonly string[] {
  const { edges, latency } = plane;
  if (latency.length === 0 || edges === null || edges.includes(max)) return [];
  const name = `p${Number((quantile * 100).toFixed(6))}`;
  const below = edges.findLast((edge) => edge < max);
  const above = edges.find((edge) => edge > max);
  if (above === undefined) {
    return [`A limit of ${max} ms for ${name} is beyond the histogram, which ends at ${below ?? 0} ms.`];
  }
  const choices = [...(below === undefined ? [] : [below]), above].map((edge) => `${edge}ms`).join(" or ");
  const first = below === undefined ? "below its first edge" : "between two of its edges";
  return [
    `A limit of ${max} ms for ${name} is ${first}: the histogram, as it is shipped, can tell of ${choices} exactly, and the quantile is interpolated between them.`,
  ];
}
