import { isPath } from "./by-path.ts";
import { KINDS } from "./kinds.ts";
import type { Selector } from "./types.ts";

const KIND_NAMES = [...new Set(KINDS.map(({ kind }) => kind))];

/**
 * Whether a document's text can hold what a selector means. Words that a document does not have in its
 * text it does not have at all, but for one that spells them with escapes; such an object is not found.
 */
export function mattersTo(selector: Selector): (document: string) => boolean {
  const arms = selector.arms ?? [];
  const paths = arms.filter(isPath);
  const name = selector.name ?? "";
  if (paths.length > 0) {
    // The index of a list is written nowhere.
    const keys = paths.map((path) =>
      (path.split("/").findLast((key) => !/^[0-9]+$/.test(key)) ?? "")
        .replaceAll("~1", "/")
        .replaceAll("~0", "~"),
    );
    return (document) => document.includes(name) && keys.every((key) => document.includes(key));
  }
  const wanted = selector.kind?.toLowerCase();
  const kinds = KIND_NAMES.filter((kind) => wanted === undefined || kind.toLowerCase() === wanted);
  return (document) => document.includes(name) && kinds.some((kind) => document.includes(kind));
}
