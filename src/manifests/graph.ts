import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";

/** Deeper than any Kubernetes object; keeps every later recursion far from the end of the stack. */
const DEEPEST = 200;

/** One document's anchors, aliases and keys, looked up once so that later steps take constant time. */
export interface Graph {
  readonly targets: ReadonlyMap<Alias, Node>;
  /** Nodes that some alias stands for, with the first such alias. */
  readonly uses: ReadonlyMap<Node, Alias>;
  readonly keys: ReadonlyMap<YAMLMap, ReadonlyMap<string, Pair>>;
  readonly fault: { readonly offset: number; readonly code: string; readonly message: string } | null;
}

/** Walks a document in its order; without recursion, for it may be hostile. */
export function readGraph(root: unknown): Graph {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const uses = new Map<Node, Alias>();
  const keys = new Map<YAMLMap, Map<string, Pair>>();
  let fault: Graph["fault"] = null;
  const blame = (offset: number, code: string, message: string) => {
    fault ??= { offset, code, message };
  };

  const stack: { node: unknown; depth: number }[] = [{ node: root, depth: 0 }];
  for (let top = stack.pop(); top !== undefined && fault === null; top = stack.pop()) {
    const { node, depth } = top;
    const inside: unknown[] = [];
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target === undefined) {
        blame(startOf(node), "unknown-alias", `*${node.source} has no anchor &${node.source} before it`);
      } else {
        targets.set(node, target);
        if (!uses.has(target)) uses.set(target, node);
      }
      continue;
    }
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    }
    if (depth > DEEPEST) blame(startOf(node), "too-deep", "the YAML is nested too deeply to be read");
    if (isMap(node)) {
      const own = new Map<string, Pair>();
      for (const pair of node.items) {
        inside.push(pair.key, pair.value);
        const key = keyOf(pair);
        if (key === null) continue;
        if (own.has(key)) {
          blame(
            startOf(pair.key),
            "duplicate-key",
            `the key "${key.slice(0, 60)}" is there twice: keep one of them`,
          );
        }
        own.set(key, pair);
      }
      keys.set(node, own);
    } else if (isSeq(node)) {
      for (const item of node.items) inside.push(item);
    } else if (isPair(node)) {
      inside.push(node.key, node.value);
    }
    for (let index = inside.length - 1; index >= 0; index--) {
      stack.push({ node: inside[index], depth: depth + 1 });
    }
  }
  return { targets, uses, keys, fault };
}

/** The key as text; the merge key is `<<`; null for a key that is a collection or an alias. */
export function keyOf(pair: Pair): string | null {
  if (!isScalar(pair.key)) return null;
  if (typeof pair.key.value === "symbol") return "<<";
  return String(pair.key.value);
}

/** Offset of a node's first character; 0 for what was not in the text. */
export function startOf(node: unknown): number {
  return isNodeWithRange(node) ? node.range[0] : 0;
}

/** Offset after a node's last character. */
export function endOf(node: unknown): number {
  return isNodeWithRange(node) ? node.range[1] : 0;
}

function isNodeWithRange(node: unknown): node is Node & { range: [number, number, number] } {
  return (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) && Array.isArray(node.range);
}
