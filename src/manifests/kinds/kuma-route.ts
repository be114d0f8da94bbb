import { armsOf, ruleItems, serviceNames } from "../arms.ts";
import { type Destination, namedService, partsOf, service } from "../destination.ts";
import type { Rule, SplitKind } from "../kind.ts";
import { at, entriesOf, itemsOf, type Place, textOf } from "../place.ts";
import { kumaRoutes } from "../routes/kuma.ts";
import type { Routes } from "../routes/way.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

function kumaRoute(kind: string, routes: Routes): SplitKind {
  return {
    kind,
    apiVersions: ["kuma.io/v1alpha1"],
    universal: true,
    format: wholeNumbers({ absent: 1, max: 4_294_967_295 }),
    about: {
      router: "Kuma, Kong Mesh (on Kubernetes, and Universal: `type` instead of `kind`)",
      weightPath: "spec.to[].rules[].default.backendRefs[].weight",
      semantics: "relative; a missing weight is 1",
      bounds: "0 to 4294967295, not all 0",
      armNames: "backend name (name:port, then name with its tags or labels where two are the same)",
      source: `CRD ${kind.toLowerCase()}s.kuma.io`,
    },
    routes,
    rules,
  };
}

function* rules(object: Place): Generator<Rule> {
  for (const [target, to] of itemsOf(at(object, "spec", "to")).entries()) {
    for (const [index, rule, item] of ruleItems(at(to, "rules"))) {
      yield {
        name: null,
        path: `to[${target}].rules[${index}]`,
        arms: armsOf(at(rule, "default", "backendRefs"), backendNames, destinationOf),
        item,
        match: itemsOf(at(rule, "matches")).map(entriesOf),
      };
    }
  }
}

/** A backend may be chosen by labels alone, and two subsets of one service differ in their tags. */
function backendNames(ref: Place): readonly string[] {
  const names = serviceNames(ref);
  const chosen = [...entriesOf(at(ref, "tags")), ...entriesOf(at(ref, "labels"))].flatMap(([key, value]) => {
    const text = textOf(value);
    return text === null ? [] : `${key}=${text}`;
  });
  if (chosen.length === 0) return names;
  return [...names, [...names.slice(0, 1), chosen.join(",")].join("/")];
}

function destinationOf(ref: Place): Destination | null {
  const part = partsOf(at(ref, "tags"), at(ref, "labels"));
  const named = namedService(ref);
  if (named !== null) return { ...named, part };
  return service(part, { sort: textOf(at(ref, "kind")) ?? "Service", port: textOf(at(ref, "port")) });
}

export const meshHttpRoute = kumaRoute("MeshHTTPRoute", kumaRoutes);
export const meshTcpRoute = kumaRoute("MeshTCPRoute", {});
