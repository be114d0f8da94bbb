import { armsOf, ruleItems, serviceNames } from "../arms.ts";
import { namedService } from "../destination.ts";
import type { RuleArm, SplitKind, WeightFormat } from "../kind.ts";
import { at, entriesOf, itemsOf, type Place, textOf } from "../place.ts";
import { contourRoutes } from "../routes/contour.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

const numbers = wholeNumbers({ absent: 0, max: Number.MAX_SAFE_INTEGER });

/** Where no service has a weight over 0, all get the same. */
const evenWhenNone: WeightFormat = {
  ...numbers,
  read(written) {
    const weights = numbers.read(written);
    return weights.every((weight) => weight === 0) ? weights.map(() => 1) : weights;
  },
};

export const httpProxy: SplitKind = {
  kind: "HTTPProxy",
  apiVersions: ["projectcontour.io/v1"],
  format: evenWhenNone,
  about: {
    router: "Contour",
    weightPath: "spec.routes[].services[].weight, spec.tcpproxy.services[].weight",
    semantics:
      "relative; a missing weight is 0 beside others, and where none is over 0 all get the same; a service with mirror: true is no arm, its weight is another thing",
    bounds: "0 to 2⁵³−1, not all 0",
    armNames: "service name (name:port where two are the same)",
    source: "CRD httpproxies.projectcontour.io, projectcontour/contour internal/dag",
  },
  routes: contourRoutes,
  *rules(object) {
    for (const [index, route, item] of ruleItems(at(object, "spec", "routes"))) {
      const conditions = itemsOf(at(route, "conditions")).flatMap(entriesOf);
      const match = conditions.length === 0 ? [] : [conditions];
      yield { name: null, path: `routes[${index}]`, arms: servicesOf(route), item, match };
    }
    const tcp = at(object, "spec", "tcpproxy");
    if (tcp !== null) yield { name: null, path: "tcpproxy", arms: servicesOf(tcp), item: null, match: [] };
  },
};

function servicesOf(route: Place): readonly RuleArm[] {
  return armsOf(at(route, "services"), serviceNames, namedService).filter(
    ({ place }) => textOf(at(place, "mirror")) !== "true",
  );
}
