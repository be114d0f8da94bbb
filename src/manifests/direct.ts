import type { SplitKind } from "./kind.ts";
import { ciliumDirect } from "./kinds/cilium-envoy-config.ts";
import { ingressPaths } from "./kinds/ingress-paths.ts";
import { nginxChosen } from "./kinds/nginx-chosen.ts";
import { serviceRouter } from "./kinds/service-router.ts";

/** A way of sending requests to one destination that has no weight: no split can be made of it, but it can go round one. */
export type DirectKind = Pick<SplitKind, "kind" | "apiVersions" | "rules">;

export const DIRECT: readonly DirectKind[] = [ingressPaths, nginxChosen, serviceRouter, ...ciliumDirect];
