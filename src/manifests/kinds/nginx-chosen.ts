import type { DirectKind } from "../direct.ts";
import { at, textOf } from "../place.ts";
import { canaryDestination, isCanary, nginxCanary, PREFIX } from "./nginx-canary.ts";

/** Annotations that belong together; the first makes the others count. */
const CHOSEN = [
  ["canary-by-header", "canary-by-header-value", "canary-by-header-pattern"],
  ["canary-by-cookie"],
] as const;

/** A canary Ingress also gets the requests that a header or a cookie chooses, before its weight is looked at. */
export const nginxChosen: DirectKind = {
  kind: nginxCanary.kind,
  apiVersions: nginxCanary.apiVersions,
  *rules(object) {
    const annotations = at(object, "metadata", "annotations");
    if (annotations === null || !isCanary(object)) return;
    for (const keys of CHOSEN) {
      const [first] = keys;
      const place = at(annotations, PREFIX + first);
      if (place === null) continue;
      const terms = keys.flatMap((key) => {
        const value = at(annotations, PREFIX + key);
        return value === null ? [] : [[key, value] as const];
      });
      yield {
        name: null,
        path: first,
        arms: [
          {
            place,
            names: [textOf(place) ?? first],
            destination: canaryDestination(object),
            weight: { in: "rest" },
          },
        ],
        item: { in: "keys", map: annotations, keys: terms.map(([key]) => PREFIX + key) },
        match: [terms],
      };
    }
  },
};
