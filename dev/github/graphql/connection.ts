import type { Node } from "./context.ts";
import { typedError } from "./errors.ts";

export interface Paging {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

const largestPage = 100;
const cursorOf = (index: number) => Buffer.from(`cursor:${index}`).toString("base64");
const indexOf = (cursor: string) => Number(Buffer.from(cursor, "base64").toString().replace("cursor:", ""));

/** A page of a list. Like GitHub, it wants `first` or `last`, of at most a hundred. */
export async function connection<T>(
  name: string,
  paging: Paging,
  all: readonly T[],
  node: (item: T) => Node | null | Promise<Node | null>,
): Promise<Node> {
  const size = paging.first ?? paging.last ?? null;
  if (size === null) {
    throw typedError(
      "MISSING_PAGINATION_BOUNDARIES",
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    );
  }
  if (size > largestPage || size < 0) {
    throw typedError(
      "EXCESSIVE_PAGINATION",
      `Requesting ${size} records on the \`${name}\` connection exceeds the \`first\` limit of ${largestPage} records.`,
    );
  }
  const low = typeof paging.after === "string" ? indexOf(paging.after) + 1 : 0;
  const high = typeof paging.before === "string" ? indexOf(paging.before) : all.length;
  const start = typeof paging.first === "number" ? low : Math.max(low, high - size);
  const end = typeof paging.first === "number" ? Math.min(high, low + size) : high;
  const page = all.slice(start, end);
  const nodes = await Promise.all(page.map(node));
  return {
    totalCount: all.length,
    nodes,
    edges: nodes.map((value, index) => ({ node: value, cursor: cursorOf(start + index) })),
    pageInfo: {
      hasNextPage: end < all.length,
      hasPreviousPage: start > 0,
      startCursor: page.length === 0 ? null : cursorOf(start),
      endCursor: page.length === 0 ? null : cursorOf(end - 1),
    },
  };
}
