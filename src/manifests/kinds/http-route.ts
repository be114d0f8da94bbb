import type { SplitKind } from "../kind.ts";
import { at, itemsOf, type Place, textOf } from "../place.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

/** Gateway API: relative weights, 1 where none is written. An arm is called by its backend's name. */
export const httpRoute: SplitKind = {
  kind: "HTTPRoute",
  apiVersions: ["v1", "v1beta1"].map((version) => `gateway.networking.k8s.io/${version}`),
  weightKey: "weight",
  format: wholeNumbers({ absent: 1, max: 1_000_000 }),
  rules: (object) =>
    itemsOf(at(object, "spec", "rules")).map((rule, index) => ({
      name: textOf(at(rule, "name")),
      path: `rules[${index}]`,
      arms: itemsOf(at(rule, "backendRefs")),
      armNames,
    })),
};

function armNames(arm: Place): readonly string[] {
  const name = textOf(at(arm, "name"));
  if (name === null) return [];
  const namespace = textOf(at(arm, "namespace"));
  const port = textOf(at(arm, "port"));
  const names = [name];
  if (port !== null) names.push(`${name}:${port}`);
  if (namespace !== null) names.push(`${namespace}/${name}`);
  if (namespace !== null && port !== null) names.push(`${namespace}/${name}:${port}`);
  return names;
}
