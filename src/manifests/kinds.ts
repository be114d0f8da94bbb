import type { SplitKind } from "./kind.ts";
import { albActions } from "./kinds/alb-actions.ts";
import { ciliumClusterwideEnvoy, ciliumEnvoy } from "./kinds/cilium-envoy-config.ts";
import { grpcRoute } from "./kinds/grpc-route.ts";
import { httpProxy } from "./kinds/http-proxy.ts";
import { httpRoute, linkerdHttpRoute } from "./kinds/http-route.ts";
import { knativeRoute, knativeService } from "./kinds/knative.ts";
import { meshHttpRoute, meshTcpRoute } from "./kinds/kuma-route.ts";
import { nginxCanary } from "./kinds/nginx-canary.ts";
import { serviceSplitter } from "./kinds/service-splitter.ts";
import { tcpRoute } from "./kinds/tcp-route.ts";
import { tlsRoute } from "./kinds/tls-route.ts";
import { ingressRouteHttp, ingressRouteTcp, ingressRouteUdp, traefikService } from "./kinds/traefik.ts";
import { trafficSplit, trafficSplitQuantities } from "./kinds/traffic-split.ts";
import { udpRoute } from "./kinds/udp-route.ts";
import { virtualService } from "./kinds/virtual-service.ts";

/** Every kind whose weights can be read and set. */
export const KINDS: readonly SplitKind[] = [
  virtualService,
  httpRoute,
  grpcRoute,
  tcpRoute,
  tlsRoute,
  udpRoute,
  trafficSplitQuantities,
  trafficSplit,
  linkerdHttpRoute,
  meshHttpRoute,
  meshTcpRoute,
  serviceSplitter,
  traefikService,
  ingressRouteHttp,
  ingressRouteTcp,
  ingressRouteUdp,
  httpProxy,
  nginxCanary,
  albActions,
  knativeService,
  knativeRoute,
  ciliumEnvoy,
  ciliumClusterwideEnvoy,
];
