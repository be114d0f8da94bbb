import { GATEWAY_ROUTER, gatewayApi, routeWithBackendRefs } from "../backend-refs.ts";
import { gatewayRoutes } from "../routes/gateway.ts";

const about = {
  router: GATEWAY_ROUTER,
  source: "CRD grpcroutes.gateway.networking.k8s.io",
};

export const grpcRoute = routeWithBackendRefs(
  "GRPCRoute",
  gatewayApi("v1alpha2", "v1"),
  about,
  gatewayRoutes,
);
