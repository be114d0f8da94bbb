import type { Rule, SplitKind } from "../kind.ts";
import { at, itemsOf, type Place, textOf } from "../place.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

/** Istio: relative int32 weights; a destination without one gets nothing. An arm is called by its subset, else its host. */
export const virtualService: SplitKind = {
  kind: "VirtualService",
  apiVersions: ["v1alpha3", "v1beta1", "v1"].map((version) => `networking.istio.io/${version}`),
  weightKey: "weight",
  format: wholeNumbers({ absent: 0, max: 2_147_483_647 }),
  rules: (object) => ["http", "tcp", "tls"].flatMap((list) => rulesOf(object, list)),
};

function rulesOf(object: Place, list: string): readonly Rule[] {
  return itemsOf(at(object, "spec", list)).map((rule, index) => ({
    name: textOf(at(rule, "name")),
    path: `${list}[${index}]`,
    arms: itemsOf(at(rule, "route")),
    armNames,
  }));
}

function armNames(arm: Place): readonly string[] {
  const host = textOf(at(arm, "destination", "host"));
  const subset = textOf(at(arm, "destination", "subset"));
  const port = textOf(at(arm, "destination", "port", "number"));
  if (host === null) return [];
  const names = subset === null ? [host] : [subset, `${host}/${subset}`];
  return port === null ? names : [...names, `${names.at(-1)}:${port}`];
}
