import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { keyOf } from "./graph.ts";
import type { Source } from "./source.ts";

/** What was asked for: by map or list of the text before, the new text of some of its keys or indexes. */
type Asked = ReadonlyMap<Node, ReadonlyMap<string, string>>;

/** True when two texts mean the same but for the keys asked for, and those have the asked values. */
export function sameBut(before: Source, after: Source, asked: Asked): boolean {
  return (
    before.documents.length === after.documents.length &&
    before.documents.every((document, index) => {
      const other = after.documents[index];
      // A document whose text did not change was not read again.
      return document === other || same(document.root, other?.root, asked);
    })
  );
}

// Recursion is safe: a source is refused when it is nested deeply.
function same(before: unknown, after: unknown, asked: Asked): boolean {
  if (isAlias(before)) return isAlias(after) && before.source === after.source;
  if (isScalar(before)) {
    return isScalar(after) && sameProperties(before, after) && sameValue(before, after);
  }
  if (isSeq(before)) {
    const changed = asked.get(before);
    return (
      isSeq(after) &&
      sameProperties(before, after) &&
      before.items.length === after.items.length &&
      before.items.every((item, index) => {
        const text = changed?.get(String(index));
        const other = after.items[index];
        return text === undefined ? same(item, other, asked) : isWritten(other, item, text);
      })
    );
  }
  if (!isMap(before)) return before === after || (before === null && after === null);
  if (!isMap(after) || !sameProperties(before, after)) return false;
  const changed = asked.get(before);
  const isChanged = (pair: (typeof before.items)[number]) => changed?.has(keyOf(pair) ?? "") === true;
  const kept = before.items.filter((pair) => !isChanged(pair));
  const keptAfter = after.items.filter((pair) => !isChanged(pair));
  return (
    kept.length === keptAfter.length &&
    kept.every((pair, index) => {
      const other = keptAfter[index];
      return same(pair.key, other?.key, asked) && same(pair.value, other?.value, asked);
    }) &&
    [...(changed ?? [])].every(([key, text]) => {
      const old = before.items.find((pair) => keyOf(pair) === key)?.value;
      return after.items.some((pair) => keyOf(pair) === key && isWritten(pair.value, old, text));
    })
  );
}

/** The new scalar has the asked text, and the old one's quotes and type. */
function isWritten(value: unknown, old: unknown, text: string): boolean {
  if (!isScalar(value) || (value.source ?? String(value.value)) !== text) return false;
  if (!isScalar(old)) return value.type === "PLAIN" || value.type === "QUOTE_DOUBLE";
  // A quantity may go from 1 to 500m, but a text must not become a number.
  const stays = typeof old.value !== "string" || typeof value.value === "string";
  return stays && value.type === old.type && sameProperties(value, old);
}

function sameProperties(before: Node, after: Node): boolean {
  const anchor = (node: Node) => (isAlias(node) ? undefined : "anchor" in node ? node.anchor : undefined);
  return before.tag === after.tag && anchor(before) === anchor(after);
}

function sameValue(before: { value: unknown; source?: string }, after: { value: unknown; source?: string }) {
  return before.source === after.source && typeof before.value === typeof after.value;
}
