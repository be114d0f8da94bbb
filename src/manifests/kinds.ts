import type { SplitKind } from "./kind.ts";
import { grpcRoute } from "./kinds/grpc-route.ts";
import { httpRoute, linkerdHttpRoute } from "./kinds/http-route.ts";
import { tcpRoute } from "./kinds/tcp-route.ts";
import { tlsRoute } from "./kinds/tls-route.ts";
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
];
