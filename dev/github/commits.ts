import type { CommitObject, Person } from "./git/objects.ts";
import type { TreeEdit } from "./git/store.ts";
import type { Account } from "./model.ts";
import type { Repository } from "./repository.ts";
import type { World } from "./world.ts";

/** The signature line of an account: what GitHub writes when the caller names no author. */
export function personOf(world: World, account: Account): Person {
  return { name: account.name ?? account.login, email: account.email, at: Math.floor(world.now() / 1000) };
}

export function githubItself(world: World): Person {
  return { name: "GitHub", email: "noreply@github.com", at: Math.floor(world.now() / 1000) };
}

/**
 * Writes a commit that GitHub signs: the account is its author, GitHub its committer, and GitHub knows it
 * as verified from now on. Moves no branch.
 */
export async function signedCommit(
  world: World,
  repository: Repository,
  account: Account,
  commit: { readonly tree: string; readonly parents: readonly string[]; readonly message: string },
): Promise<CommitObject> {
  const whole = { ...commit, author: personOf(world, account), committer: githubItself(world) };
  const oid = await repository.git.writeCommit(whole);
  repository.verified.set(oid, account);
  return { ...whole, oid };
}

/** Writes the contents and gives the edits of a tree that put them there; null deletes. */
export async function editsOf(
  repository: Repository,
  files: Readonly<Record<string, string | Buffer | null>>,
  modeOf: (path: string) => Promise<string> = async () => "100644",
): Promise<TreeEdit[]> {
  const edits: TreeEdit[] = [];
  for (const [path, content] of Object.entries(files)) {
    if (content === null) edits.push({ path, mode: "100644", oid: null });
    else {
      const oid = await repository.git.writeBlob(Buffer.from(content));
      edits.push({ path, mode: await modeOf(path), oid });
    }
  }
  return edits;
}
