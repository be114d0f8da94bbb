import type { ApplicationMetrics, Mesh } from "../../../config/types.ts";
import { application } from "./application.ts";
import { consul, contour, envoyGateway, knative, kuma, kuma3 } from "./envoy.ts";
import { cilium, ingressNginx, traefik } from "./ingress.ts";
import { istio, istioAmbient } from "./istio.ts";
import { linkerd, linkerdOutbound } from "./linkerd.ts";
import type { Plane } from "./plane.ts";

/** The data planes whose own metrics are known, in the order of the documentation. */
export const PLANES: Readonly<Record<Exclude<Mesh, "app">, Plane>> = {
  istio,
  "istio-ambient": istioAmbient,
  linkerd,
  "linkerd-outbound": linkerdOutbound,
  cilium,
  "envoy-gateway": envoyGateway,
  contour,
  traefik,
  "ingress-nginx": ingressNginx,
  kuma,
  "kuma-3": kuma3,
  consul,
  knative,
};

export function planeOf(mesh: Mesh, named: ApplicationMetrics): Plane {
  return mesh === "app" ? application(named) : PLANES[mesh];
}
