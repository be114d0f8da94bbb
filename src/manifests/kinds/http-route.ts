import { GATEWAY_ROUTER, gatewayApi, routeWithBackendRefs } from "../backend-refs.ts";

const HEADERS = "spec.rules[].matches[].headers";
const MIRROR = "spec.rules[].filters[] RequestMirror";

export const httpRoute = routeWithBackendRefs("HTTPRoute", gatewayApi("v1alpha2", "v1beta1", "v1"), {
  router: GATEWAY_ROUTER,
  headerRoutes: HEADERS,
  mirror: MIRROR,
  source: "CRD httproutes.gateway.networking.k8s.io",
});

/** Linkerd's own copy; its first versions have no backends. */
export const linkerdHttpRoute = routeWithBackendRefs(
  "HTTPRoute",
  ["policy.linkerd.io/v1beta2", "policy.linkerd.io/v1beta3"],
  {
    router: "Linkerd",
    headerRoutes: HEADERS,
    mirror: null,
    source: "CRD httproutes.policy.linkerd.io",
  },
);
