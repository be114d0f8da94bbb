import type { SplitKind } from "./kind.ts";
import { httpRoute } from "./kinds/http-route.ts";
import { trafficSplit, trafficSplitQuantities } from "./kinds/traffic-split.ts";
import { virtualService } from "./kinds/virtual-service.ts";

/** Every kind whose weights can be read and set. */
export const KINDS: readonly SplitKind[] = [virtualService, httpRoute, trafficSplitQuantities, trafficSplit];
