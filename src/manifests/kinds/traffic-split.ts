import type { SplitKind } from "../kind.ts";
import { at, itemsOf, textOf } from "../place.ts";
import { quantities } from "../weights/quantities.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

const backends: Pick<SplitKind, "kind" | "weightKey" | "rules"> = {
  kind: "TrafficSplit",
  weightKey: "weight",
  rules: (object) => [
    {
      name: null,
      path: null,
      arms: itemsOf(at(object, "spec", "backends")),
      armNames: (arm) => {
        const service = textOf(at(arm, "service"));
        return service === null ? [] : [service];
      },
    },
  ],
};

/** SMI: relative whole numbers, one on every backend. */
export const trafficSplit: SplitKind = {
  ...backends,
  apiVersions: ["v1alpha2", "v1alpha3", "v1alpha4"].map((version) => `split.smi-spec.io/${version}`),
  format: wholeNumbers({ absent: null, max: 1_000_000_000_000 }),
};

/** SMI's first version: weights are quantities. */
export const trafficSplitQuantities: SplitKind = {
  ...backends,
  apiVersions: ["split.smi-spec.io/v1alpha1"],
  format: quantities,
};
