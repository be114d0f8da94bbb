import { GATEWAY_ROUTER, gatewayApi, routeWithBackendRefs } from "../backend-refs.ts";

export const udpRoute = routeWithBackendRefs("UDPRoute", gatewayApi("v1alpha2", "v1"), {
  router: GATEWAY_ROUTER,
  source: "CRD udproutes.gateway.networking.k8s.io",
});
