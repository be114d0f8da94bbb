import { GATEWAY_ROUTER, gatewayApi, routeWithBackendRefs } from "../backend-refs.ts";

export const grpcRoute = routeWithBackendRefs("GRPCRoute", gatewayApi("v1alpha2", "v1"), {
  router: GATEWAY_ROUTER,
  headerRoutes: "spec.rules[].matches[].headers",
  mirror: "spec.rules[].filters[] RequestMirror",
  source: "CRD grpcroutes.gateway.networking.k8s.io",
});
