import { type Destination, service } from "../destination.ts";
import type { RuleArm, SplitKind, WeightFormat } from "../kind.ts";
import { at, itemsOf, type Place, textOf } from "../place.ts";
import { nginxRoutes } from "../routes/nginx.ts";
import { summingTo } from "../weights/summing-to.ts";
import { wholeNumbers } from "../weights/whole-numbers.ts";

export const PREFIX = "nginx.ingress.kubernetes.io/";
const DEFAULT_TOTAL = 100;
/** What the rest of the traffic is called: the main Ingress may be in another file, and no weight of it is written. */
const REST = "stable";

/**
 * ingress-nginx: a second Ingress that is marked as canary carries one weight, a text. What it leaves of
 * the total goes to the main Ingress, which says nothing about it.
 */
export const nginxCanary: SplitKind = {
  kind: "Ingress",
  apiVersions: ["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"],
  format: formatFor(DEFAULT_TOTAL),
  about: {
    router: "ingress-nginx (and Traefik from 3.7)",
    weightPath: `metadata.annotations["${PREFIX}canary-weight"]`,
    semantics: `share of canary-weight-total (default 100), as text; missing is 0; only with canary: "true". The stable weight is written nowhere: it is what is left of the total`,
    bounds: "0 to the total, both together exactly the total",
    armNames: `the canary Ingress's service (the Ingress's own name where it has several); the rest is always called "${REST}"`,
    source: "kubernetes/ingress-nginx docs/user-guide/nginx-configuration/annotations.md (canary)",
  },
  routes: nginxRoutes,
  *rules(object) {
    const annotations = at(object, "metadata", "annotations");
    if (annotations === null || !isCanary(object)) return;
    const total = Number(textOf(at(annotations, `${PREFIX}canary-weight-total`)) ?? DEFAULT_TOTAL);
    const canary: RuleArm = {
      place: annotations,
      names: canaryNames(object),
      destination: canaryDestination(object),
      weight: { in: "key", map: annotations, key: `${PREFIX}canary-weight`, quote: true },
    };
    const rest: RuleArm = {
      place: object,
      names: [REST, `${REST} (the rest)`],
      destination: null,
      weight: { in: "rest" },
    };
    yield { name: null, path: null, arms: [rest, canary], item: null, match: [], format: formatFor(total) };
  },
};

function formatFor(total: number): WeightFormat {
  const legal = Number.isSafeInteger(total) && total > 0;
  const numbers = wholeNumbers({ absent: 0, max: legal ? total : 0, quotes: "always" });
  return summingTo(total, {
    ...numbers,
    read(written) {
      if (!legal)
        return written.map(() => "is a share of canary-weight-total, which must be a whole number over 0");
      const canary = numbers.read(written.slice(1))[0] ?? 0;
      return [typeof canary === "number" ? total - canary : canary, canary];
    },
  });
}

/** The service of an Ingress's backend, in the words of either version. */
export function backendName(backend: Place | null): string | null {
  return textOf(at(backend, "service", "name")) ?? textOf(at(backend, "serviceName"));
}

function canaryNames(object: Place): readonly string[] {
  const own = textOf(at(object, "metadata", "name"));
  const [only, other] = servicesOf(object);
  const name = other === undefined ? (only ?? own) : own;
  return name === null ? [] : [name, `${name} (canary)`];
}

/** The canary Ingress's service; where it has several, no one of them is the canary but all of it. */
export function canaryDestination(object: Place): Destination | null {
  const [only, other] = servicesOf(object);
  return other === undefined
    ? service(only ?? null)
    : service(textOf(at(object, "metadata", "name")), { sort: "Ingress" });
}

export function isCanary(object: Place): boolean {
  return textOf(at(object, "metadata", "annotations", `${PREFIX}canary`)) === "true";
}

/** The services of an Ingress, each once. */
function servicesOf(object: Place): readonly string[] {
  const paths = itemsOf(at(object, "spec", "rules")).flatMap((rule) => itemsOf(at(rule, "http", "paths")));
  const backends = [
    ...paths.map((path) => at(path, "backend")),
    at(object, "spec", "defaultBackend") ?? at(object, "spec", "backend"),
  ];
  const services = backends.flatMap((backend) => backendName(backend) ?? []);
  return [...new Set(services)];
}
