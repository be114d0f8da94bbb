import { get, list, map, put, type Tree, tree, word } from "../tree.ts";

/**
 * The split's matches, each with each condition in its list `headers`; a text says why they cannot be.
 * Without any, the conditions alone.
 */
export function withHeaders(matches: readonly Tree[], conditions: readonly Tree[]): readonly Tree[] | string {
  const some = matches.length === 0 ? [map([])] : matches;
  const both: Tree[] = [];
  for (const match of some) {
    for (const condition of conditions) {
      const headers = list(get(match, "headers"));
      const name = word(get(condition, "name"));
      if (headers.some((one) => isSameName(word(get(one, "name")), name))) {
        return `its rule asks for the header ${name} itself, and one match cannot ask for it twice`;
      }
      both.push(put(match, "headers", tree([...headers, condition])));
    }
  }
  return both;
}

/** Header names have no case. */
export function isSameName(one: string | null, other: string | null): boolean {
  return one !== null && one.toLowerCase() === other?.toLowerCase();
}
