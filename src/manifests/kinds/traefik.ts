import { armsOf, ruleItems, serviceNames } from "../arms.ts";
import { namedService } from "../destination.ts";
import type { About, Rule, SplitKind } from "../kind.ts";
import { at, type Place } from "../place.ts";
import { ingressRouteRoutes, traefikServiceRoutes } from "../routes/traefik.ts";
import type { Routes } from "../routes/way.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

const shared = {
  apiVersions: ["traefik.io/v1alpha1", "traefik.containo.us/v1alpha1"],
  format: wholeNumbers({ absent: 1, max: 2_147_483_647 }),
} satisfies Partial<SplitKind>;

const about = {
  router: "Traefik",
  semantics: "relative; a missing weight is 1",
  bounds: "0 to 2147483647, not all 0",
  armNames: "service name (name:port, namespace/name where two are the same)",
} satisfies Partial<About>;

export const traefikService: SplitKind = {
  ...shared,
  kind: "TraefikService",
  about: {
    ...about,
    weightPath: "spec.{weighted,highestRandomWeight}.services[].weight",
    source: "CRD traefikservices.traefik.io, traefik/traefik pkg/server/service/loadbalancer/wrr",
  },
  routes: traefikServiceRoutes,
  *rules(object) {
    for (const list of ["weighted", "highestRandomWeight"]) {
      const services = at(object, "spec", list, "services");
      if (services !== null) {
        const arms = armsOf(services, serviceNames, namedService);
        yield { name: null, path: list, arms, item: null, match: [] };
      }
    }
  },
};

function ingressRoute(kind: string, routes: Routes): SplitKind {
  return {
    ...shared,
    kind,
    about: {
      ...about,
      weightPath: "spec.routes[].services[].weight",
      source: `CRD ${kind.toLowerCase()}s.traefik.io`,
    },
    routes,
    rules,
  };
}

function* rules(object: Place): Generator<Rule> {
  for (const [index, route, item] of ruleItems(at(object, "spec", "routes"))) {
    const arms = armsOf(at(route, "services"), serviceNames, namedService);
    const match = at(route, "match");
    yield { name: null, path: `routes[${index}]`, arms, item, match: match === null ? [] : [[["", match]]] };
  }
}

export const ingressRouteHttp = ingressRoute("IngressRoute", ingressRouteRoutes);
export const ingressRouteTcp = ingressRoute("IngressRouteTCP", {});
export const ingressRouteUdp = ingressRoute("IngressRouteUDP", {});
