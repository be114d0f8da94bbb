import { armsOf, ruleItems } from "../arms.ts";
import { type Destination, hostOf } from "../destination.ts";
import type { Rule, SplitKind, WeightFormat } from "../kind.ts";
import { at, entriesOf, itemsOf, type Place, textOf } from "../place.ts";
import { istioRoutes } from "../routes/istio.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

const numbers = wholeNumbers({ absent: 0, max: 2_147_483_647 });

const format: WeightFormat = {
  ...numbers,
  /** What a single destination says is not looked at: it gets everything. */
  read: (written) => (written.length === 1 ? [100] : numbers.read(written)),
};

/** Istio: relative int32 weights; a destination without one gets nothing. */
export const virtualService: SplitKind = {
  kind: "VirtualService",
  apiVersions: ["v1alpha3", "v1beta1", "v1"].map((version) => `networking.istio.io/${version}`),
  format,
  about: {
    router: "Istio",
    weightPath: "spec.{http,tcp,tls}[].route[].weight",
    semantics:
      "relative; a missing weight is 0 beside others; a single destination gets everything; a delegate carries its own weights",
    bounds: "0 to 2147483647, not all 0 (before Istio 1.15: 0 to 100 with the sum 100)",
    armNames: "subset, else host",
    source: "istio/istio pkg/config/validation/validation.go, CRD virtualservices.networking.istio.io",
  },
  routes: istioRoutes,
  *rules(object) {
    for (const list of ["http", "tcp", "tls"]) yield* rulesOf(object, list);
  },
  *delegates(object) {
    for (const rule of itemsOf(at(object, "spec", "http"))) {
      const delegate = at(rule, "delegate");
      const name = textOf(at(delegate, "name"));
      if (delegate === null || name === null) continue;
      yield { place: delegate, name, namespace: textOf(at(delegate, "namespace")) };
    }
  },
};

function* rulesOf(object: Place, list: string): Generator<Rule> {
  for (const [index, rule, item] of ruleItems(at(object, "spec", list))) {
    yield {
      name: textOf(at(rule, "name")),
      path: `${list}[${index}]`,
      arms: armsOf(at(rule, "route"), destinationNames, destinationOf),
      item,
      match: itemsOf(at(rule, "match")).map(entriesOf),
      order: "first",
    };
  }
}

function destinationOf(arm: Place): Destination | null {
  const destination = at(arm, "destination");
  return hostOf(textOf(at(destination, "host")), {
    part: textOf(at(destination, "subset")) ?? "",
    port: textOf(at(destination, "port", "number")),
  });
}

function destinationNames(arm: Place): readonly string[] {
  const host = textOf(at(arm, "destination", "host"));
  const subset = textOf(at(arm, "destination", "subset"));
  const port = textOf(at(arm, "destination", "port", "number"));
  if (host === null) return [];
  const names = subset === null ? [host] : [subset, `${host}/${subset}`];
  return port === null ? names : [...names, `${names.at(-1)}:${port}`];
}
