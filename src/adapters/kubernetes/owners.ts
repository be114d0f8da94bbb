import type { Managed, Metadata } from "./object.ts";

/** A value in an object that should be another one. */
export interface Difference {
  readonly path: readonly (string | number)[];
  readonly live: unknown;
  readonly wanted: unknown;
}

/** The first place at which two JSON values differ; null when they are the same. */
export function difference(live: unknown, wanted: unknown, path: Difference["path"] = []): Difference | null {
  if (isNested(live) && isNested(wanted)) {
    const keys = new Set([...Object.keys(live), ...Object.keys(wanted)]);
    for (const key of keys) {
      const step = Array.isArray(live) ? Number(key) : key;
      const found = difference(live[key], wanted[key], [...path, step]);
      if (found) return found;
    }
    return null;
  }
  return live === wanted ? null : { path, live, wanted };
}

/** `spec.http[0].route[1].weight`. */
export function fieldName(path: Difference["path"]): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[\w-]+$/.test(step)) return `["${step}"]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/** Who wrote a field last: the manager that owns the most of the way to it, the newest of several. */
export function managerOf(
  { managedFields }: Pick<Metadata, "managedFields">,
  body: unknown,
  path: Difference["path"],
): { readonly manager: string; readonly time: number | null } | null {
  const owners = managedFields
    .map((managed) => ({ managed, depth: depthOf(managed, body, path) }))
    // One step, such as `spec`, is on everybody's way.
    .filter(({ depth }) => depth > 1)
    .sort((a, b) => b.depth - a.depth || (b.managed.time ?? 0) - (a.managed.time ?? 0));
  const [first] = owners;
  return first ? { manager: first.managed.manager, time: first.managed.time ?? null } : null;
}

/** When anything but the status was last written, epoch ms. */
export function writtenAt({ managedFields }: Pick<Metadata, "managedFields">): number | null {
  return newest(
    managedFields.filter(({ fieldsV1 }) => Object.keys(fieldsV1).some((key) => key !== "f:status")),
  );
}

/** When its controller last wrote its status, epoch ms. */
export function statusAt({ managedFields }: Pick<Metadata, "managedFields">): number | null {
  return newest(managedFields.filter(({ fieldsV1 }) => "f:status" in fieldsV1));
}

function newest(managed: readonly Managed[]): number | null {
  const times = managed.flatMap(({ time }) => (time === undefined ? [] : [time]));
  return times.length === 0 ? null : Math.max(...times);
}

/** How many steps of the way are in a manager's set of fields. */
function depthOf({ fieldsV1 }: Managed, body: unknown, path: Difference["path"]): number {
  let fields: unknown = fieldsV1;
  let here: unknown = body;
  for (const [depth, step] of path.entries()) {
    here = isNested(here) ? here[step] : undefined;
    const key = isNested(fields) ? keyFor(fields, step, here) : undefined;
    if (key === undefined || !isNested(fields)) return depth;
    fields = fields[key];
  }
  return path.length;
}

/** A field by its name; an item of a list by its keys, or by its index. */
function keyFor(fields: Nested, step: string | number, item: unknown): string | undefined {
  if (typeof step === "string") return `f:${step}` in fields ? `f:${step}` : undefined;
  return Object.keys(fields).find(
    (key) => key === `i:${step}` || (key.startsWith("k:") && hasKeys(item, key.slice(2))),
  );
}

function hasKeys(item: unknown, text: string): boolean {
  try {
    const keys: unknown = JSON.parse(text);
    return (
      isNested(keys) && isNested(item) && Object.entries(keys).every(([key, value]) => item[key] === value)
    );
  } catch {
    return false;
  }
}

type Nested = Readonly<Record<string | number, unknown>>;

function isNested(value: unknown): value is Nested {
  return typeof value === "object" && value !== null;
}
