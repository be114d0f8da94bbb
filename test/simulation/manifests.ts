import { parse } from "yaml";
import type { TargetSpec } from "./shop.ts";

/** Manifests as people write them, and a reading of their weights that is not the product's. */

export type Kind = "VirtualService" | "HTTPRoute" | "TrafficSplit";

export interface Weights {
  readonly stable: number;
  readonly canary: number;
}

export function splitText(target: TargetSpec, service: string, stable: number, canary: number): string {
  const text = TEXTS[target.kind](target, service, nameOf(target), stable, canary);
  return target.style === 2 ? text.replaceAll("\n", "\r\n") : text;
}

function nameOf({ file }: TargetSpec): string {
  return file.slice(file.lastIndexOf("/") + 1, file.lastIndexOf("."));
}

const TEXTS: Record<
  Kind,
  (target: TargetSpec, service: string, name: string, stable: number, canary: number) => string
> = {
  VirtualService: (target, service, name, stable, canary) => `# who gets what of ${service}; @the-team
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
  namespace: production   # one of two
spec:
  hosts: [ "${service}" ]
  http:
    - name: primary
      route:
        - destination: { host: ${service}, subset: ${target.stable} }
          weight: ${stable}  # the old one
        - destination:
            host: ${service}
            subset: '${target.canary}'
          weight:   ${canary}
      timeout: 5s
`,
  HTTPRoute: (target, _, name, stable, canary) => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ${name}, namespace: production}
spec:
  parentRefs: [{ name: public }]
  rules:
  - backendRefs:
    - {name: ${target.stable}, port: 80, weight: ${stable}}
    - name: ${target.canary}

      port: 80
      weight: ${canary}        # canary
`,
  TrafficSplit: (target, service, name, stable, canary) => `---
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
    name: ${name}
    namespace: production
spec:
    service: ${service}
    backends:
    -   service: ${target.stable}
        weight: ${stable}
    -   service: "${target.canary}"
        weight: ${canary}
`,
};

const readings = new Map<string, Weights | null>();

/** What a manifest's text says; null where it says nothing that can be read. */
export function weightsIn(text: string | null, target: TargetSpec): Weights | null {
  if (text === null) return null;
  const key = `${target.stable}\0${text}`;
  const known = readings.get(key);
  if (known !== undefined) return known;
  const found = read(text, target);
  if (readings.size > 5_000) readings.clear();
  readings.set(key, found);
  return found;
}

const yamls = new Map<string, boolean>();

export function isYaml(text: string): boolean {
  const known = yamls.get(text) ?? parsed(text) !== undefined;
  if (yamls.size > 5_000) yamls.clear();
  yamls.set(text, known);
  return known;
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function read(text: string, { stable, canary }: TargetSpec): Weights | null {
  const value = parsed(text);
  for (const arms of armLists(value)) {
    const weight = new Map(arms);
    const [a, b] = [weight.get(stable), weight.get(canary)];
    if (a !== undefined && b !== undefined) return { stable: a, canary: b };
  }
  return null;
}

/** Every list of things that have a name and a weight, wherever it is. */
function armLists(value: unknown): readonly (readonly (readonly [string, number])[])[] {
  if (Array.isArray(value)) {
    const arms = value.flatMap((item) => armOf(item));
    return [...(arms.length > 0 ? [arms] : []), ...value.flatMap(armLists)];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(armLists) : [];
}

function armOf(value: unknown): readonly (readonly [string, number])[] {
  if (typeof value !== "object" || value === null || !("weight" in value)) return [];
  const { weight } = value;
  const name =
    "destination" in value && typeof value.destination === "object" && value.destination !== null
      ? "subset" in value.destination && value.destination.subset
      : "name" in value
        ? value.name
        : "service" in value && value.service;
  return typeof weight === "number" && typeof name === "string" ? [[name, weight]] : [];
}

const WEIGHT = /(weight:\s*)(\d+)/g;

/** The same text with the weights of the two arms, which stand last in it, by a person's hand. */
export function withWeights(text: string, { stable, canary }: Weights): string {
  const places = [...text.matchAll(WEIGHT)].slice(-2);
  let edited = text;
  for (const [match, weight] of [
    [places[1], canary],
    [places[0], stable],
  ] as const) {
    if (!match) continue;
    const from = match.index + (match[1]?.length ?? 0);
    edited = edited.slice(0, from) + weight + edited.slice(from + (match[2]?.length ?? 0));
  }
  return edited;
}

/** The text with every weight blanked out. */
export function masked(text: string): string {
  return text.replaceAll(WEIGHT, "$1#");
}
