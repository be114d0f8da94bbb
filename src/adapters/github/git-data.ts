import {
  type CommitOutcome,
  type CommitRequest,
  type FileChange,
  ForgeError,
  type Priority,
} from "../../ports/forge.ts";
import { sentenceOf, statusOf } from "./errors.ts";
import { MODES } from "./files.ts";
import type { Gateway } from "./gateway.ts";

/** Commits made object by object: for modes that `createCommitOnBranch` cannot keep, and for first commits. */

/** A change with the mode its file has, or gets when it is new. */
export interface ModedChange extends FileChange {
  readonly mode: number;
}

/**
 * No author is set, so that GitHub signs the commit as the App's. Moving the branch without force refuses anything
 * but a child of its present head, which is the compare-and-swap.
 */
export async function commitByGitData(
  gateway: Gateway,
  request: CommitRequest & { readonly baseTree: string; readonly changes: readonly ModedChange[] },
): Promise<CommitOutcome> {
  const { priority, branch, expectedHead } = request;
  const tree = await writeTree(gateway, priority, request.changes, request.baseTree);
  const commit = await writeCommit(gateway, priority, request.message, tree, [expectedHead]);
  try {
    await gateway.write(priority, () =>
      gateway.octokit.rest.git.updateRef({
        ...gateway.repo,
        ref: `heads/${branch}`,
        sha: commit.sha,
        force: false,
      }),
    );
  } catch (error) {
    return refusedMove(gateway, error, branch, (head) => head !== expectedHead);
  }
  return { status: "committed", oid: commit.sha, url: commit.html_url };
}

/** A branch whose first commit has no parent; `stale` when the branch is there already. */
export async function commitOrphan(
  gateway: Gateway,
  branch: string,
  message: string,
  files: readonly FileChange[],
): Promise<CommitOutcome> {
  const changes = files.filter((file) => file.text !== null).map((file) => ({ ...file, mode: MODES.plain }));
  const tree = await writeTree(gateway, "state", changes, null);
  const commit = await writeCommit(gateway, "state", message, tree, []);
  try {
    await gateway.write("state", () =>
      gateway.octokit.rest.git.createRef({
        ...gateway.repo,
        ref: `refs/heads/${branch}`,
        sha: commit.sha,
      }),
    );
  } catch (error) {
    return refusedMove(gateway, error, branch, (head) => head !== null);
  }
  return { status: "committed", oid: commit.sha, url: commit.html_url };
}

/** The commit at the head of a branch; null when there is no such branch. */
export async function headOf(gateway: Gateway, branch: string): Promise<string | null> {
  try {
    const { data } = await gateway.read(() =>
      gateway.octokit.rest.git.getRef({ ...gateway.repo, ref: `heads/${branch}` }),
    );
    return data.object.sha;
  } catch (error) {
    if (statusOf(error) === 404) {
      return null;
    }
    throw error;
  }
}

/** GitHub refuses a lost race and a broken rule with the same status; where the branch is now tells them apart. */
async function refusedMove(
  gateway: Gateway,
  error: unknown,
  branch: string,
  lostTo: (head: string | null) => boolean,
): Promise<CommitOutcome> {
  const status = statusOf(error);
  if (!(error instanceof ForgeError) || (status !== 409 && status !== 422)) {
    throw error;
  }
  return lostTo(await headOf(gateway, branch))
    ? { status: "stale" }
    : { status: "blocked", reason: sentenceOf(error) };
}

async function writeTree(
  gateway: Gateway,
  priority: Priority,
  changes: readonly ModedChange[],
  baseTree: string | null,
): Promise<string> {
  const tree = changes.map(({ path, text, mode }) => {
    const entry = {
      path,
      mode: mode === MODES.executable ? ("100755" as const) : ("100644" as const),
      type: "blob" as const,
    };
    return text === null ? { ...entry, sha: null } : { ...entry, content: text };
  });
  const { data } = await gateway.write(priority, () =>
    gateway.octokit.rest.git.createTree({
      ...gateway.repo,
      tree,
      ...(baseTree === null ? {} : { base_tree: baseTree }),
    }),
  );
  return data.sha;
}

async function writeCommit(
  gateway: Gateway,
  priority: Priority,
  message: string,
  tree: string,
  parents: string[],
): Promise<{ sha: string; html_url: string }> {
  const { data } = await gateway.write(priority, () =>
    gateway.octokit.rest.git.createCommit({ ...gateway.repo, message, tree, parents }),
  );
  return data;
}
