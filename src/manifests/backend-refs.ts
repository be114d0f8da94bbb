import { armsOf, ruleItems, serviceNames } from "./arms.ts";
import { namedService } from "./destination.ts";
import type { About, Rule, SplitKind } from "./kind.ts";
import { at, entriesOf, itemsOf, type Place, textOf } from "./place.ts";
import type { Routes } from "./routes/way.ts";
import { wholeNumbers } from "./weights/whole-numbers.ts";

/** Gateway API: relative weights, 1 where none is written. An arm is called by its backend's name. */
export function routeWithBackendRefs(
  kind: string,
  apiVersions: readonly string[],
  about: Pick<About, "router" | "source">,
  routes: Routes = {},
): SplitKind {
  return {
    kind,
    apiVersions,
    format: wholeNumbers({ absent: 1, max: 1_000_000 }),
    about: {
      ...about,
      weightPath: "spec.rules[].backendRefs[].weight",
      semantics: "relative; a missing weight is 1",
      bounds: "0 to 1000000, not all 0",
      armNames: "backend name (name:port, namespace/name where two are the same)",
    },
    routes,
    rules,
  };
}

function* rules(object: Place): Generator<Rule> {
  for (const [index, rule, item] of ruleItems(at(object, "spec", "rules"))) {
    yield {
      name: textOf(at(rule, "name")),
      path: `rules[${index}]`,
      arms: armsOf(at(rule, "backendRefs"), serviceNames, namedService),
      item,
      match: itemsOf(at(rule, "matches")).map(entriesOf),
      order: "same",
    };
  }
}

/** Versions of the Gateway API's group. */
export function gatewayApi(...versions: readonly string[]): readonly string[] {
  return versions.map((version) => `gateway.networking.k8s.io/${version}`);
}

export const GATEWAY_ROUTER =
  "Gateway API (Istio ambient, Linkerd, Cilium, Envoy Gateway, NGINX Gateway Fabric, kgateway, Kuma, Traefik, Contour, AWS)";
