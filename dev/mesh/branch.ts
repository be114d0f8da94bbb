import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where the mesh reads manifests, as a GitOps tool does. */
export interface ManifestSource {
  /** Changes whenever the manifests may have changed, such as a commit's id. */
  head(): Promise<string>;
  read(head: string, path: string): Promise<string>;
}

/** One branch of a bare repository, read with the git command line. */
export function gitBranch(gitDir: string, branch: string): ManifestSource {
  const git = async (...args: string[]) =>
    (await run("git", ["--git-dir", gitDir, ...args], { maxBuffer: 16 * 1024 * 1024 })).stdout;
  return {
    head: async () => (await git("rev-parse", "--verify", `refs/heads/${branch}`)).trim(),
    read: (head, path) => git("show", `${head}:${path}`),
  };
}
