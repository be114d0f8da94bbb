import { ruleItems } from "../arms.ts";
import { service } from "../destination.ts";
import type { DirectKind } from "../direct.ts";
import type { Item, Rule, Terms } from "../kind.ts";
import { at, entriesOf, itemsOf, type Place, textOf } from "../place.ts";
import { backendName, isCanary, nginxCanary } from "./nginx-canary.ts";

/** An Ingress that is no canary of another: each of its paths goes to one service. */
export const ingressPaths: DirectKind = {
  kind: nginxCanary.kind,
  apiVersions: nginxCanary.apiVersions,
  *rules(object) {
    if (isCanary(object)) return;
    for (const [index, rule] of itemsOf(at(object, "spec", "rules")).entries()) {
      const host = entriesOf(rule).filter(([key]) => key === "host");
      for (const [number, path, item] of ruleItems(at(rule, "http", "paths"))) {
        const terms = [...host, ...entriesOf(path).filter(([key]) => key === "path")];
        yield* ruleOf(`rules[${index}].paths[${number}]`, at(path, "backend"), item, terms);
      }
    }
    const spec = at(object, "spec");
    for (const key of ["defaultBackend", "backend"]) {
      const backend = at(spec, key);
      if (spec !== null) yield* ruleOf(key, backend, { in: "keys", map: spec, keys: [key] }, []);
    }
  },
};

function* ruleOf(path: string, backend: Place | null, item: Item, terms: Terms): Generator<Rule> {
  const name = backendName(backend);
  const port = textOf(at(backend, "service", "port", "name")) ?? textOf(at(backend, "servicePort"));
  // There the AWS Load Balancer Controller takes the name of an action for a service's.
  if (backend === null || name === null || port === "use-annotation") return;
  const arm = { place: backend, names: [name], destination: service(name), weight: { in: "rest" } } as const;
  yield { name: null, path, arms: [arm], item, match: terms.length === 0 ? [] : [terms] };
}
