import { armsOf, ruleItems } from "../arms.ts";
import { type Destination, service } from "../destination.ts";
import type { DirectKind } from "../direct.ts";
import type { Rule, SplitKind, WeightFormat } from "../kind.ts";
import { at, entriesOf, itemsOf, type Place, textOf } from "../place.ts";
import { envoyRoutes } from "../routes/envoy.ts";
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
      source: "envoyproxy/envoy api/envoy/config/route/v3/route_components.proto (WeightedCluster)",
    },
    routes: envoyRoutes,
    *rules(object) {
      for (const { route, ...rule } of routesOf(object)) {
        const weighted = either(at(route, "route"), "weighted_clusters", "weightedClusters");
        if (weighted === null) continue;
        yield { ...rule, arms: armsOf(at(weighted, "clusters"), clusterNames, clusterOf) };
      }
    },
  };
}

/** Routes to one cluster, which have no weight. */
function direct(kind: string): DirectKind {
  return {
    kind,
    apiVersions: ["cilium.io/v2"],
    *rules(object) {
      for (const { route, ...rule } of routesOf(object)) {
        const name = textOf(at(route, "route", "cluster"));
        if (name === null) continue;
        const destination = cluster(name);
        yield { ...rule, arms: [{ place: route, names: [name], destination, weight: { in: "rest" } }] };
      }
    },
  };
}

type Route = Omit<Rule, "arms"> & { readonly route: Place };

function* routesOf(object: Place): Generator<Route> {
  for (const [index, resource] of itemsOf(at(object, "spec", "resources")).entries()) {
    yield* routesIn(resource, `resources[${index}]`);
  }
}

function* routesIn(resource: Place, path: string): Generator<Route> {
  const type = textOf(at(resource, "@type")) ?? "";
  if (type.endsWith("envoy.config.route.v3.RouteConfiguration")) yield* hostsOf(resource, path);
  if (!type.endsWith("envoy.config.listener.v3.Listener")) return;
  const chains = itemsOf(either(resource, "filter_chains", "filterChains"));
  for (const [chain, { filters }] of chains.map((one) => ({ filters: at(one, "filters") })).entries()) {
    for (const [index, filter] of itemsOf(filters).entries()) {
      const config = either(either(filter, "typed_config", "typedConfig"), "route_config", "routeConfig");
      if (config !== null) yield* hostsOf(config, `${path}.filters[${chain}][${index}]`);
    }
  }
}

function* hostsOf(config: Place, path: string): Generator<Route> {
  for (const [host, virtualHost] of itemsOf(either(config, "virtual_hosts", "virtualHosts")).entries()) {
    for (const [index, route, item] of ruleItems(at(virtualHost, "routes"))) {
      const match = at(route, "match");
      yield {
        route,
        name: textOf(at(route, "name")),
        path: `${path}.hosts[${host}].routes[${index}]`,
        item,
        match: match === null ? [] : [entriesOf(match)],
        order: "first",
      };
    }
  }
}

function clusterNames(item: Place): readonly string[] {
  const name = textOf(at(item, "name"));
  return name === null ? [] : [name];
}

function clusterOf(item: Place): Destination | null {
  const name = textOf(at(item, "name"));
  return name === null ? null : cluster(name);
}

/** Cilium calls the cluster of a service `namespace/service`, with a port or without. */
function cluster(name: string): Destination | null {
  const [, namespace = null, own = null, port = null] = /^([^/:]+)\/([^/:]+)(?::(.+))?$/.exec(name) ?? [];
  return service(own, { namespace, port }) ?? service(name, { sort: "Cluster", namespace: "" });
}

function either(place: Place | null, snake: string, camel: string): Place | null {
  return at(place, snake) ?? at(place, camel);
}

export const ciliumEnvoy = ciliumEnvoyConfig("CiliumEnvoyConfig");
export const ciliumClusterwideEnvoy = ciliumEnvoyConfig("CiliumClusterwideEnvoyConfig");
export const ciliumDirect: readonly DirectKind[] = [
  direct("CiliumEnvoyConfig"),
  direct("CiliumClusterwideEnvoyConfig"),
];
