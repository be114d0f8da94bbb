import { ruleItems } from "../arms.ts";
import type { DirectKind } from "../direct.ts";
import { at, entriesOf, textOf } from "../place.ts";
import { consulDestination } from "./service-splitter.ts";

/** Consul: routes by path and header, looked at before the splitter. */
export const serviceRouter: DirectKind = {
  kind: "ServiceRouter",
  apiVersions: ["consul.hashicorp.com/v1alpha1"],
  *rules(object) {
    const own = textOf(at(object, "metadata", "name"));
    for (const [index, route, item] of ruleItems(at(object, "spec", "routes"))) {
      const destination = consulDestination(at(route, "destination"), own);
      // Without a subset, a service's own requests go on to its splitter.
      if (destination === null || (destination.name === own && destination.part === "")) continue;
      const match = at(route, "match", "http") ?? at(route, "match");
      yield {
        name: null,
        path: `routes[${index}]`,
        arms: [{ place: route, names: [destination.name], destination, weight: { in: "rest" } }],
        item,
        match: match === null ? [] : [entriesOf(match)],
        order: "first",
      };
    }
  },
};
