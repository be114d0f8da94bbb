import { git, textOf } from "./run.ts";
import type { GitStore } from "./store.ts";

export interface HistoryQuery {
  readonly path?: string | undefined;
  /** Epoch ms, inclusive. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly author?: string | undefined;
  readonly limit?: number | undefined;
}

/** Object ids, newest first. */
export async function history(store: GitStore, from: string, query: HistoryQuery = {}): Promise<string[]> {
  const args = ["rev-list", "--date-order"];
  if (query.limit !== undefined) args.push(`--max-count=${query.limit}`);
  if (query.since !== undefined) args.push(`--since=${Math.floor(query.since / 1000)}`);
  if (query.until !== undefined) args.push(`--until=${Math.floor(query.until / 1000)}`);
  if (query.author !== undefined) args.push("--fixed-strings", `--author=${query.author}`);
  args.push(from, "--");
  if (query.path !== undefined && query.path !== "") args.push(`:(literal)${query.path}`);
  return (await git(store.dir, args)).split("\n").filter((line) => line !== "");
}

/** Commits of `head` that `base` does not have, oldest first. */
export async function between(store: GitStore, base: string, head: string): Promise<string[]> {
  const text = textOf(await store.compare(["rev-list", "--reverse", "--topo-order"], head, `^${base}`));
  return text.split("\n").filter((line) => line !== "");
}

export async function aheadBehind(
  store: GitStore,
  base: string,
  head: string,
): Promise<{ ahead: number; behind: number }> {
  if (base === head) return { ahead: 0, behind: 0 };
  const count = async (of: string, without: string) =>
    Number(textOf(await store.compare(["rev-list", "--count"], of, `^${without}`)));
  const [ahead, behind] = await Promise.all([count(head, base), count(base, head)]);
  return { ahead, behind };
}

export async function mergeBase(store: GitStore, a: string, b: string): Promise<string | null> {
  const result = await store.compare(["merge-base"], a, b);
  return result.code === 0 ? result.stdout.toString().trim() : null;
}

export async function isAncestor(store: GitStore, ancestor: string, descendant: string): Promise<boolean> {
  if (ancestor === descendant) return true;
  return (await store.compare(["merge-base", "--is-ancestor"], ancestor, descendant)).code === 0;
}
