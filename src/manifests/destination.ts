import { at, entriesOf, type Place, textOf } from "./place.ts";

/** Where an arm sends its requests, however the file calls it. */
export interface Destination {
  /** What `name` names: `Service` unless the kind has something else. */
  readonly sort: string;
  readonly name: string;
  /** Null where the file leaves it to the object. */
  readonly namespace: string | null;
  /** Subset, tags or labels; empty where it is all of it. */
  readonly part: string;
  readonly port: string | null;
}

/** A destination in the namespace that applies to it; null where the file does not say. */
export function settled(destination: Destination, own: string | null): Destination {
  return { ...destination, namespace: destination.namespace ?? own };
}

/** The same place for requests, their ports apart. A namespace that is written nowhere may be any. */
export function isSame(one: Destination, other: Destination): boolean {
  return (
    one.sort === other.sort &&
    one.name === other.name &&
    one.part === other.part &&
    (one.namespace === null || other.namespace === null || one.namespace === other.namespace)
  );
}

export function service(name: string | null, more: Partial<Destination> = {}): Destination | null {
  return name === null || name === ""
    ? null
    : { sort: "Service", name, namespace: null, part: "", port: null, ...more };
}

/** An item with `name`, `namespace`, `port` and perhaps a `kind` of its own. */
export function namedService(item: Place): Destination | null {
  return service(textOf(at(item, "name")), {
    sort: textOf(at(item, "kind")) ?? "Service",
    namespace: textOf(at(item, "namespace")),
    port: textOf(at(item, "port")),
  });
}

/** Labels or tags as one text, whatever their order. */
export function partsOf(...maps: readonly (Place | null)[]): string {
  return maps
    .flatMap((map) => entriesOf(map))
    .flatMap(([key, value]) => (textOf(value) === null ? [] : `${key}=${textOf(value)}`))
    .sort()
    .join(",");
}

/** A host name of Istio: a short name is a service of the object's namespace, `x.ns.svc.cluster.local` says it all, any other is taken as it is. */
export function hostOf(host: string | null, more: Partial<Destination>): Destination | null {
  const name = host?.toLowerCase() ?? null;
  const [, short = null, namespace = null] = /^([^.]+)\.([^.]+)\.svc(?:\..+)?$/.exec(name ?? "") ?? [];
  if (short !== null) return service(short, { ...more, namespace });
  return service(name, name?.includes(".") === true ? { ...more, sort: "Host", namespace: "" } : more);
}
