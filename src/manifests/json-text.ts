/** A value in a JSON text and where it is written. */
export type JsonNode = { readonly from: number; readonly to: number } & (
  | { readonly type: "object"; readonly entries: readonly (readonly [string, JsonNode])[] }
  | { readonly type: "array"; readonly items: readonly JsonNode[] }
  | { readonly type: "string"; readonly value: string }
  /** A number, `true`, `false` or `null`, as its text. */
  | { readonly type: "word"; readonly value: string }
);

const DEEPEST = 50;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const WORD = /-?[0-9][-+.eE0-9]*|true|false|null/y;

/** Reads a JSON text with the offsets of its values; null when it is none. */
export function readJson(text: string): JsonNode | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  // What JSON.parse takes needs no more checks, only its places.
  const [node] = valueAt(text, 0, 0) ?? [];
  return node ?? null;
}

/** The value at an offset and the offset behind it; null when it is nested too deeply. */
function valueAt(text: string, offset: number, depth: number): readonly [JsonNode, number] | null {
  if (depth > DEEPEST) return null;
  const from = skip(text, offset);
  const first = text.charAt(from);
  if (first === '"') {
    const [value, to] = stringAt(text, from);
    return [{ from, to, type: "string", value }, to];
  }
  if (first !== "{" && first !== "[") {
    WORD.lastIndex = from;
    const value = WORD.exec(text)?.[0] ?? "";
    const to = from + value.length;
    return [{ from, to, type: "word", value }, to];
  }
  const entries: (readonly [string, JsonNode])[] = [];
  let at = skip(text, from + 1);
  while (text.charAt(at) !== "}" && text.charAt(at) !== "]") {
    let key = "";
    if (first === "{") {
      [key, at] = stringAt(text, at);
      at = skip(text, at) + 1;
    }
    const inside = valueAt(text, at, depth + 1);
    if (inside === null) return null;
    entries.push([key, inside[0]]);
    at = skip(text, inside[1]);
    if (text.charAt(at) === ",") at = skip(text, at + 1);
  }
  const place = { from, to: at + 1 };
  const node: JsonNode =
    first === "{"
      ? { ...place, type: "object", entries }
      : { ...place, type: "array", items: entries.map(([, item]) => item) };
  return [node, at + 1];
}

function stringAt(text: string, from: number): readonly [string, number] {
  STRING.lastIndex = from;
  const raw = STRING.exec(text)?.[0] ?? '""';
  const value: unknown = JSON.parse(raw);
  return [typeof value === "string" ? value : "", from + raw.length];
}

function skip(text: string, offset: number): number {
  let at = offset;
  while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  return at;
}
