import { type Path, placeName } from "./place-names.ts";

type Json = Readonly<Record<string, unknown>>;

/** Two states of a pod template, as `Workload.template` has them; null where one is not known. */
export interface TemplateChange {
  readonly from: unknown;
  readonly to: unknown;
}

/** Places that are named at most. */
const MOST = 20;

/**
 * The places of a pod template that a change touched and where another template is not as the change left them, in
 * words without values: `container app's env LOG_LEVEL`. Where the two differ for good is no matter of the change.
 * Labels are none of the template's version, so they are left out.
 */
export function lacks(other: unknown, { from, to }: TemplateChange): readonly string[] {
  const found = compare([unlabelled(from), unlabelled(to), unlabelled(other)], [], null);
  return [...new Set(found.map(placeName))].slice(0, MOST);
}

/** The same without the images that promotion brings: those of containers that the other template has too. */
export function lacksBesideImages(other: unknown, { from, to }: TemplateChange): readonly string[] {
  const names = CONTAINERS.flatMap((list) => itemsOf(other, list)).map((container) => nameOf(container));
  const bare = (template: unknown) => withoutImages(template, names);
  return lacks(bare(other), { from: bare(from), to: bare(to) });
}

/** What one place says before the change, after it, and in the other template. */
type Three = readonly [from: unknown, to: unknown, other: unknown];

/** `added`: the place that came or went as a whole, by which all inside it is called. */
function compare(values: Three, path: Path, added: Path | null): readonly Path[] {
  const key = path.at(-1) ?? "";
  const [from, to, other] = values.map((value) => (isNothing(value, key) ? undefined : value));
  if (same(from, to) || same(to, other)) return [];
  const listed = typeof key === "string" && (EACH.has(key) || KEYS.has(key));
  const whole = added ?? ((from === undefined || to === undefined) && !listed ? path : null);
  const present = [from, to, other].filter((value) => value !== undefined);
  if (present.every(isMap)) {
    const maps = [from, to, other].map((value) => (isMap(value) ? value : {}));
    const keys = new Set(maps.slice(0, 2).flatMap((map) => Object.keys(map)));
    if (keys.size === 0) return [whole ?? path];
    const at = (map: Json | undefined, one: string) =>
      map && Object.hasOwn(map, one) ? map[one] : undefined;
    return [...keys].flatMap((one) =>
      compare([at(maps[0], one), at(maps[1], one), at(maps[2], one)], [...path, one], whole),
    );
  }
  if (!present.every(Array.isArray)) return [whole ?? path];
  const [was = [], is = [], there = []] = [from, to, other].map((value) =>
    Array.isArray(value) ? value : [],
  );
  return compareLists([was, is, there], path, whole);
}

type List = readonly unknown[];

/** Item by item where Kubernetes merges them so; others have no place but the list's. */
function compareLists(lists: readonly [List, List, List], path: Path, added: Path | null): readonly Path[] {
  const list = String(path.at(-1));
  const [was, is, there] = [byKey(lists[0], list), byKey(lists[1], list), byKey(lists[2], list)];
  if (!was || !is || !there) {
    const [from, to, other] = [texts(lists[0]), texts(lists[1]), texts(lists[2])];
    return isArranged(from, to, other) ? [] : [added ?? path];
  }
  const names = new Set([...was.keys(), ...is.keys()]);
  const found = [...names].flatMap((name) =>
    compare([was.get(name), is.get(name), there.get(name)], [...path, { item: name }], added),
  );
  const [from, to, other] = [[...was.keys()], [...is.keys()], [...there.keys()]];
  const kept = (some: readonly string[], others: readonly string[]) =>
    some.filter((name) => others.includes(name));
  const moved = ORDERED.has(list) && !same(kept(from, to), kept(to, from));
  return found.length === 0 && moved && !isArranged(from, to, other) ? [added ?? path] : found;
}

/** The other list has what came and not what went, in the same order; what else it has or lacks is its own. */
function isArranged(from: readonly string[], to: readonly string[], other: readonly string[]): boolean {
  const [before, after, there] = [new Set(from), new Set(to), new Set(other)];
  const wanted = to.filter((item) => there.has(item) || !before.has(item));
  const present = other.filter((item) => after.has(item) || before.has(item));
  return same(wanted, present);
}

/** What tells the items of a list apart, as strategic merges do it. */
const KEYS: ReadonlyMap<string, readonly [string, ...string[]]> = new Map([
  ["containers", ["name"]],
  ["initContainers", ["name"]],
  ["env", ["name"]],
  ["ports", ["containerPort", "protocol"]],
  ["volumeMounts", ["mountPath"]],
  ["volumeDevices", ["devicePath"]],
  ["volumes", ["name"]],
  ["imagePullSecrets", ["name"]],
  ["hostAliases", ["ip"]],
  ["topologySpreadConstraints", ["topologyKey", "whenUnsatisfiable"]],
]);

/** A variable may name those before it, and init containers run one after the other. */
const ORDERED: ReadonlySet<string> = new Set(["env", "initContainers"]);

/** Maps of which each key is a thing of its own, also where the map comes or goes as a whole. */
const EACH: ReadonlySet<string> = new Set([
  "",
  "metadata",
  "annotations",
  "spec",
  "nodeSelector",
  "resources",
  "limits",
  "requests",
]);

/** Null where an item has nothing that tells it apart. Of several with one key the last counts. */
function byKey(items: List, list: string): ReadonlyMap<string, Json> | null {
  const [key, also] = KEYS.get(list) ?? [];
  if (key === undefined) return null;
  const found = new Map<string, Json>();
  for (const item of items) {
    if (!isMap(item) || !["string", "number"].includes(typeof item[key])) return null;
    const second = also === undefined ? undefined : item[also];
    const more = second === undefined || second === "TCP" ? "" : ` ${String(second)}`;
    found.set(`${String(item[key])}${more}`, item);
  }
  return found;
}

const CONTAINERS = ["initContainers", "containers"] as const;

function itemsOf(template: unknown, list: (typeof CONTAINERS)[number]): List {
  const spec = isMap(template) ? template["spec"] : null;
  const items = isMap(spec) ? spec[list] : null;
  return Array.isArray(items) ? items : [];
}

function nameOf(container: unknown): unknown {
  return isMap(container) ? container["name"] : undefined;
}

function withoutImages(template: unknown, names: readonly unknown[]): unknown {
  if (!isMap(template) || !isMap(template["spec"])) return template;
  const bare = (container: unknown) => {
    if (!isMap(container) || !names.includes(nameOf(container))) return container;
    const { image: _, ...others } = container;
    return others;
  };
  const lists = CONTAINERS.flatMap((list) => {
    const items = itemsOf(template, list);
    return items.length === 0 ? [] : [[list, items.map(bare)]];
  });
  return { ...template, spec: { ...template["spec"], ...Object.fromEntries(lists) } };
}

function unlabelled(template: unknown): unknown {
  if (!isMap(template) || !isMap(template["metadata"])) return template;
  const { labels: _, ...others } = template["metadata"];
  return { ...template, metadata: others };
}

/** Leaving it out says the same; but an empty directory is a volume. */
function isNothing(value: unknown, key: Path[number]): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0 && key !== "emptyDir";
}

function texts(items: List): readonly string[] {
  return items.map((item) => JSON.stringify(item));
}

/** Templates are read with their keys sorted. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function isMap(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
