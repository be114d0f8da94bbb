import { type Alias, type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, visit } from "yaml";
import type { Code } from "./codes.ts";

/** Far above any real configuration; aliases count once for each use, so that no bomb grows past it. */
const MOST_VALUES = 50_000;
const DEEPEST = 64;

/** Something in the YAML tree that cannot become a plain value. `offset` is in UTF-16 units. */
interface Flaw {
  readonly code: Code;
  readonly message: string;
  readonly offset: number;
}

export interface Tree {
  /** Null-prototype objects, arrays and scalars. */
  readonly value: unknown;
  readonly flaws: readonly Flaw[];
  /** What an alias stands for; other nodes are themselves. */
  readonly real: (node: unknown) => unknown;
}

/** Reads a parsed document into plain values, in time linear in its expanded size. */
export function readTree(doc: Document): Tree {
  const aliases = resolveAliases(doc);
  const real = (node: unknown): unknown => (isAlias(node) ? aliases.get(node) : node);
  const flaws: Flaw[] = [];
  const open = new Set<unknown>();
  let left = MOST_VALUES;

  const flaw = (node: unknown, code: Code, message: string): undefined => {
    flaws.push({ code, message, offset: offsetOf(node) });
    return undefined;
  };

  function plain(node: unknown, depth: number): unknown {
    if (--left < 0) {
      if (left === -1)
        flaw(node, "too-large", `More than ${MOST_VALUES} values, aliases included. Shorten it.`);
      return undefined;
    }
    if (depth > DEEPEST) return flaw(node, "too-large", `Nested more than ${DEEPEST} levels deep.`);
    if (isAlias(node)) {
      const target = real(node);
      const name = JSON.stringify(node.source);
      if (target === undefined) return flaw(node, "bad-alias", `No anchor ${name} comes before this alias.`);
      if (open.has(target)) return flaw(node, "bad-alias", `The alias ${name} is inside what it stands for.`);
      return plain(target, depth + 1);
    }
    if (hasOddTag(node)) return flaw(node, "yaml-tag", "YAML tags are not read here: write the plain value.");
    open.add(node);
    const value = isMap(node)
      ? mapping(node.items, depth)
      : isSeq(node)
        ? list(node.items, depth)
        : scalar(node);
    open.delete(node);
    return value;
  }

  function list(items: readonly unknown[], depth: number): unknown[] {
    return items.map((item) => (isPair(item) ? mapping([item], depth) : plain(item, depth + 1)));
  }

  function mapping(items: readonly unknown[], depth: number): object {
    const result: Record<string, unknown> = Object.create(null);
    const seen = new Set<string>();
    for (const pair of items) {
      if (!isPair(pair)) continue;
      const key = keyText(pair.key);
      if (key === null) flaw(pair.key, "bad-key", "A key must be plain text.");
      else if (key === "__proto__") flaw(pair.key, "bad-key", "`__proto__` is no key of this file.");
      else if (seen.has(key))
        flaw(pair.key, "duplicate-key", `\`${key.slice(0, 80)}\` is here twice. Keep one of them.`);
      else {
        seen.add(key);
        result[key] = plain(pair.value, depth + 1);
      }
    }
    return result;
  }

  return { value: plain(doc.contents, 0), flaws, real };
}

/** The text of a mapping's key; null when it is no scalar. */
export function keyText(key: unknown): string | null {
  if (!isScalar(key)) return null;
  // The source keeps what was written: `0x10:` stays `0x10`.
  return typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
}

function scalar(node: unknown): unknown {
  return isScalar(node) ? node.value : null;
}

/** yaml's own resolution looks through the whole document for each alias; one walk in document order is enough. */
function resolveAliases(doc: Document): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>();
  const aliases = new Map<Alias, Node>();
  visit(doc, {
    Node(_key, node) {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) aliases.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return aliases;
}

const PLAIN_TAG = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;

function hasOddTag(node: unknown): boolean {
  const tag = isMap(node) || isSeq(node) || isScalar(node) ? node.tag : undefined;
  return tag !== undefined && !PLAIN_TAG.test(tag);
}

function offsetOf(node: unknown): number {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;
}
