import { GATEWAY_ROUTER, gatewayApi, routeWithBackendRefs } from "../backend-refs.ts";
import { gatewayRoutes, linkerdRoutes } from "../routes/gateway.ts";

export const httpRoute = routeWithBackendRefs(
  "HTTPRoute",
  gatewayApi("v1alpha2", "v1beta1", "v1"),
  { router: GATEWAY_ROUTER, source: "CRD httproutes.gateway.networking.k8s.io" },
  gatewayRoutes,
);

/** Linkerd's own copy; its first versions have no backends. */
export const linkerdHttpRoute = routeWithBackendRefs(
  "HTTPRoute",
  ["policy.linkerd.io/v1beta2", "policy.linkerd.io/v1beta3"],
  { router: "Linkerd", source: "CRD httproutes.policy.linkerd.io" },
  linkerdRoutes,
);
