import { armsOf } from "../arms.ts";
import { type Destination, service } from "../destination.ts";
import type { SplitKind } from "../kind.ts";
import { at, type Place, textOf } from "../place.ts";
import { percentages } from "../weights/percentages.ts";

/** Consul: percent with two decimals, read in hundredths of a percent. An arm without a service is the splitter's own. */
export const serviceSplitter: SplitKind = {
  kind: "ServiceSplitter",
  apiVersions: ["consul.hashicorp.com/v1alpha1"],
  format: percentages,
  about: {
    router: "Consul",
    weightPath: "spec.splits[].weight",
    semantics: "percent with at most two decimals, counted in hundredths of a percent; a missing weight is 0",
    bounds: "0 to 100 in steps of 0.01, the sum exactly 100",
    armNames: "serviceSubset, else service, else the splitter's own name",
    source:
      "hashicorp/consul-k8s servicesplitter_types.go (the sum), CRD servicesplitters.consul.hashicorp.com",
  },
  rules: (object) => [
    {
      name: null,
      path: null,
      arms: armsOf(
        at(object, "spec", "splits"),
        (split) => namesOf(split, textOf(at(object, "metadata", "name"))),
        (split) => consulDestination(split, textOf(at(object, "metadata", "name"))),
      ),
      item: null,
      match: [],
    },
  ],
};

/** What Consul's entries say of a destination; `own` is the service they are for. */
export function consulDestination(item: Place | null, own: string | null): Destination | null {
  return service(textOf(at(item, "service")) ?? own, {
    part: textOf(at(item, "serviceSubset")) ?? "",
    namespace: textOf(at(item, "namespace")),
  });
}

function namesOf(split: Place, own: string | null): readonly string[] {
  const service = textOf(at(split, "service")) ?? own;
  const subset = textOf(at(split, "serviceSubset"));
  const namespace = textOf(at(split, "namespace"));
  if (service === null) return subset === null ? [] : [subset];
  const names = subset === null ? [service] : [subset, `${service}/${subset}`];
  return namespace === null ? names : [...names, `${namespace}/${names.at(-1)}`];
}
