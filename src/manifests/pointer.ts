import { isScalar, isSeq } from "yaml";
import { endOf, startOf } from "./graph.ts";
import type { Carrier } from "./kind.ts";
import { listed } from "./listed.ts";
import { at, bytesOf, entriesOf, itemsOf, type Place, rootsOf, textOf } from "./place.ts";
import { readSource } from "./source.ts";

/** Texts inside texts that are looked into. */
const DEEPEST = 3;

/**
 * Where the value of a JSON pointer is written. In a JSON patch the pointer is first taken for an operation's
 * `path`; it may lead into a text that is YAML itself, and in a kustomization it is also looked for in the
 * patches written there.
 */
export function findPath(root: Place, pointer: string, depth = 0): Carrier | null {
  const own = operation(root, pointer) ?? walk(root, segmentsOf(pointer), depth);
  if (own !== null || depth > 0) return own;
  const inline = [...itemsOf(at(root, "patches")), ...itemsOf(at(root, "patchesJson6902"))].flatMap(
    (patch) => {
      const found = at(patch, "patch") === null ? null : inText(patch, "patch", pointer, depth);
      return found === null ? [] : [found];
    },
  );
  return inline.length === 1 ? (inline[0] ?? null) : null;
}

/** What the deepest part of a pointer that exists holds. */
export function nearestTo(root: Place, pointer: string): string {
  let here = root;
  const seen: string[] = [];
  for (const segment of segmentsOf(pointer)) {
    const next = at(here, segment);
    if (next === null) break;
    here = next;
    seen.push(segment);
  }
  const where = seen.length === 0 ? "the document" : `/${seen.join("/")}`;
  const keys = entriesOf(here).map(([key]) => key);
  if (keys.length > 0) return `${where} has ${listed(keys)}`;
  return isSeq(here.node) ? `${where} is a list of ${here.node.items.length}` : `${where} has nothing inside`;
}

/** The operation of a JSON patch (RFC 6902) that sets a path. */
function operation(root: Place, pointer: string): Carrier | null {
  const found = itemsOf(root).filter(
    (item) =>
      ["add", "replace"].includes(textOf(at(item, "op")) ?? "") &&
      textOf(at(item, "path")) === pointer &&
      at(item, "value") !== null,
  );
  const [only] = found;
  return only === undefined || found.length > 1 ? null : { in: "key", map: only, key: "value" };
}

function walk(root: Place, segments: readonly string[], depth: number): Carrier | null {
  let here = root;
  for (const [index, segment] of segments.entries()) {
    const next = at(here, segment);
    if (next === null) return null;
    const rest = segments.slice(index + 1);
    if (rest.length === 0) return { in: "key", map: here, key: segment };
    if (isScalar(next.node)) {
      return isSeq(here.node) ? null : inText(here, segment, `/${rest.map(escaped).join("/")}`, depth);
    }
    here = next;
  }
  return null;
}

/** Into a text that is YAML itself, such as an inline patch. */
function inText(map: Place, key: string, pointer: string, depth: number): Carrier | null {
  const text = textOf(at(map, key));
  if (text === null || depth >= DEEPEST || !text.includes("\n")) return null;
  const inner = readSource(map.source.file, text);
  if (!inner.ok) return null;
  const found = rootsOf(inner.value).flatMap((root) => findPath(root, pointer, depth + 1) ?? []);
  const [only] = found;
  if (only === undefined || found.length > 1 || only.in !== "key") return null;
  const value = at(only.map, only.key);
  if (value === null || value.shared !== null || !isScalar(value.node)) return null;
  const quoted = value.node.type === "QUOTE_DOUBLE" || value.node.type === "QUOTE_SINGLE";
  if (!quoted && value.node.type !== "PLAIN") return null;
  const inset = quoted ? 1 : 0;
  return {
    in: "text",
    map,
    key,
    from: startOf(value.node) + inset,
    to: endOf(value.node) - inset,
    written: { text: quoted ? (textOf(value) ?? "") : bytesOf(value), quoted },
  };
}

function segmentsOf(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function escaped(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}
