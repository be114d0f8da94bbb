import { armsOf } from "../arms.ts";
import { service } from "../destination.ts";
import type { About, SplitKind } from "../kind.ts";
import { at, entriesOf, itemsOf, type Place, textOf } from "../place.ts";
import { quantities } from "../weights/quantities.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

const about = {
  router: "SMI (Linkerd, Open Service Mesh)",
  weightPath: "spec.backends[].weight",
  armNames: "service",
  source: "CRD trafficsplits.split.smi-spec.io",
} satisfies Partial<About>;

const rules: SplitKind["rules"] = (object) => [
  {
    name: null,
    path: null,
    arms: armsOf(at(object, "spec", "backends"), serviceNames, (arm) => service(textOf(at(arm, "service")))),
    item: null,
    match: itemsOf(at(object, "spec", "matches")).map(entriesOf),
  },
];

function serviceNames(arm: Place): readonly string[] {
  const name = textOf(at(arm, "service"));
  return name === null ? [] : [name];
}

/** SMI: relative whole numbers, one on every backend. */
export const trafficSplit: SplitKind = {
  kind: "TrafficSplit",
  apiVersions: ["v1alpha2", "v1alpha3", "v1alpha4"].map((version) => `split.smi-spec.io/${version}`),
  format: wholeNumbers({ absent: null, max: 1_000_000_000_000 }),
  about: { ...about, semantics: "relative; every backend needs one", bounds: "0 to 10¹², not all 0" },
  rules,
};

/** SMI's first version: weights are quantities. */
export const trafficSplitQuantities: SplitKind = {
  kind: "TrafficSplit",
  apiVersions: ["split.smi-spec.io/v1alpha1"],
  format: quantities,
  about: {
    ...about,
    semantics: "relative quantities such as 900m; every backend needs one",
    bounds: "0 to 10⁹ in thousandths (whole numbers where no backend has a fraction), not all 0",
  },
  rules,
};
