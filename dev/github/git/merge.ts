import { between } from "./history.ts";
import type { Person } from "./objects.ts";
import type { GitStore } from "./store.ts";

export type MergedTree =
  | { readonly status: "clean"; readonly tree: string }
  | { readonly status: "conflict"; readonly files: readonly string[] };

/** git's own three-way merge (ort), without a work tree. */
export async function mergeTrees(store: GitStore, ours: string, theirs: string): Promise<MergedTree> {
  const command = ["merge-tree", "--write-tree", "--allow-unrelated-histories"];
  const result = await store.compare([...command, "--name-only", "--no-messages", "-z"], ours, theirs);
  const [tree = "", ...files] = result.stdout.toString().split("\0");
  if (result.code === 0) return { status: "clean", tree };
  if (result.code === 1) return { status: "conflict", files: files.filter((file) => file !== "") };
  throw new Error(`${result.asked}: ${result.stderr}`);
}

/**
 * Replays the commits of `head` that `base` lacks onto `base`, merge commits left out.
 * git 2.39's merge-tree takes no base, so each pick is a merge of two commits that share a made-up parent.
 */
export async function rebaseOnto(
  store: GitStore,
  base: string,
  head: string,
  committer: Person,
): Promise<{ status: "clean"; head: string } | { status: "conflict" }> {
  let onto = base;
  for (const oid of await between(store, base, head)) {
    const commit = await store.commit(oid);
    const parent = commit?.parents[0];
    if (commit === null || commit.parents.length !== 1 || parent === undefined) continue;
    const before = await store.commit(parent);
    const current = await store.commit(onto);
    if (before === null || current === null) throw new Error(`rebase: ${parent} or ${onto} is missing`);
    const stub = { author: committer, committer, message: "rebase" };
    const shared = await store.writeCommit({ ...stub, tree: before.tree, parents: [] });
    const ours = await store.writeCommit({ ...stub, tree: current.tree, parents: [shared] });
    const theirs = await store.writeCommit({ ...stub, tree: commit.tree, parents: [shared] });
    const merged = await mergeTrees(store, ours, theirs);
    if (merged.status === "conflict") return { status: "conflict" };
    onto = await store.writeCommit({
      tree: merged.tree,
      parents: [onto],
      author: commit.author,
      committer,
      message: commit.message,
    });
  }
  return { status: "clean", head: onto };
}
