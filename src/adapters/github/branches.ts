import { statusOf } from "./errors.ts";
import type { Gateway } from "./gateway.ts";
import { headOf } from "./git-data.ts";

/** A branch at a commit. A refusal for any other reason than that it exists is thrown. */
export async function createBranch(
  gateway: Gateway,
  branch: string,
  oid: string,
): Promise<"created" | "exists"> {
  try {
    await gateway.write("rollback", () =>
      gateway.octokit.rest.git.createRef({ ...gateway.repo, ref: `refs/heads/${branch}`, sha: oid }),
    );
    return "created";
  } catch (error) {
    if (statusOf(error) === 422 && (await headOf(gateway, branch)) !== null) {
      return "exists";
    }
    throw error;
  }
}

/** Deleting a branch that is gone is done. */
export async function deleteBranch(gateway: Gateway, branch: string): Promise<void> {
  try {
    await gateway.write("comment", () =>
      gateway.octokit.rest.git.deleteRef({ ...gateway.repo, ref: `heads/${branch}` }),
    );
  } catch (error) {
    const status = statusOf(error);
    if ((status === 422 || status === 404) && (await headOf(gateway, branch)) === null) {
      return;
    }
    throw error;
  }
}
