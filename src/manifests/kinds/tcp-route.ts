import { GATEWAY_ROUTER, gatewayApi, routeWithBackendRefs } from "../backend-refs.ts";

export const tcpRoute = routeWithBackendRefs("TCPRoute", gatewayApi("v1alpha2", "v1"), {
  router: GATEWAY_ROUTER,
  source: "CRD tcproutes.gateway.networking.k8s.io",
});
