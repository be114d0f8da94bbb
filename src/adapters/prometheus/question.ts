import { type MetricsNames, NO_NAMES } from "../../config/types.ts";
import type { Sides } from "../../ports/metrics.ts";
import type { Names } from "./names.ts";
import { planeOf } from "./planes/index.ts";
import type { Plane } from "./planes/plane.ts";

/** The data plane of a question, and what it calls the sides there. */
export function understood(question: Sides): { readonly plane: Plane; readonly names: Names } {
  const said = question.names ?? NO_NAMES;
  const plane = planeOf(question.mesh, said.application);
  const of = (side: "stable" | "canary") => {
    const { backend, port } = destinationOf(question.arms?.[side] ?? question[side], question[side]);
    const usual = plane.sideIs === "workload" ? question[side] : backend;
    return { side: said[side] ?? usual, backend, port: said.port ?? port };
  };
  return {
    plane: exactly(plane, said),
    names: {
      namespace: question.namespace,
      service: question.service,
      route: said.route,
      stable: of("stable"),
      canary: of("canary"),
    },
  };
}

/**
 * What an arm is called by its file, as metrics know it: `name`, `name:port`, `namespace/name`, a host in the cluster,
 * any of them with `#2` where a split has it twice. Values by path have a JSON pointer: the workload's name must do.
 */
function destinationOf(
  arm: string,
  workload: string,
): { readonly backend: string; readonly port: string | null } {
  if (arm.startsWith("/")) return { backend: workload, port: null };
  const { name = arm, port = null } =
    /^(?:[^/]+\/)?(?<name>[^:#]+)(?::(?<port>[^#]+))?(?:#\d+)?$/.exec(arm)?.groups ?? {};
  const host = /^([^.]+)\.[^.]+\.svc(?:\.|$)/.exec(name)?.[1];
  return { backend: host ?? name, port };
}

/** A side that the configuration names is the label's whole value, whatever pattern the data plane has for it. */
function exactly(plane: Plane, said: MetricsNames): Plane {
  const whole = (rows: Plane["sides"]) => {
    const label = rows.flatMap((row) => Object.keys(row).filter((key) => row[key]?.includes("{side}")))[0];
    return label === undefined ? rows : rows.slice(0, 1).map((row) => ({ ...row, [label]: "{side}" }));
  };
  if (said.stable === null && said.canary === null) return plane;
  return {
    ...plane,
    sides: said.canary === null ? plane.sides : whole(plane.sides),
    stable: said.stable === null ? (plane.stable ?? plane.sides) : whole(plane.stable ?? plane.sides),
  };
}
