import { armsOf } from "../arms.ts";
import type { Rule, SplitKind, WeightFormat } from "../kind.ts";
import { at, itemsOf, type Place, textOf } from "../place.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

const MOST = 4_294_967_295;

const format: WeightFormat = {
  ...wholeNumbers({ absent: 0, max: MOST }),
  refuse(weights) {
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return sum <= MOST ? null : `make ${sum} together and ${MOST} is the most`;
  },
};

/** Envoy's own configuration inside an object: keys in snake_case or, as protobuf JSON has it too, in camelCase. */
function ciliumEnvoyConfig(kind: string): SplitKind {
  return {
    kind,
    apiVersions: ["cilium.io/v2"],
    format,
    about: {
      router: "Cilium",
      weightPath:
        "spec.resources[] RouteConfiguration (or a listener's): virtual_hosts[].routes[].route.weighted_clusters.clusters[].weight",
      semantics: "relative; a missing weight is 0; keys in snake_case or camelCase",
      bounds: "0 to 4294967295, the sum too, not all 0",
      armNames: "cluster name, usually namespace/service",
      headerRoutes: "virtual_hosts[].routes[].match.headers",
      mirror: "virtual_hosts[].routes[].route.request_mirror_policies[]",
      source: "envoyproxy/envoy api/envoy/config/route/v3/route_components.proto (WeightedCluster)",
    },
    *rules(object) {
      for (const [index, resource] of itemsOf(at(object, "spec", "resources")).entries()) {
        yield* routesIn(resource, `resources[${index}]`);
      }
    },
  };
}

function* routesIn(resource: Place, path: string): Generator<Rule> {
  const type = textOf(at(resource, "@type")) ?? "";
  if (type.endsWith("envoy.config.route.v3.RouteConfiguration")) yield* rulesOf(resource, path);
  if (!type.endsWith("envoy.config.listener.v3.Listener")) return;
  const chains = itemsOf(either(resource, "filter_chains", "filterChains"));
  for (const [chain, { filters }] of chains.map((one) => ({ filters: at(one, "filters") })).entries()) {
    for (const [index, filter] of itemsOf(filters).entries()) {
      const config = either(either(filter, "typed_config", "typedConfig"), "route_config", "routeConfig");
      if (config !== null) yield* rulesOf(config, `${path}.filters[${chain}][${index}]`);
    }
  }
}

function* rulesOf(config: Place, path: string): Generator<Rule> {
  for (const [host, virtualHost] of itemsOf(either(config, "virtual_hosts", "virtualHosts")).entries()) {
    for (const [index, route] of itemsOf(at(virtualHost, "routes")).entries()) {
      const weighted = either(at(route, "route"), "weighted_clusters", "weightedClusters");
      if (weighted === null) continue;
      yield {
        name: textOf(at(route, "name")),
        path: `${path}.hosts[${host}].routes[${index}]`,
        arms: armsOf(at(weighted, "clusters"), (cluster) => {
          const name = textOf(at(cluster, "name"));
          return name === null ? [] : [name];
        }),
      };
    }
  }
}

function either(place: Place | null, snake: string, camel: string): Place | null {
  return at(place, snake) ?? at(place, camel);
}

export const ciliumEnvoy = ciliumEnvoyConfig("CiliumEnvoyConfig");
export const ciliumClusterwideEnvoy = ciliumEnvoyConfig("CiliumClusterwideEnvoyConfig");
