import { GATEWAY_ROUTER, gatewayApi, routeWithBackendRefs } from "../backend-refs.ts";

export const tlsRoute = routeWithBackendRefs("TLSRoute", gatewayApi("v1alpha2", "v1alpha3", "v1"), {
  router: GATEWAY_ROUTER,
  source: "CRD tlsroutes.gateway.networking.k8s.io",
});
