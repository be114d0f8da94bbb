/** What a JSON text says; null when it is none. */
export function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The AWS Load Balancer Controller takes keys in any case; of several the last counts. */
export function under(value: unknown, key: string): unknown {
  if (!isObject(value)) return null;
  return Object.entries(value).findLast(([name]) => isKey(name, key))?.[1] ?? null;
}

export function replaced(value: Fields, key: string, next: unknown) {
  return Object.fromEntries(
    Object.entries(value).map(([name, old]) => [name, isKey(name, key) ? next : old]),
  );
}

export function without(value: Fields, key: string) {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !isKey(name, key)));
}

function isKey(name: string, key: string): boolean {
  return name.toLowerCase() === key.toLowerCase();
}
