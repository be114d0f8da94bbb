import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { type Edit, splice } from "./changes.ts";
import { keyOf, startOf } from "./graph.ts";
import type { Place } from "./place.ts";
import { failure, success } from "./result.ts";
import { readAgain, type Source, type SourceDocument } from "./source.ts";
import { sameTree, type Tree, treeOf } from "./tree.ts";
import type { Result } from "./types.ts";

/** An item of a list or a key of a map that is put in or taken out as a whole. */
export interface Block {
  /** The list or the map. */
  readonly parent: Node;
  readonly edit: Edit;
  /** What is put in, or the items or pairs that are taken out. */
  readonly what:
    | { readonly is: "added"; readonly key: string | null; readonly tree: Tree }
    | { readonly is: "removed"; readonly nodes: readonly unknown[] };
}

/**
 * The text with the blocks put in and taken out and no other byte touched. The result is read again: what
 * means anything else than asked for is refused and never returned.
 */
export function applyBlocks(source: Source, blocks: readonly Block[]): Result<string> {
  if (blocks.length === 0) return success(source.text);
  const ordered = blocks.toSorted((a, b) => a.edit.from - b.edit.from);
  const overlap = ordered.some(({ edit }, index) => edit.from < (ordered[index - 1]?.edit.to ?? 0));
  const text = splice(
    source.text,
    ordered.map(({ edit }) => edit),
  );
  const after = overlap ? null : readAgain(source, text);
  if (after?.ok === true && onlyBlocksDiffer(source, after.value, ordered)) return success(text);
  return failure(
    source.problemAt(
      ordered[0]?.edit.from ?? 0,
      "unsafe-edit",
      "this place is written in a way that cannot be changed without changing something else: write each item on lines of its own",
    ),
  );
}

/** Something put in, and where it stands in the new text. */
interface Expected {
  readonly parent: Node;
  readonly key: string | null;
  readonly tree: Tree;
  readonly from: number;
  readonly to: number;
  found: number;
}

function onlyBlocksDiffer(before: Source, after: Source, blocks: readonly Block[]): boolean {
  const gone = new Set<unknown>();
  const come: Expected[] = [];
  let shift = 0;
  for (const { parent, edit, what } of blocks) {
    const from = edit.from + shift;
    shift += edit.text.length - (edit.to - edit.from);
    if (what.is === "removed") for (const node of what.nodes) gone.add(node);
    else come.push({ parent, key: what.key, tree: what.tree, from, to: from + edit.text.length, found: 0 });
  }
  const isSame =
    before.documents.length === after.documents.length &&
    before.documents.every((document, index) => {
      const other = after.documents[index];
      return (
        document === other ||
        (other !== undefined && same(document.root, other.root, { after, document: other, gone, come }))
      );
    });
  return isSame && come.every(({ found }) => found === 1);
}

interface Walk {
  readonly after: Source;
  readonly document: SourceDocument;
  readonly gone: ReadonlySet<unknown>;
  readonly come: readonly Expected[];
}

// Recursion is safe: a source is refused when it is nested deeply.
function same(before: unknown, after: unknown, walk: Walk): boolean {
  if (isAlias(before)) return isAlias(after) && before.source === after.source;
  if (isScalar(before)) {
    return (
      isScalar(after) &&
      sameProperties(before, after) &&
      before.type === after.type &&
      (before.source ?? "") === (after.source ?? "") &&
      typeof before.value === typeof after.value
    );
  }
  if (isSeq(before)) {
    if (!isSeq(after) || !sameProperties(before, after) || before.flow !== after.flow) return false;
    const old = before.items.filter((item) => !walk.gone.has(item));
    const rest = after.items.filter((item) => !isAdded(before, null, item, startOf(item), walk));
    return old.length === rest.length && old.every((item, index) => same(item, rest[index], walk));
  }
  if (!isMap(before)) return before === after || (before === null && after === null);
  if (!isMap(after) || !sameProperties(before, after) || before.flow !== after.flow) return false;
  const old = before.items.filter((pair) => !walk.gone.has(pair));
  const rest = after.items.filter(
    (pair) => !isAdded(before, keyOf(pair), pair.value, startOf(pair.key), walk),
  );
  return (
    old.length === rest.length &&
    old.every((pair, index) => {
      const other = rest[index];
      return same(pair.key, other?.key, walk) && same(pair.value, other?.value, walk);
    })
  );
}

/** Whether something stands where a block was put in and says what the block says. */
function isAdded(parent: Node, key: string | null, node: unknown, start: number, walk: Walk): boolean {
  const one = walk.come.find((block) => block.parent === parent && start >= block.from && start < block.to);
  if (one === undefined || one.key !== key || (!isMap(node) && !isSeq(node) && !isScalar(node))) return false;
  const place: Place = { source: walk.after, document: walk.document, node, shared: null };
  const found = treeOf(place);
  if (found === null || !sameTree(found, one.tree)) return false;
  one.found += 1;
  return true;
}

function sameProperties(before: Node, after: Node): boolean {
  const anchor = (node: Node) => (isAlias(node) ? undefined : "anchor" in node ? node.anchor : undefined);
  return before.tag === after.tag && anchor(before) === anchor(after);
}
