import { get, list, map, put, sameTree, type Tree, tree, word } from "../tree.ts";

/** A rule takes no other requests: each of its matches has one of the conditions in a list under `key`. */
export function everyMatchHas(
  matches: readonly Tree[],
  conditions: readonly Tree[],
  conditionsIn: (match: Tree) => readonly Tree[],
): boolean {
  return (
    matches.length > 0 &&
    matches.every((match) =>
      conditionsIn(match).some((found) => conditions.some((one) => sameTree(found, one))),
    )
  );
}

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
